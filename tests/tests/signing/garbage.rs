//! A verifier rejects any garbage in signature fields with a reason, without a panic.

use crate::verifier::VerifierBuilder;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use secure_tool::clock::ManualClock;
use secure_tool::signing::{Request, Response, VerifyingKey};

use crate::{ED25519_PUBLIC, HMAC, verifying};

/// A fixed seed, so that a failure is reproducible.
const SEED: [u8; 32] = *b"secure-tool, signatures, seed 1.";

fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &SEED))
}

/// Fragments of structured fields, so that some generated fields are valid.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "sig1",
        "=",
        "(",
        ")",
        "\"@method\"",
        "\"@path\"",
        "\"@query-param\"",
        "\"x\"",
        ";",
        "sf",
        "bs",
        "key",
        "req",
        "tr",
        "name",
        "=\"a\"",
        "=?1",
        "created=1767225600",
        "keyid=\"k\"",
        "nonce=\"n\"",
        "alg=\"ed25519\"",
        "expires=9",
        "tag=\"t\"",
        ",",
        " ",
        "  ",
        "\t",
        ":AAAA:",
        ":",
        "@1",
        "%\"a%c3%a9\"",
        "1.5",
        "-1",
        "999999999999999",
        "?0",
        "\\",
        "\"",
        "*",
        "é",
        "\u{0}",
        "sha-256",
        "sha-512=:AA==:",
    ]);
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

#[test]
fn garbage_is_rejected_without_a_panic() {
    println!("seed {SEED:?}");
    let clock = ManualClock::new();
    let public = || VerifyingKey::ed25519("k", ED25519_PUBLIC).unwrap();
    let rfc9421 = VerifierBuilder::rfc9421().key(public()).clock(clock.clone()).build().unwrap();
    let lenient = VerifierBuilder::rfc9421()
        .key(verifying("k", HMAC))
        .covers(["x"])
        .clock(clock.clone())
        .build()
        .unwrap();
    let field = || prop_oneof![pieces().prop_map(String::into_bytes), vec(any::<u8>(), 0..64)];
    let urls =
        prop_oneof![Just("https://a.example/p?q=1&a=%FF".to_owned()), any::<String>(), pieces()];
    let strategy = (field(), field(), field(), field(), urls, vec(any::<u8>(), 0..32));
    runner(2_000)
        .run(&strategy, |(input, signature, digest, other, url, body)| {
            let request = Request::new("POST", &url)
                .field("signature-input", &input)
                .field("signature", &signature)
                .field("content-digest", &digest)
                .field("content-type", b"application/json")
                .field("x", &other)
                .body(&body);
            let response = Response::new(200)
                .field("signature-input", &input)
                .field("signature", &signature)
                .body(&body);
            for verifier in [&rfc9421, &lenient] {
                prop_assert!(verifier.request(&request).is_err());
                prop_assert!(verifier.response(&response, &request).is_err());
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn oversized_fields_are_rejected() {
    let clock = ManualClock::new();
    let verifier =
        VerifierBuilder::rfc9421().key(verifying("k", HMAC)).clock(clock).build().unwrap();
    for field in [
        "a=(".repeat(100_000),
        "(".repeat(100_000),
        "a=1,".repeat(100_000),
        format!("a=\"{}", "\\\"".repeat(100_000)),
        format!("a{}", ";b".repeat(100_000)),
    ] {
        let request = Request::new("GET", "https://a.example/")
            .field("signature-input", field.as_bytes())
            .field("signature", field.as_bytes());
        assert!(verifier.request(&request).is_err());
    }
    let fields: Vec<_> = (0..10_000).map(|n| format!("x-{n}")).collect();
    let request = Request::new("GET", "https://a.example/")
        .fields(fields.iter().map(|name| (name.as_str(), b"1".as_slice())));
    assert!(verifier.request(&request).is_err());
}
