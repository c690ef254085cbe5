//! The scheme of our own.

use std::time::Duration;

use secure_tool::clock::ManualClock;
use secure_tool::signing::{Request, Response, Signer, Unverified, Verified, Verifier};

use crate::{HMAC, OTHER, bytes, hex, mac, seconds, sha256, signing, verifying};

type Fields = Vec<(&'static str, String)>;

fn signer(clock: &ManualClock) -> Signer {
    Signer::hmac(signing("2026-10", HMAC)).clock(clock.clone()).build().unwrap()
}

fn verifier(clock: &ManualClock) -> Verifier {
    Verifier::hmac().key(verifying("2026-10", HMAC)).clock(clock.clone()).build().unwrap()
}

const URL: &str = "https://Hooks.corp.example:8443/orders/a%2Fb?shop=7&new";
const BODY: &[u8] = br#"{ "order": 42.0, "items": ["\u00e9"], "a": {} }"#;
const CANONICAL: &str = r#"{"a":{},"items":["é"],"order":42}"#;

fn order() -> Request<'static> {
    Request::new("POST", URL).field("Content-Type", b"application/json; charset=utf-8").body(BODY)
}

fn value<'a>(fields: &'a Fields, name: &str) -> &'a str {
    &fields.iter().find(|(other, _)| *other == name).unwrap_or_else(|| panic!("no {name}")).1
}

/// The layout of the documentation, written down a second time.
#[test]
fn what_is_signed_is_thirteen_lines() {
    let clock = ManualClock::new();
    let fields = signer(&clock).request(&order()).unwrap();
    let nonce = value(&fields, "x-signature-nonce");
    assert_eq!((nonce.len(), value(&fields, "x-signature-key-id")), (32, "2026-10"));
    assert_eq!(value(&fields, "x-signature-timestamp"), seconds(&clock).to_string());
    let text = format!(
        "secure-tool-hmac-sha256-v1\nrequest\n2026-10\n{}\n{nonce}\nPOST\nhooks.corp.example:8443\n/orders/a%2Fb\n?shop=7&new\n\n\njson\n{}",
        seconds(&clock),
        hex(&sha256(CANONICAL.as_bytes())),
    );
    assert_eq!(value(&fields, "x-signature"), format!("v1={}", hex(&mac(HMAC.as_bytes(), &text))));

    let request = order().fields(bytes(&fields));
    let answered = signer(&clock)
        .response(&Response::new(404).field("content-type", b"text/plain").body(b"{}"), &request)
        .unwrap();
    let text = format!(
        "secure-tool-hmac-sha256-v1\nresponse\n2026-10\n{}\n{}\nPOST\nhooks.corp.example:8443\n/orders/a%2Fb\n?shop=7&new\n404\n{}\nbytes\n{}",
        seconds(&clock),
        value(&answered, "x-signature-nonce"),
        value(&fields, "x-signature"),
        hex(&sha256(b"{}")),
    );
    assert_eq!(
        value(&answered, "x-signature"),
        format!("v1={}", hex(&mac(HMAC.as_bytes(), &text)))
    );

    let fields =
        signer(&clock).request(&Request::new("GET", "https://hooks.corp.example")).unwrap();
    let text = format!(
        "secure-tool-hmac-sha256-v1\nrequest\n2026-10\n{}\n{}\nGET\nhooks.corp.example\n/\n\n\n\nnone\n{}",
        seconds(&clock),
        value(&fields, "x-signature-nonce"),
        hex(&sha256(b"")),
    );
    assert_eq!(value(&fields, "x-signature"), format!("v1={}", hex(&mac(HMAC.as_bytes(), &text))));
}

#[test]
fn a_signed_message_is_taken_and_its_body_is_what_was_signed() {
    let clock = ManualClock::new();
    let fields = signer(&clock).request(&order()).unwrap();
    let verified = verifier(&clock).request(&order().fields(bytes(&fields))).unwrap();
    assert_eq!((verified.body(), verified.key_id()), (CANONICAL.as_bytes(), "2026-10"));
    assert_eq!(verified.created(), secure_tool::clock::Clock::wall(&clock));
    assert!(!format!("{verified:?}").contains("items"));
}

#[test]
fn every_part_that_is_changed_is_seen() {
    let clock = ManualClock::new();
    let fields = signer(&clock).request(&order()).unwrap();
    let json: &[u8] = b"application/json";
    let changed = |name: &str, value: String| -> Fields {
        fields
            .iter()
            .map(|(other, old)| (*other, if *other == name { value.clone() } else { old.clone() }))
            .collect()
    };
    let nonce = value(&fields, "x-signature-nonce").replace(|c: char| c.is_ascii_digit(), "x");
    let later = changed("x-signature-timestamp", (seconds(&clock) + 1).to_string());
    let signature = value(&fields, "x-signature");
    let (all, last) = signature.split_at(signature.len() - 1);
    let flipped = format!("{all}{}", if last == "0" { "1" } else { "0" });
    let request =
        |method, url, kind, body| Request::new(method, url).field("content-type", kind).body(body);
    for (what, request, fields) in [
        ("method", request("PUT", URL, json, BODY), &fields),
        (
            "host",
            request(
                "POST",
                "https://hooks.corp.example.evil.example:8443/orders/a%2Fb?shop=7&new",
                json,
                BODY,
            ),
            &fields,
        ),
        (
            "port",
            request("POST", "https://hooks.corp.example/orders/a%2Fb?shop=7&new", json, BODY),
            &fields,
        ),
        (
            "path",
            request("POST", "https://hooks.corp.example:8443/orders/a/b?shop=7&new", json, BODY),
            &fields,
        ),
        (
            "query",
            request("POST", "https://hooks.corp.example:8443/orders/a%2Fb?shop=8&new", json, BODY),
            &fields,
        ),
        (
            "no query",
            request("POST", "https://hooks.corp.example:8443/orders/a%2Fb", json, BODY),
            &fields,
        ),
        ("body", request("POST", URL, json, br#"{"order":43,"items":["\u00e9"],"a":{}}"#), &fields),
        ("no body", request("POST", URL, json, b""), &fields),
        ("kind of body", request("POST", URL, b"text/plain", BODY), &fields),
        (
            "kind of body, canonical",
            request("POST", URL, b"text/plain", CANONICAL.as_bytes()),
            &fields,
        ),
        ("nonce", order(), &changed("x-signature-nonce", nonce)),
        ("time", order(), &later),
        ("signature", order(), &changed("x-signature", flipped)),
    ] {
        let why = verifier(&clock).request(&request.fields(bytes(fields))).map(drop);
        assert_eq!(why, Err(Unverified::Wrong), "{what}");
    }
    let other = changed("x-signature-key-id", "2026-11".into());
    assert_eq!(
        verifier(&clock).request(&order().fields(bytes(&other))).unwrap_err(),
        Unverified::UnknownKey
    );
    let keys =
        Verifier::hmac().key(verifying("2026-10", OTHER)).clock(clock.clone()).build().unwrap();
    assert_eq!(keys.request(&order().fields(bytes(&fields))).unwrap_err(), Unverified::Wrong);
    // The same JSON in other words is the same message.
    let verifier = verifier(&clock);
    assert!(
        verifier
            .request(&request("POST", URL, json, CANONICAL.as_bytes()).fields(bytes(&fields)))
            .is_ok()
    );
}

#[test]
fn json_that_two_readers_read_differently_is_neither_signed_nor_taken() {
    let clock = ManualClock::new();
    for body in [r#"{"a":1,"a":2}"#, r#"{"order":9007199254740993}"#, "[1", "\u{feff}{}", ""] {
        let request = Request::new("POST", URL)
            .field("content-type", b"application/vnd.corp+json")
            .body(body.as_bytes());
        assert_eq!(signer(&clock).request(&request).is_err(), !body.is_empty(), "{body}");
    }
    let fields = signer(&clock)
        .request(
            &Request::new("POST", URL)
                .field("content-type", b"application/json")
                .body(br#"{"a":2}"#),
        )
        .unwrap();
    let doubled = Request::new("POST", URL)
        .field("content-type", b"application/json")
        .body(br#"{"a":1,"a":2}"#);
    assert_eq!(
        verifier(&clock).request(&doubled.fields(bytes(&fields))).unwrap_err(),
        Unverified::Component
    );
}

#[test]
fn a_field_that_is_missing_malformed_or_there_twice_is_refused() {
    let clock = ManualClock::new();
    let fields = signer(&clock).request(&order()).unwrap();
    assert_eq!(verifier(&clock).request(&order()).unwrap_err(), Unverified::Absent);
    for (name, _) in &fields {
        let without: Fields = fields.iter().filter(|(other, _)| other != name).cloned().collect();
        assert_eq!(
            verifier(&clock).request(&order().fields(bytes(&without))).unwrap_err(),
            Unverified::Malformed,
            "{name}"
        );
        let twice = order()
            .fields(bytes(&fields))
            .fields(bytes(&fields).into_iter().filter(|(other, _)| other == name));
        assert_eq!(verifier(&clock).request(&twice).unwrap_err(), Unverified::Malformed, "{name}");
    }
    let now = seconds(&clock).to_string();
    for (name, value) in [
        ("x-signature-timestamp", format!("0{now}")),
        ("x-signature-timestamp", format!("+{now}")),
        ("x-signature-timestamp", format!("{now}.0")),
        ("x-signature-timestamp", "9".repeat(20)),
        ("x-signature-timestamp", "-1".into()),
        ("x-signature-nonce", "short".into()),
        ("x-signature-nonce", "x".repeat(129)),
        ("x-signature-nonce", "with space in the mid".into()),
        ("x-signature-key-id", "a b".into()),
        ("x-signature-key-id", "x".repeat(200)),
        ("x-signature", "v1=00".into()),
        ("x-signature", value(&fields, "x-signature").to_uppercase()),
        ("x-signature", value(&fields, "x-signature").replace("v1=", "v2=")),
        ("x-signature", value(&fields, "x-signature").replace("v1=", "")),
    ] {
        let changed: Fields = fields
            .iter()
            .map(|(other, old)| (*other, if *other == name { value.clone() } else { old.clone() }))
            .collect();
        assert_eq!(
            verifier(&clock).request(&order().fields(bytes(&changed))).unwrap_err(),
            Unverified::Malformed,
            "{name}: {value}"
        );
    }
    // No line of the text can be made to hold another one.
    let forged = order().field("x-signature-nonce", b"0123456789abcdef\nPOST");
    assert_eq!(verifier(&clock).request(&forged).unwrap_err(), Unverified::Malformed);
    let forged = Request::new("GET\nhost", "https://a.example/");
    assert_eq!(verifier(&clock).request(&forged).unwrap_err(), Unverified::Malformed);
}

#[test]
fn what_was_taken_is_not_taken_again_and_time_does_not_help() {
    let clock = ManualClock::new();
    let verifier = verifier(&clock);
    let fields = signer(&clock).request(&order()).unwrap();
    let request = order().fields(bytes(&fields));
    assert!(verifier.request(&request).is_ok());
    assert_eq!(verifier.request(&request).unwrap_err(), Unverified::Replayed);
    clock.advance(Duration::from_secs(330)); // the window and the skew, to the last second
    assert_eq!(verifier.request(&request).unwrap_err(), Unverified::Replayed);
    clock.advance(Duration::from_secs(1));
    assert_eq!(verifier.request(&request).unwrap_err(), Unverified::TooOld);
}

#[test]
fn a_refused_message_uses_up_nothing() {
    let clock = ManualClock::new();
    let verifier = verifier(&clock);
    let fields = signer(&clock).request(&order()).unwrap();
    let other = Request::new("POST", URL).field("content-type", b"application/json").body(b"{}");
    assert_eq!(verifier.request(&other.fields(bytes(&fields))).unwrap_err(), Unverified::Wrong);
    assert!(verifier.request(&order().fields(bytes(&fields))).is_ok());
}

#[test]
fn a_full_memory_takes_no_more() {
    let clock = ManualClock::new();
    let verifier = Verifier::hmac()
        .key(verifying("2026-10", HMAC))
        .remembers(2)
        .clock(clock.clone())
        .build()
        .unwrap();
    let taken = |clock: &ManualClock| {
        let fields = signer(clock).request(&order()).unwrap();
        verifier.request(&order().fields(bytes(&fields))).map(drop)
    };
    assert_eq!(
        [taken(&clock), taken(&clock), taken(&clock)],
        [Ok(()), Ok(()), Err(Unverified::MemoryFull)]
    );
    clock.advance(Duration::from_secs(331));
    assert_eq!(taken(&clock), Ok(()));
}

#[test]
fn a_clock_that_is_off_by_more_than_the_skew_is_refused() {
    let (here, there) = (ManualClock::new(), ManualClock::new());
    let taken = |signed_by: &ManualClock, verified_by: &ManualClock| {
        let fields = signer(signed_by).request(&order()).unwrap();
        verifier(verified_by).request(&order().fields(bytes(&fields))).map(drop)
    };
    there.advance(Duration::from_secs(30));
    assert_eq!(taken(&there, &here), Ok(()));
    there.advance(Duration::from_secs(1));
    assert_eq!(taken(&there, &here), Err(Unverified::TooNew));
    there.advance(Duration::from_secs(299));
    assert_eq!(taken(&here, &there), Ok(()));
    there.advance(Duration::from_secs(1));
    assert_eq!(taken(&here, &there), Err(Unverified::TooOld));
}

#[test]
fn an_answer_is_one_to_its_own_request() {
    let clock = ManualClock::new();
    let signed = |request: Request<'static>| {
        let fields = signer(&clock).request(&request).unwrap();
        (request, fields)
    };
    let (first, second) = (signed(order()), signed(order()));
    let response =
        || Response::new(200).field("content-type", b"application/json").body(br#"{"total":3}"#);
    let to = |(request, fields): &(Request<'static>, Fields)| {
        signer(&clock).response(&response(), &request.clone().fields(bytes(fields))).unwrap()
    };
    let check = |answer: &Fields,
                 response: Response<'_>,
                 (request, fields): &(Request<'static>, Fields)| {
        verifier(&clock)
            .response(&response.fields(bytes(answer)), &request.clone().fields(bytes(fields)))
            .map(Verified::into_body)
    };
    let answer = to(&first);
    assert_eq!(check(&answer, response(), &first).as_deref(), Ok(br#"{"total":3}"#.as_slice()));
    assert_eq!(
        check(&answer, response(), &second),
        Err(Unverified::Wrong),
        "the same request, made a second time"
    );
    let status =
        Response::new(201).field("content-type", b"application/json").body(br#"{"total":3}"#);
    assert_eq!(check(&answer, status, &first), Err(Unverified::Wrong));
    // A request is no answer, and an answer no request.
    let (request, fields) = &first;
    let as_answer = Response::new(200).field("content-type", b"application/json").body(BODY);
    assert_eq!(check(fields, as_answer, &first), Err(Unverified::Wrong));
    assert_eq!(
        verifier(&clock).request(&request.clone().fields(bytes(&answer))).unwrap_err(),
        Unverified::Wrong
    );
}

#[test]
fn keys_overlap_while_they_are_rotated() {
    let clock = ManualClock::new();
    let keys = |ids: &[(&str, &str)]| {
        ids.iter()
            .fold(Verifier::hmac(), |verifier, (id, key)| verifier.key(verifying(id, key)))
            .clock(clock.clone())
            .build()
    };
    let old = signer(&clock).request(&order()).unwrap();
    let new = Signer::hmac(signing("2026-11", OTHER))
        .clock(clock.clone())
        .build()
        .unwrap()
        .request(&order())
        .unwrap();
    let both = keys(&[("2026-11", OTHER), ("2026-10", HMAC)]).unwrap();
    assert_eq!(both.request(&order().fields(bytes(&old))).unwrap().key_id(), "2026-10");
    assert_eq!(both.request(&order().fields(bytes(&new))).unwrap().key_id(), "2026-11");
    let after = keys(&[("2026-11", OTHER)]).unwrap();
    assert_eq!(after.request(&order().fields(bytes(&old))).unwrap_err(), Unverified::UnknownKey);
    assert!(keys(&[]).is_err());
    assert!(keys(&[("2026-10", HMAC), ("2026-10", OTHER)]).is_err());
}

#[test]
fn a_body_above_the_cap_is_not_read() {
    let clock = ManualClock::new();
    let verifier = Verifier::hmac()
        .key(verifying("2026-10", HMAC))
        .max_body(10)
        .clock(clock.clone())
        .build()
        .unwrap();
    let fields = signer(&clock).request(&order()).unwrap();
    assert_eq!(
        verifier.request(&order().fields(bytes(&fields))).unwrap_err(),
        Unverified::TooLarge
    );
}
