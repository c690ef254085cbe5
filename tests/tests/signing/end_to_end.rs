//! Signatures through a guard: those on the wire, recomputed independently, and those of responses.

use std::sync::Mutex;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::signature::Ed25519KeyPair;
use secure_tool::prelude::*;
use secure_tool::spec::Protection;
use secure_tool::{Connection, FixedSecrets, Outcome, Rule};
use secure_tool_testkit::hostile::{Request, Response};
use tests::rule;

use crate::shop::{Bench, CREDENTIAL, GetOrder, Little, Shop, Signed, Tools, secrets, sign};
use crate::{ED25519_PRIVATE, HMAC, OTHER, hex, seconds, sha256};

/// The seconds since 1970 at which the clock of a bench starts.
const START: u64 = 1_767_225_600;
/// A body that the shop did not send.
const FORGED: &str = r#"{"total":4,"note":"forged"}"#;

/// Returns a response with a forged body, signed with this key at this time.
fn forged(request: &Request, secret: &str, key: &str, now: u64) -> Response {
    sign(request, 200, FORGED, secret, key, now).answer()
}

/// A change that a network can make to a signed response.
type Change = fn(&Request, Signed) -> Response;

const GET: &str = r#"{"id":"a/b 7","reason":"the user asked"}"#;

#[tokio::test]
async fn requests_are_signed_by_rfc_9421() {
    let bench = Bench::new().await;
    bench.shop_answers(|_, signed| signed.answer());
    let session = bench.session();
    assert!(session.call("get_order", GET).await.answer().is_some());
    assert!(session.call("place_order", r#"{"product":"kéttle"}"#).await.answer().is_some());
    let requests = bench.shop.requests();
    let [get, post] = requests.as_slice() else { panic!("two requests, not {}", requests.len()) };
    let now = seconds(&bench.clock);
    let check = |request: &Request, lines: &[(&str, &str)]| {
        let input = request.header("signature-input").unwrap().strip_prefix("sig1=").unwrap();
        let names: Vec<_> = lines.iter().map(|(name, _)| *name).collect();
        let (covered, params) = input.split_once(')').unwrap();
        assert_eq!(covered, format!("({}", names.join(" ")));
        let nonce = params.split('"').nth(1).unwrap();
        assert_eq!(
            (nonce.len(), params),
            (
                32,
                format!(
                    ";created={now};nonce=\"{nonce}\";alg=\"ed25519\";keyid=\"ours-1\";tag=\"shop\""
                )
                .as_str()
            )
        );
        let base: Vec<_> = lines.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        let base = format!("{}\"@signature-params\": {input}", base.concat());
        // Ed25519 signs the same text in one way only.
        let key = STANDARD.decode(ED25519_PRIVATE.lines().nth(1).unwrap()).unwrap();
        let signature =
            Ed25519KeyPair::from_pkcs8_maybe_unchecked(&key).unwrap().sign(base.as_bytes());
        assert_eq!(
            request.header("signature").unwrap(),
            format!("sig1=:{}:", STANDARD.encode(signature))
        );
        nonce.to_owned()
    };
    assert_eq!(get.target(), "/v1/orders/a%2Fb%207");
    let address = |method, path| {
        [
            ("\"@method\"", method),
            ("\"@authority\"", "api.shop.example"),
            ("\"@path\"", path),
            ("\"@query\"", "?"),
        ]
    };
    let first = check(
        get,
        &[
            &address("GET", "/v1/orders/a%2Fb%207")[..],
            &[("\"x-api-version\"", "2026-01"), ("\"x-reason\"", "the user asked")],
        ]
        .concat(),
    );
    assert_eq!(post.body(), r#"{"product":"kéttle"}"#.as_bytes());
    let digest = format!("sha-256=:{}:", STANDARD.encode(sha256(post.body())));
    assert_eq!(post.header("content-digest"), Some(digest.as_str()));
    let fields = [
        ("\"content-type\"", "application/json"),
        ("\"x-api-version\"", "2026-01"),
        ("\"content-digest\"", &digest),
    ];
    let second = check(post, &[&address("POST", "/v1/orders")[..], &fields].concat());
    assert_ne!(first, second, "a nonce is used once");
    assert_eq!(
        get.header("authorization"),
        Some(format!("Bearer {CREDENTIAL}").as_str()),
        "sent, and not covered"
    );
}

#[tokio::test]
async fn only_a_validly_signed_response_is_accepted() {
    let bench = Bench::new().await;
    let session = bench.session();
    bench.shop_answers(|_, signed| signed.answer());
    let outcome = session.call("get_order", GET).await;
    assert!(outcome.for_model().contains("as signed"), "{}", outcome.for_model());

    let changes: [(&str, Change); 9] = [
        ("not signed", |_, signed| Response::json(signed.body)),
        ("another body", |_, signed| Signed { body: FORGED.into(), ..signed }.answer()),
        ("another status", |_, signed| Signed { status: 404, ..signed }.answer()),
        ("another key", |request, _| {
            forged(request, "canary-of-somebody-else-of-32-bytes", "theirs-2", START)
        }),
        ("a key that nobody has", |request, _| forged(request, HMAC, "theirs-3", START)),
        ("too old", |request, _| forged(request, HMAC, "theirs-2", START - 331)),
        ("of the future", |request, _| forged(request, HMAC, "theirs-2", START + 31)),
        ("garbage", |_, signed| {
            Response::json(signed.body)
                .header("signature-input", "a=((")
                .header("signature", "a=:AA==:")
        }),
        ("an error that is not signed", |_, _| Response::new(503, "text/html", "forged")),
    ];
    assert_eq!(seconds(&bench.clock), START);
    for (what, change) in changes {
        bench.shop_answers(change);
        let outcome = session.call("get_order", GET).await;
        assert_eq!(rule(&outcome), Some(Rule::Signature), "{what}");
        assert!(!outcome.for_model().contains("forged"), "{what}");
        assert!(
            bench.audit.lines().last().unwrap().contains("\"rule\":\"check.signature\""),
            "{what}"
        );
    }
    // The old key is in use as long as it is declared.
    bench.shop_answers(|request, _| {
        sign(request, 200, r#"{"total":3,"note":null}"#, OTHER, "theirs-1", START).answer()
    });
    assert!(session.call("get_order", GET).await.answer().is_some());
    // A signed error status is accepted as the status of the API.
    bench.shop_answers(|request, _| sign(request, 404, "{}", HMAC, "theirs-2", START).answer());
    assert_eq!(rule(&session.call("get_order", GET).await), Some(Rule::NotFound));
}

#[tokio::test]
async fn a_response_to_an_earlier_request_is_rejected() {
    let bench = Bench::new().await;
    let first = Mutex::new(None);
    bench.shop_answers(move |_, signed| {
        first.lock().unwrap().get_or_insert(signed).clone().answer()
    });
    let session = bench.session();
    assert!(session.call("get_order", GET).await.answer().is_some());
    assert_eq!(rule(&session.call("get_order", GET).await), Some(Rule::Signature));
}

#[tokio::test]
async fn without_the_protection_a_forged_response_is_accepted() {
    let tool = <GetOrder as SecureTool>::TOOL.dangerously_without(Protection::Signature);
    let bench =
        Bench::with(|builder| builder.tool(tool).dangerously_accept_unprotected_tools("a twin"))
            .await;
    bench.shop.respond(Response::json(FORGED));
    let agent = Agent::new("bot").grant::<Shop>(["orders:read"]).clearance(Clearance::Internal);
    let outcome = bench.guard.session(agent).unwrap().call("get_order", GET).await;
    assert!(outcome.for_model().contains("forged"), "{}", outcome.for_model());
    assert!(bench.guard.posture().weakened.iter().any(|weak| weak.what.contains("Signature")));
}

#[tokio::test]
async fn an_effect_with_an_unsigned_response_is_unknown() {
    let bench = Bench::new().await;
    for answer in
        [Response::json(r#"{"total":3,"note":null}"#), Response::new(400, "application/json", "{}")]
    {
        bench.shop.respond(answer);
        let outcome = bench.session().call("place_order", r#"{"product":"kettle"}"#).await;
        assert_eq!(rule(&outcome), Some(Rule::EffectUnknown));
    }
}

#[tokio::test]
async fn a_handler_receives_only_signed_responses() {
    let bench = Bench::new().await;
    bench.shop_answers(|_, signed| signed.answer());
    let outcome = bench.session().call("add_up", "{}").await;
    assert!(outcome.for_model().contains("\"total\":6"), "{}", outcome.for_model());
    bench.shop_answers(|request, signed| {
        if request.target().ends_with('2') { Response::json(signed.body) } else { signed.answer() }
    });
    let outcome = bench.session().call("add_up", "{}").await;
    assert_eq!(rule(&outcome), Some(Rule::Signature));
}

#[tokio::test]
async fn only_a_signed_redirect_is_followed_and_each_step_is_signed() {
    let bench = Bench::new().await;
    bench.shop.respond(Response::redirect(302, "/v1/orders/other"));
    assert_eq!(rule(&bench.session().call("get_order", GET).await), Some(Rule::Signature));
    assert_eq!(bench.shop.requests().len(), 1);
    bench.shop.clear();
    bench.shop_answers(|request, signed| {
        if request.target().ends_with("other") {
            return signed.answer();
        }
        sign(request, 302, "{}", HMAC, "theirs-2", START)
            .answer()
            .header("location", "/v1/orders/other")
    });
    let outcome = bench.session().call("get_order", GET).await;
    assert!(outcome.for_model().contains("as signed"), "{}", outcome.for_model());
    let requests = bench.shop.requests();
    assert_eq!(requests.len(), 2);
    assert_ne!(requests[0].header("signature-input"), requests[1].header("signature-input"));
}

#[tokio::test]
async fn retried_requests_are_signed_again() {
    let bench = Bench::new().await;
    let asked = Mutex::new(0);
    bench.shop_answers(move |request, signed| {
        *asked.lock().unwrap() += 1;
        if *asked.lock().unwrap() == 1 {
            sign(request, 503, "{}", HMAC, "theirs-2", START).answer()
        } else {
            signed.answer()
        }
    });
    let outcome = bench.session().call("get_again", "{}").await;
    assert!(outcome.for_model().contains("as signed"), "{}", outcome.for_model());
    let requests = bench.shop.requests();
    let [first, second] = requests.as_slice() else {
        panic!("two requests, not {}", requests.len())
    };
    assert_ne!(
        first.header("signature-input"),
        second.header("signature-input"),
        "a receiver that remembers nonces takes both"
    );
}

#[tokio::test]
async fn signing_keys_are_in_no_output() {
    let bench = Bench::new().await;
    let seed = ED25519_PRIVATE.lines().nth(1).unwrap();
    let echoed = format!("{HMAC} {seed} {} {}", STANDARD.encode(HMAC), hex(OTHER.as_bytes()));
    bench.shop_answers(move |request, _| {
        let body = serde_json::json!({ "total": 3, "note": echoed }).to_string();
        sign(request, 200, &body, HMAC, "theirs-2", START).answer()
    });
    let outcome: Outcome = bench.session().call("get_order", GET).await;
    assert!(outcome.for_model().contains("[secret removed]"), "{}", outcome.for_model());
    let requests: String = bench
        .shop
        .requests()
        .iter()
        .map(|request| String::from_utf8_lossy(request.raw()).into_owned())
        .collect();
    let everything = format!(
        "{} {outcome:?} {:?} {} {requests}",
        outcome.for_model(),
        bench.guard,
        bench.audit.lines().join("\n")
    );
    for secret in [HMAC, OTHER, seed, &STANDARD.encode(HMAC), &hex(OTHER.as_bytes())] {
        assert!(!everything.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn a_missing_or_invalid_signing_key_is_a_build_error() {
    let start = |secrets: FixedSecrets, connection: Connection| {
        let builder = secure_tool::Guard::builder()
            .toolset::<Tools>()
            .secrets(secrets)
            .audit(tests::Records::new())
            .connection::<Shop>(connection);
        tests::Guard::build(builder).map(drop).map_err(|error| error.to_string())
    };
    let plain = Connection::new;
    assert_eq!(start(secrets(), plain()), Ok(()));
    for (secrets, connection, named) in [
        (FixedSecrets::new().with("SHOP_API_KEY", CREDENTIAL.to_owned()), plain(), "SIGNING_KEY"),
        (secrets().with("ANSWER_KEY", "canary-too-short".to_owned()), plain(), "theirs-2"),
        (
            secrets().with("SIGNING_KEY", "canary-no-pem-at-all-but-of-32-bytes".to_owned()),
            plain(),
            "ours-1",
        ),
        (secrets().with("PUBLIC_KEY", ED25519_PRIVATE.to_owned()), plain(), "theirs-1"),
        (secrets(), plain().signing_key("ours-2", "SIGNING_KEY_2"), "SIGNING_KEY_2"),
        (secrets(), plain().signing_key("no id", "SIGNING_KEY"), "key id"),
        (secrets(), plain().response_keys([("a", "ANSWER_KEY"), ("a", "OLD_ANSWER_KEY")]), "`a`"),
        (secrets(), plain().response_keys([("a", "SHOP_API_KEY")]), "Shop"),
        (secrets(), plain().response_keys::<&str, &str>([]), "at least one key"),
    ] {
        let error = start(secrets, connection).unwrap_err();
        assert!(error.contains(named) && !error.contains("canary"), "{named}: {error}");
    }
    let builder = secure_tool::Guard::builder()
        .toolset::<Tools>()
        .secrets(secrets())
        .audit(tests::Records::new());
    let error = tests::Guard::build(
        builder.connection::<Little>(Connection::new().signing_key("a", "SIGNING_KEY")),
    )
    .unwrap_err();
    assert!(error.to_string().contains("Little"), "{error}");
}

#[tokio::test]
async fn a_connection_replaces_declared_signing_keys() {
    let rotated = Connection::new()
        .signing_key("ours-2", "NEXT")
        .response_keys([("theirs-3", "OLD_ANSWER_KEY")]);
    let private = "MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
    let secrets = secrets().with("NEXT", private.to_owned());
    let bench = Bench::with(|builder| {
        builder.toolset::<Tools>().secrets(secrets).connection::<Shop>(rotated)
    })
    .await;
    bench.shop_answers(|request, _| {
        sign(request, 200, r#"{"total":3,"note":null}"#, OTHER, "theirs-3", START).answer()
    });
    assert!(bench.session().call("get_order", GET).await.answer().is_some());
    assert!(
        bench.shop.requests()[0].header("signature-input").unwrap().contains("keyid=\"ours-2\"")
    );
    bench.shop_answers(|_, signed| signed.answer());
    assert_eq!(
        rule(&bench.session().call("get_order", GET).await),
        Some(Rule::Signature),
        "the key of before"
    );
}

#[tokio::test]
async fn a_weaker_response_signature_is_in_the_posture() {
    let bench = Bench::new().await;
    let told = |weak: &secure_tool::guard::Weakness| {
        weak.what.contains("Little")
            && weak.what.contains("@status")
            && weak.reason.contains("no more")
    };
    assert!(bench.guard.posture().weakened.iter().any(told), "{}", bench.guard.posture());
}
