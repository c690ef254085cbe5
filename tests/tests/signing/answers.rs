//! Signatures of responses by RFC 9421, each bound to its request.

use secure_tool::clock::ManualClock;
use secure_tool::signing::{Request, Response, Unverified};

use crate::bytes;
use crate::rfc9421::{URL, order, signer, verifier};

#[test]
fn a_response_is_bound_to_its_request() {
    let clock = ManualClock::new();
    let response =
        || Response::new(200).field("content-type", b"application/json").body(br#"{"total":3}"#);
    let plain = || Request::new("GET", URL);
    let answer = signer(&clock).build().unwrap().response(&response(), &plain()).unwrap();
    let input = &answer[1].1;
    for part in [
        "\"@status\"",
        "\"@method\";req",
        "\"@authority\";req",
        "\"@path\";req",
        "\"@query\";req",
        "\"content-type\"",
        "\"content-digest\"",
    ] {
        assert!(input.contains(part), "{part} in {input}");
    }
    let check = |response: Response<'_>, to: Request<'_>| {
        verifier(&clock).build().unwrap().response(&response.fields(bytes(&answer)), &to).map(drop)
    };
    assert_eq!(check(response(), plain()), Ok(()));
    assert_eq!(
        check(response(), Request::new("GET", "https://hooks.corp.example/orders?shop=8")),
        Err(Unverified::Wrong)
    );
    assert_eq!(check(response(), Request::new("POST", URL)), Err(Unverified::Wrong));
    let status =
        Response::new(201).field("content-type", b"application/json").body(br#"{"total":3}"#);
    assert_eq!(check(status, plain()), Err(Unverified::Wrong));
    let body =
        Response::new(200).field("content-type", b"application/json").body(br#"{"total":4}"#);
    assert_eq!(check(body, plain()), Err(Unverified::Digest));
    // A signature over a request is not valid for a response.
    let request = signer(&clock).build().unwrap().request(&plain()).unwrap();
    let why = verifier(&clock)
        .build()
        .unwrap()
        .response(&Response::new(200).fields(bytes(&request)), &plain())
        .map(drop);
    assert_eq!(why, Err(Unverified::NotCovered));
}

#[test]
fn a_response_covers_the_signature_of_its_request() {
    let clock = ManualClock::new();
    let signed = || signer(&clock).build().unwrap().request(&order()).unwrap();
    let (first, second) = (signed(), signed());
    let response = || Response::new(200).field("content-type", b"application/json").body(b"{}");
    let one = order().fields(bytes(&first));
    let answer = signer(&clock).build().unwrap().response(&response(), &one).unwrap();
    assert!(answer[1].1.contains("\"signature\";req;key=\"sig1\""), "{}", answer[1].1);
    let verifier = verifier(&clock).build().unwrap();
    assert_eq!(
        verifier
            .response(&response().fields(bytes(&answer)), &order().fields(bytes(&second)))
            .map(drop),
        Err(Unverified::Wrong)
    );
    assert!(verifier.response(&response().fields(bytes(&answer)), &one).is_ok());
    assert_eq!(
        verifier.response(&response().fields(bytes(&answer)), &one).map(drop),
        Err(Unverified::Replayed),
        "its nonce"
    );
    // One that says nothing of the signature may be an answer to an earlier request.
    let covers =
        ["@status", "@method;req", "@authority;req", "@path;req", "@query;req", "content-digest"];
    let loose = signer(&clock).covers(covers).build().unwrap().response(&response(), &one).unwrap();
    assert_eq!(
        verifier.response(&response().fields(bytes(&loose)), &one).map(drop),
        Err(Unverified::NotCovered)
    );
    let whole = signer(&clock)
        .covers(covers.into_iter().chain(["signature;req"]))
        .build()
        .unwrap()
        .response(&response(), &one)
        .unwrap();
    assert!(verifier.response(&response().fields(bytes(&whole)), &one).is_ok());
}

#[test]
fn equal_responses_without_a_nonce_are_accepted() {
    let clock = ManualClock::new();
    let signer = signer(&clock).without_nonce().build().unwrap();
    let verifier = verifier(&clock).build().unwrap();
    let (request, response) = (Request::new("GET", URL), Response::new(204));
    for _ in 0..2 {
        let fields = signer.response(&response, &request).unwrap();
        assert!(verifier.response(&response.clone().fields(bytes(&fields)), &request).is_ok());
    }
}
