//! Signatures of RFC 9421: which are accepted and which are rejected.

use std::time::Duration;

use crate::verifier::VerifierBuilder;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secure_tool::SecretString;
use secure_tool::clock::ManualClock;
use secure_tool::signing::{
    ContentDigest, Receiver, Request, Rfc9421Signer, Rfc9421SignerBuilder, SigningKey, Unverified,
    VerifyingKey,
};

use crate::{
    ED25519_PRIVATE, ED25519_PUBLIC, HMAC, bytes, mac, seconds, sha256, signing, verifying,
};

pub type Fields = Vec<(&'static str, String)>;

fn private() -> SigningKey {
    SigningKey::ed25519("2026-10", &SecretString::from(ED25519_PRIVATE)).unwrap()
}

fn public() -> VerifyingKey {
    VerifyingKey::ed25519("2026-10", ED25519_PUBLIC).unwrap()
}

/// Returns a signer with Ed25519.
pub fn signer(clock: &ManualClock) -> Rfc9421SignerBuilder {
    Rfc9421Signer::builder(private()).clock(clock.clone())
}

/// Returns the verifier for [`signer`].
pub fn verifier(clock: &ManualClock) -> VerifierBuilder {
    VerifierBuilder::rfc9421().key(public()).clock(clock.clone())
}

/// The URL of the order.
pub const URL: &str = "https://hooks.corp.example/orders?shop=7";
const BODY: &[u8] = br#"{"order":42}"#;

/// Returns a request that places an order.
pub fn order() -> Request<'static> {
    Request::new("POST", URL)
        .field("content-type", b"application/json")
        .field("idempotency-key", b"7f")
        .body(BODY)
}

/// Returns the result of a verifier for the order with these fields.
fn taken(verifier: &Receiver, fields: &Fields) -> Result<(), Unverified> {
    verifier.request(&order().fields(bytes(fields))).map(drop)
}

/// Returns an HMAC signature over handwritten lines.
fn by_hand(lines: &[(&str, &str)], params: &str) -> Fields {
    let names: Vec<_> = lines.iter().map(|(name, _)| *name).collect();
    let params = format!("({}){params}", names.join(" "));
    let lines: Vec<_> = lines.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    let base = format!("{}\"@signature-params\": {params}", lines.concat());
    vec![
        ("signature-input", format!("a={params}")),
        ("signature", format!("a=:{}:", STANDARD.encode(mac(HMAC.as_bytes(), &base)))),
    ]
}

fn digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(sha256(body)))
}

const ADDRESS: [(&str, &str); 4] = [
    ("\"@method\"", "POST"),
    ("\"@authority\"", "hooks.corp.example"),
    ("\"@path\"", "/orders"),
    ("\"@query\"", "?shop=7"),
];

/// Returns the required covered lines of the order, with its digest.
fn covered(digest: &str) -> Vec<(&str, &str)> {
    ADDRESS.into_iter().chain([("\"content-digest\"", digest)]).collect()
}

#[test]
fn by_default_all_parts_of_a_message_are_covered() {
    let clock = ManualClock::new();
    let signer = Rfc9421Signer::builder(signing("2026-10", HMAC))
        .tag("shop")
        .expires_after(Duration::from_mins(1))
        .clock(clock.clone())
        .build()
        .unwrap();
    let fields = signer.request(&order()).unwrap();
    let [(_, digested), (_, input), (_, signature)] = fields.as_slice() else {
        panic!("three fields, not {fields:?}")
    };
    assert_eq!(*digested, digest(BODY));
    let params = input.strip_prefix("sig1=").unwrap();
    let nonce = params.split("nonce=\"").nth(1).unwrap().split('"').next().unwrap();
    let now = seconds(&clock);
    let expected = format!(
        "(\"@method\" \"@authority\" \"@path\" \"@query\" \"content-type\" \"idempotency-key\" \"content-digest\")\
         ;created={now};expires={};nonce=\"{nonce}\";alg=\"hmac-sha256\";keyid=\"2026-10\";tag=\"shop\"",
        now + 60
    );
    assert_eq!(params, expected);
    let base = format!(
        "\"@method\": POST\n\"@authority\": hooks.corp.example\n\"@path\": /orders\n\"@query\": ?shop=7\n\"content-type\": application/json\n\
         \"idempotency-key\": 7f\n\"content-digest\": {digested}\n\"@signature-params\": {params}"
    );
    assert_eq!(*signature, format!("sig1=:{}:", STANDARD.encode(mac(HMAC.as_bytes(), &base))));
    assert_ne!(fields[1], signer.request(&order()).unwrap()[1], "a nonce is used once");
}

#[test]
fn a_signed_request_is_accepted_once() {
    let clock = ManualClock::new();
    for signer in [
        signer(&clock),
        signer(&clock).without_nonce(),
        signer(&clock).without_alg().digest(ContentDigest::Sha512),
        signer(&clock).label("x"),
    ] {
        let verifier = verifier(&clock).build().unwrap();
        let fields = signer.build().unwrap().request(&order()).unwrap();
        let proof = verifier.request(&order().fields(bytes(&fields))).unwrap();
        assert_eq!((proof.body(), proof.key_id()), (BODY, "2026-10"));
        assert_eq!(taken(&verifier, &fields), Err(Unverified::Replayed));
        // An uncovered header does not make it a new message.
        let more = order().field("x-new", b"1").fields(bytes(&fields));
        assert_eq!(verifier.request(&more).map(drop), Err(Unverified::Replayed));
        // Nor does another name for the signature.
        let renamed: Fields = fields
            .iter()
            .map(|(name, value)| (*name, value.replace("sig1=", "other=").replace("x=", "other=")))
            .collect();
        assert_eq!(taken(&verifier, &renamed), Err(Unverified::Replayed));
        clock.advance(Duration::from_secs(331));
        assert_eq!(taken(&verifier, &fields), Err(Unverified::TooOld));
    }
}

#[test]
fn each_changed_part_is_rejected() {
    let clock = ManualClock::new();
    let fields = signer(&clock).build().unwrap().request(&order()).unwrap();
    let request = |method, url, kind, key, body| {
        Request::new(method, url)
            .field("content-type", kind)
            .field("idempotency-key", key)
            .body(body)
    };
    let json: &[u8] = b"application/json";
    for (what, request, why) in [
        ("method", request("PUT", URL, json, b"7f", BODY), Unverified::Wrong),
        (
            "host",
            request("POST", "https://hooks.evil.example/orders?shop=7", json, b"7f", BODY),
            Unverified::Wrong,
        ),
        (
            "path",
            request("POST", "https://hooks.corp.example/order?shop=7", json, b"7f", BODY),
            Unverified::Wrong,
        ),
        (
            "query",
            request("POST", "https://hooks.corp.example/orders?shop=8", json, b"7f", BODY),
            Unverified::Wrong,
        ),
        ("field", request("POST", URL, b"text/plain", b"7f", BODY), Unverified::Wrong),
        ("other field", request("POST", URL, json, b"8f", BODY), Unverified::Wrong),
        ("body", request("POST", URL, json, b"7f", br#"{"order":43}"#), Unverified::Digest),
        ("no body", request("POST", URL, json, b"7f", b""), Unverified::Digest),
        (
            "field again",
            request("POST", URL, json, b"7f", BODY).field("idempotency-key", b"9"),
            Unverified::Wrong,
        ),
        (
            "field missing",
            Request::new("POST", URL).field("content-type", json).body(BODY),
            Unverified::Component,
        ),
    ] {
        assert_eq!(
            verifier(&clock).build().unwrap().request(&request.fields(bytes(&fields))).map(drop),
            Err(why),
            "{what}"
        );
    }
    for (at, from, to) in [
        (0, "=:", "=:AA"),
        (1, "created=1", "created=2"),
        (1, "nonce=\"", "nonce=\"0"),
        (1, " \"idempotency-key\"", ""),
        (1, "\"@method\" \"@authority\"", "\"@authority\" \"@method\""),
        (1, ";alg=\"ed25519\"", ""),
        (2, "=:", "=:AA"),
    ] {
        let mut changed = fields.clone();
        changed[at].1 = changed[at].1.replacen(from, to, 1);
        assert_ne!(changed, fields);
        assert!(taken(&verifier(&clock).build().unwrap(), &changed).is_err(), "{from} -> {to}");
    }
    assert_eq!(taken(&verifier(&clock).build().unwrap(), &fields), Ok(()));
}

#[test]
fn a_signature_that_covers_less_is_rejected() {
    let clock = ManualClock::new();
    let created = format!(";created={};keyid=\"a\"", seconds(&clock));
    let verifier = || VerifierBuilder::rfc9421().key(verifying("a", HMAC)).clock(clock.clone());
    let digest = digest(BODY);
    let all = covered(&digest);
    let with_digest = |mut fields: Fields| {
        fields.push(("content-digest", digest.clone()));
        fields
    };
    assert_eq!(taken(&verifier().build().unwrap(), &with_digest(by_hand(&all, &created))), Ok(()));
    for left_out in 0..all.len() {
        let lines: Vec<_> = all
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != left_out)
            .map(|(_, line)| *line)
            .collect();
        let fields = with_digest(by_hand(&lines, &created));
        assert_eq!(
            taken(&verifier().build().unwrap(), &fields),
            Err(Unverified::NotCovered),
            "without {}",
            all[left_out].0
        );
    }
    // The creation time is required.
    assert_eq!(
        taken(&verifier().build().unwrap(), &with_digest(by_hand(&all, ";keyid=\"a\""))),
        Err(Unverified::NotCovered)
    );
    // The declared components are required, and `@target-uri` includes its parts.
    let whole = [
        ("\"@method\"", "POST"),
        ("\"@target-uri\"", URL),
        ("\"content-digest\"", digest.as_str()),
    ];
    let fields = with_digest(by_hand(&whole, &created));
    assert_eq!(taken(&verifier().build().unwrap(), &fields), Ok(()));
    assert_eq!(
        taken(&verifier().covers(["@path", "idempotency-key"]).build().unwrap(), &fields),
        Err(Unverified::NotCovered)
    );
    // A body is covered by its digest, whatever was declared; one member of the field is not the
    // field.
    let lines = [("\"@method\"", "POST")];
    assert_eq!(
        taken(
            &verifier().covers(["@method"]).build().unwrap(),
            &with_digest(by_hand(&lines, &created))
        ),
        Err(Unverified::NotCovered)
    );
    let value = digest.strip_prefix("sha-256=").unwrap();
    let member: Vec<_> =
        ADDRESS.into_iter().chain([("\"content-digest\";key=\"sha-256\"", value)]).collect();
    assert_eq!(
        taken(&verifier().build().unwrap(), &with_digest(by_hand(&member, &created))),
        Err(Unverified::NotCovered)
    );
}

#[test]
fn the_key_decides_the_algorithm() {
    let clock = ManualClock::new();
    // The classic confusion: the public key, known to all, as a key of HMAC under the id of the
    // Ed25519 key.
    let der = STANDARD.decode(ED25519_PUBLIC.lines().nth(1).unwrap()).unwrap();
    let now = seconds(&clock);
    for alg in ["", ";alg=\"hmac-sha256\"", ";alg=\"ed25519\""] {
        let params = format!(
            "(\"@method\" \"@authority\" \"@path\" \"@query\");created={now}{alg};keyid=\"2026-10\""
        );
        let base = format!(
            "{}\"@signature-params\": {params}",
            ADDRESS.map(|(name, value)| format!("{name}: {value}\n")).concat()
        );
        for key in [ED25519_PUBLIC.as_bytes(), &der, &der[12..]] {
            let signature = format!("a=:{}:", STANDARD.encode(mac(key, &base)));
            let input = format!("a={params}");
            let request = Request::new("POST", URL)
                .field("signature-input", input.as_bytes())
                .field("signature", signature.as_bytes());
            let why = verifier(&clock).build().unwrap().request(&request).map(drop);
            let expected =
                if alg.contains("hmac") { Unverified::Algorithm } else { Unverified::Wrong };
            assert_eq!(why, Err(expected), "{alg}");
        }
    }
    // And a signature that is right, but says that it is another one.
    let fields = signer(&clock).build().unwrap().request(&order()).unwrap();
    let said: Fields = fields
        .iter()
        .map(|(name, value)| (*name, value.replace("alg=\"ed25519\"", "alg=\"rsa-v1_5-sha256\"")))
        .collect();
    assert_eq!(taken(&verifier(&clock).build().unwrap(), &said), Err(Unverified::Algorithm));
    let hmac = VerifierBuilder::rfc9421()
        .key(verifying("2026-10", HMAC))
        .clock(clock.clone())
        .build()
        .unwrap();
    assert_eq!(taken(&hmac, &fields), Err(Unverified::Algorithm));
}

#[test]
fn signatures_are_valid_within_the_time_window() {
    let clock = ManualClock::new();
    let now = seconds(&clock);
    let digest = digest(BODY);
    let verifier =
        VerifierBuilder::rfc9421().key(verifying("a", HMAC)).clock(clock.clone()).build().unwrap();
    for (params, expected) in [
        (format!("created={}", now + 30), Ok(())),
        (format!("created={}", now + 31), Err(Unverified::TooNew)),
        (format!("created={}", now - 330), Ok(())),
        (format!("created={}", now - 331), Err(Unverified::TooOld)),
        (format!("created={};expires={}", now - 100, now - 30), Ok(())),
        (format!("created={};expires={}", now - 100, now - 31), Err(Unverified::TooOld)),
        (format!("created={};expires={}", now, now - 1), Err(Unverified::TooOld)),
        (format!("created={};expires={}", now - 331, now + 600), Err(Unverified::TooOld)),
        ("created=-1".into(), Err(Unverified::Malformed)),
        (format!("created={now}.0"), Err(Unverified::Malformed)),
        (format!("created=\"{now}\""), Err(Unverified::Malformed)),
        (format!("created=@{now}"), Err(Unverified::Malformed)),
        ("created=999999999999999".into(), Err(Unverified::TooNew)),
    ] {
        let mut fields = by_hand(&covered(&digest), &format!(";{params};keyid=\"a\""));
        fields.push(("content-digest", digest.clone()));
        assert_eq!(taken(&verifier, &fields), expected, "{params}");
    }
}

#[test]
fn invalid_signatures_are_rejected() {
    let clock = ManualClock::new();
    let digest = digest(BODY);
    let created = format!(";created={};keyid=\"a\"", seconds(&clock));
    let verifier =
        VerifierBuilder::rfc9421().key(verifying("a", HMAC)).clock(clock.clone()).build().unwrap();
    let signed = |params: &str| {
        let mut fields = by_hand(&covered(&digest), params);
        fields.push(("content-digest", digest.clone()));
        fields
    };
    assert_eq!(verifier.request(&order()).map(drop), Err(Unverified::Absent));
    for (what, params, why) in [
        ("a parameter that nobody knows", format!("{created};x=1"), Unverified::Malformed),
        ("a parameter twice", format!("{created};keyid=\"a\""), Unverified::Malformed),
        (
            "a key id that is none",
            format!(";created={};keyid=a", seconds(&clock)),
            Unverified::Malformed,
        ),
        ("no key id", format!(";created={}", seconds(&clock)), Unverified::UnknownKey),
        ("another key id", created.replace("\"a\"", "\"b\""), Unverified::UnknownKey),
    ] {
        assert_eq!(taken(&verifier, &signed(&params)), Err(why), "{what}");
    }
    let sound = signed(&created);
    for (what, from, to) in [
        ("a label twice", "signature-input", format!("{}, {}", sound[0].1, sound[0].1)),
        ("a signature twice", "signature", format!("{}, {}", sound[1].1, sound[1].1)),
        ("a label without a signature", "signature-input", format!("{}, b=()", sound[0].1)),
        ("a signature without a label", "signature", format!("{}, b=::", sound[1].1)),
        ("a signature that is a text", "signature", "a=\"AAAA\"".into()),
        ("no list", "signature-input", "a=1".into()),
        ("a component that is no text", "signature-input", format!("a=(x){created}")),
        ("too many components", "signature-input", format!("a=({}){created}", "\"x\" ".repeat(65))),
    ] {
        let changed: Fields = sound
            .iter()
            .map(|(name, old)| (*name, if *name == from { to.clone() } else { old.clone() }))
            .collect();
        assert_eq!(taken(&verifier, &changed), Err(Unverified::Malformed), "{what}");
    }
    let many = |name: &str, value: &str| {
        (0..9)
            .map(|n| format!("s{n}={}", value.strip_prefix("a=").unwrap()))
            .collect::<Vec<_>>()
            .join(", ")
            + name
    };
    let nine: Fields = vec![
        ("signature-input", many("", &sound[0].1)),
        ("signature", many("", &sound[1].1)),
        sound[2].clone(),
    ];
    assert_eq!(taken(&verifier, &nine), Err(Unverified::Malformed), "nine signatures");
    let twice: Vec<_> = covered(&digest).into_iter().chain([("\"@method\"", "POST")]).collect();
    let mut fields = by_hand(&twice, &created);
    fields.push(sound[2].clone());
    assert_eq!(taken(&verifier, &fields), Err(Unverified::Component), "a component twice");
    assert_eq!(taken(&verifier, &sound), Ok(()));
}

#[test]
fn one_valid_signature_of_several_suffices_and_a_tag_selects_it() {
    let clock = ManualClock::new();
    let mine = signer(&clock).tag("mine").build().unwrap().request(&order()).unwrap();
    let others = Rfc9421Signer::builder(signing("proxy", HMAC))
        .label("proxy")
        .tag("theirs")
        .clock(clock.clone())
        .build()
        .unwrap()
        .request(&order())
        .unwrap();
    let both: Fields = vec![
        ("signature-input", format!("{}, {}", others[1].1, mine[1].1)),
        ("signature", format!("{}, {}", others[2].1, mine[2].1)),
        mine[0].clone(),
    ];
    assert_eq!(taken(&verifier(&clock).build().unwrap(), &both), Ok(()));
    assert_eq!(taken(&verifier(&clock).tag("mine").build().unwrap(), &both), Ok(()));
    assert_eq!(
        taken(&verifier(&clock).tag("theirs").build().unwrap(), &both),
        Err(Unverified::UnknownKey)
    );
    assert_eq!(
        taken(&verifier(&clock).tag("another").build().unwrap(), &both),
        Err(Unverified::Absent)
    );
    // The two lists may come in several fields.
    let apart: Fields = mine.iter().chain(&others[1..]).cloned().collect();
    assert_eq!(taken(&verifier(&clock).build().unwrap(), &apart), Ok(()));
    let broken: Fields =
        both.iter().map(|(name, value)| (*name, value.replace("sig1=:", "sig1=:AAAA"))).collect();
    assert_eq!(taken(&verifier(&clock).build().unwrap(), &broken), Err(Unverified::Wrong));
}

#[test]
fn a_nonce_is_accepted_once_for_any_message() {
    let clock = ManualClock::new();
    let verifier = VerifierBuilder::rfc9421()
        .key(verifying("a", HMAC))
        .key(verifying("b", HMAC))
        .clock(clock.clone())
        .build()
        .unwrap();
    let digest = digest(BODY);
    let sent = |created: u64, key: &str| {
        let mut fields = by_hand(
            &covered(&digest),
            &format!(";created={created};nonce=\"once\";keyid=\"{key}\""),
        );
        fields.push(("content-digest", digest.clone()));
        taken(&verifier, &fields)
    };
    let now = seconds(&clock);
    assert_eq!(
        [sent(now, "a"), sent(now - 1, "a"), sent(now, "b")],
        [Ok(()), Err(Unverified::Replayed), Ok(())]
    );
}

#[test]
fn unsignable_messages_are_an_error() {
    let clock = ManualClock::new();
    let signer = signer(&clock).build().unwrap();
    for (what, request) in [
        ("a signature of somebody else's", order().field("Signature", b"a=::")),
        ("a digest of somebody else's", order().field("Content-Digest", b"sha-256=::")),
        ("a line feed", order().field("x-note", b"a\nb")),
        ("bytes that are no text", order().field("x-note", b"\xff")),
        ("an address with a user", Request::new("GET", "https://user@hooks.corp.example/")),
        ("an address that is none", Request::new("GET", "/orders")),
        ("a method that is none", Request::new("GET /", URL)),
        ("cookies", order().field("set-cookie", b"a=1").field("set-cookie", b"b=2")),
    ] {
        assert!(signer.request(&request).is_err(), "{what}");
    }
    assert!(Rfc9421Signer::builder(private()).covers(["@nothing"]).build().is_err());
    assert!(Rfc9421Signer::builder(private()).label("Sig 1").build().is_err());
    assert!(Rfc9421Signer::builder(private()).tag("é").build().is_err());
    assert!(VerifierBuilder::rfc9421().key(public()).covers(["content type"]).build().is_err());
}
