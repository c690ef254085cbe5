//! The examples of RFC 9421, appendix B, with its own keys.

use crate::verifier::VerifierBuilder;
use secure_tool::SecretString;
use secure_tool::clock::ManualClock;
use secure_tool::signing::{
    Receiver, Request, Rfc9421Signer, SigningKey, Unverified, VerifyingKey,
};

use crate::{AGES, ED25519_PRIVATE, ED25519_PUBLIC};

/// B.1.5
const SHARED: &str = "base64:uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==";

/// B.2, without the body: its examples do not cover it, and an uncovered body is rejected.
fn test_request() -> Request<'static> {
    Request::new("POST", "https://example.com/foo?param=Value&Pet=dog")
        .field("Host", b"example.com")
        .field("Date", b"Tue, 20 Apr 2021 02:07:55 GMT")
        .field("Content-Type", b"application/json")
        .field("Content-Length", b"18")
}

/// One example: its covered components, its `signature-input` and its `signature`.
struct Example {
    key: VerifyingKey,
    request: Request<'static>,
    covers: &'static [&'static str],
    input: &'static str,
    signature: &'static str,
}

fn examples() -> [Example; 3] {
    let ed25519 = || VerifyingKey::ed25519("test-key-ed25519", ED25519_PUBLIC).unwrap();
    [
        // B.2.5
        Example {
            key: VerifyingKey::hmac("test-shared-secret", &SecretString::from(SHARED)).unwrap(),
            request: test_request(),
            covers: &["date", "@authority", "content-type"],
            input: "sig-b25=(\"date\" \"@authority\" \"content-type\");created=1618884473;keyid=\"test-shared-secret\"",
            signature: "sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:",
        },
        // B.2.6
        Example {
            key: ed25519(),
            request: test_request(),
            covers: &["date", "@method", "@path", "@authority", "content-type", "content-length"],
            input: "sig-b26=(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\");created=1618884473;keyid=\"test-key-ed25519\"",
            signature: "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:",
        },
        // B.4
        Example {
            key: ed25519(),
            request: Request::new("GET", "https://example.org/demo?name1=Value1&Name2=value2")
                .field("Host", b"example.org")
                .field("Date", b"Fri, 15 Jul 2022 14:24:55 GMT")
                .field("Accept", b"application/json")
                .field("Accept", b"*/*"),
            covers: &["@method", "@path", "@authority", "accept"],
            input: "transform=(\"@method\" \"@path\" \"@authority\" \"accept\");created=1618884473;keyid=\"test-key-ed25519\"",
            signature: "transform=:ZT1kooQsEHpZ0I1IjCqtQppOmIqlJPeo7DHR3SoMn0s5JZ1eRGS0A+vyYP9t/LXlh5QMFFQ6cpLt2m0pmj3NDA==:",
        },
    ]
}

/// Returns a verifier that accepts the age of the examples.
fn receiver(key: VerifyingKey, covers: &[&'static str]) -> Receiver {
    VerifierBuilder::rfc9421()
        .key(key)
        .covers(covers.iter().copied())
        .max_age(AGES)
        .clock(ManualClock::new())
        .build()
        .unwrap()
}

#[test]
fn the_examples_of_the_rfc_verify() {
    for Example { key, request, covers, input, signature } in examples() {
        let verifier = receiver(key, covers);
        let signed = request
            .clone()
            .field("Signature-Input", input.as_bytes())
            .field("Signature", signature.as_bytes());
        verifier.request(&signed).unwrap_or_else(|why| panic!("{input}: {why}"));
        assert_eq!(verifier.request(&signed).unwrap_err(), Unverified::Replayed, "{input}");
        let moved = input.replace("1618884473", "1618884474");
        let signed = request
            .field("Signature-Input", moved.as_bytes())
            .field("Signature", signature.as_bytes());
        assert_eq!(verifier.request(&signed).unwrap_err(), Unverified::Wrong, "{input}");
    }
}

/// B.4: a transformed message verifies if its covered components are unchanged.
#[test]
fn a_transformed_example_verifies_only_if_the_rfc_says_so() {
    let verify = |request: Request<'_>| {
        let [_, _, Example { key, covers, input, signature, .. }] = examples();
        let verifier = receiver(key, covers);
        verifier
            .request(
                &request
                    .field("signature-input", input.as_bytes())
                    .field("signature", signature.as_bytes()),
            )
            .map(drop)
    };
    let demo = |url| Request::new("GET", url);
    let same = demo("https://example.org/demo?name1=Value1&Name2=value2&param=added")
        .field("Accept", b"application/json")
        .field("Accept", b"*/*");
    assert_eq!(verify(same), Ok(()));
    let same = demo("https://example.org/demo?name1=Value1&Name2=value2")
        .field("accept", b"application/json, */*")
        .field("accept-language", b"en");
    assert_eq!(verify(same), Ok(()));
    let order = demo("https://example.org/demo")
        .field("Accept", b"*/*")
        .field("Accept", b"application/json");
    assert_eq!(verify(order), Err(Unverified::Wrong));
    let host = demo("https://example.com/demo")
        .field("Accept", b"application/json")
        .field("Accept", b"*/*");
    assert_eq!(verify(host), Err(Unverified::Wrong));
    let method =
        Request::new("POST", "https://example.org/demo").field("Accept", b"application/json, */*");
    assert_eq!(verify(method), Err(Unverified::Wrong));
}

/// Both algorithms are deterministic, so our signature of the same text must be equal.
#[test]
fn our_signature_of_an_example_equals_that_of_the_rfc() {
    let signer = |key: SigningKey, covers: &[&str]| {
        let clock = At(1_618_884_473);
        Rfc9421Signer::builder(key)
            .covers(covers.iter().copied())
            .label("sig")
            .without_alg()
            .without_nonce()
            .clock(clock)
            .build()
            .unwrap()
    };
    let [hmac, ed25519, transform] = examples();
    let shared = || SigningKey::hmac("test-shared-secret", &SecretString::from(SHARED)).unwrap();
    let private =
        || SigningKey::ed25519("test-key-ed25519", &SecretString::from(ED25519_PRIVATE)).unwrap();
    for (key, example) in [(shared(), hmac), (private(), ed25519), (private(), transform)] {
        let fields = signer(key, example.covers).request(&example.request).unwrap();
        let after = |text: &str| text.split_once('=').unwrap().1.to_owned();
        let expected =
            [("signature-input", after(example.input)), ("signature", after(example.signature))];
        assert_eq!(
            fields.iter().map(|(name, value)| (*name, after(value))).collect::<Vec<_>>(),
            expected
        );
    }
}

/// A clock that is fixed at a second.
#[derive(Debug)]
struct At(u64);

impl secure_tool::clock::Clock for At {
    fn monotonic(&self) -> std::time::Duration {
        std::time::Duration::ZERO
    }

    fn wall(&self) -> std::time::SystemTime {
        std::time::UNIX_EPOCH + std::time::Duration::from_secs(self.0)
    }
}
