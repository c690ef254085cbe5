//! The verification of server certificates.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use secure_tool::clock::Clock;
use secure_tool::{Connection, Roots, Rule};
use secure_tool_testkit::hostile::{Certificate, HostileApi, TlsVersion};
use tests::{Bench, Shop, mail_api, rule, shop_api};

use super::{bench, is_answered, posture, rule_and_detail, search, tls, weakened};

#[tokio::test]
async fn each_kind_of_bad_certificate_is_rejected_with_its_reason() {
    for (certificate, detail) in [
        (Certificate::Expired, "certificate: expired"),
        (Certificate::NotYetValid, "certificate: not valid yet"),
        (Certificate::SelfSigned, "certificate: self-signed, or from an unknown issuer"),
        (Certificate::WrongHost, "certificate: not valid for the host"),
        (Certificate::WrongAuthority, "certificate: a wrong or weak signature"),
        (Certificate::WeakKey, "certificate: its key is too short"),
        (Certificate::WeakSignature, "certificate: a signature algorithm that is not accepted"),
    ] {
        let bench = bench(|shop| shop.certificate(certificate), |_| Connection::new()).await;
        let outcome = search(&bench).await;
        assert_eq!(
            (rule(&outcome), rule_and_detail(&bench)),
            (Some(Rule::Tls), tls(detail)),
            "{certificate:?}"
        );
        assert_eq!((bench.shop.connections(), bench.shop.handshakes()), (1, 0), "{certificate:?}");
        assert!(
            bench.shop.requests().is_empty() && bench.shop.unreadable().is_empty(),
            "{certificate:?}: no request is sent"
        );
        assert_eq!(outcome.for_model(), Rule::Tls.text(), "the text for the model is constant");
    }
    let good = bench(|shop| shop, |_| Connection::new()).await;
    assert!(is_answered(&good).await);
    let stated = posture(&good);
    assert_eq!(
        stated.suites,
        ["TLS13_AES_256_GCM_SHA384", "TLS13_AES_128_GCM_SHA256", "TLS13_CHACHA20_POLY1305_SHA256"]
    );
    assert_eq!(stated.groups, ["X25519", "secp256r1", "secp384r1"]);
}

/// A clock that stands still in the middle of a year.
#[derive(Debug)]
struct Year(u64);

impl Clock for Year {
    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    fn wall(&self) -> SystemTime {
        UNIX_EPOCH
            + Duration::from_hours(24)
                * u32::try_from((self.0 - 1970) * 36_525 / 100 + 180).expect("a day")
    }
}

#[tokio::test]
async fn the_guards_clock_decides_the_validity_of_certificates() {
    for (certificate, year, is_in_time) in [
        (Certificate::Expired, 2000, true),
        (Certificate::Expired, 2001, false),
        (Certificate::NotYetValid, 4000, true),
        (Certificate::NotYetValid, 3999, false),
    ] {
        let shop = HostileApi::builder("api.shop.example")
            .certificate(certificate)
            .start()
            .await
            .expect("loopback");
        let mail = mail_api().await;
        let bench = Bench::around(shop, mail, |builder| builder.clock(Year(year)));
        assert_eq!(
            search(&bench).await.answer().is_some(),
            is_in_time,
            "{certificate:?} in {year}"
        );
    }
}

#[tokio::test]
async fn tls_1_2_is_rejected_unless_allowed_with_a_reason() {
    let old = |shop: secure_tool_testkit::hostile::Builder| shop.tls(TlsVersion::V12Only);
    let strict = bench(old, |_| Connection::new()).await;
    assert_eq!(rule(&search(&strict).await), Some(Rule::Tls));
    assert_eq!(rule_and_detail(&strict), tls("the server supports no allowed TLS version"));
    assert_eq!((strict.shop.handshakes(), strict.shop.requests().len()), (0, 0));
    assert_eq!((posture(&strict).versions, strict.guard.posture().tls), (vec!["1.3"], "1.3 only"));

    let allowed =
        bench(old, |_| Connection::new().dangerously_allow_tls_1_2("the appliance knows no other"))
            .await;
    assert!(is_answered(&allowed).await);
    assert_eq!(posture(&allowed).versions, ["1.3", "1.2"]);
    assert_ne!(allowed.guard.posture().tls, "1.3 only");
    let text = allowed.guard.posture().to_string();
    assert!(
        text.contains(
            "WEAKENED: the connection of API `Shop` accepts TLS 1.2 (the appliance knows no other)"
        ),
        "{text}"
    );
    assert_eq!(weakened(&strict), [""; 0]);
}

#[tokio::test]
async fn a_bad_certificate_is_rejected_over_an_allowed_tls_1_2_too() {
    for certificate in [
        Certificate::Expired,
        Certificate::SelfSigned,
        Certificate::WrongHost,
        Certificate::WeakKey,
    ] {
        let change = |shop: secure_tool_testkit::hostile::Builder| {
            shop.tls(TlsVersion::V12Only).certificate(certificate)
        };
        let bench = bench(change, |_| Connection::new().dangerously_allow_tls_1_2("a test")).await;
        assert_eq!(rule(&search(&bench).await), Some(Rule::Tls), "{certificate:?}");
        assert!(bench.shop.requests().is_empty(), "{certificate:?}");
    }
}

#[tokio::test]
async fn trust_anchors_of_a_connection_override_those_of_the_guard() {
    let strangers = bench(|shop| shop, |_| Connection::new().roots(Roots::Bundled)).await;
    assert_eq!(
        rule(&search(&strangers).await),
        Some(Rule::Tls),
        "the bundled trust anchors do not include the test authority"
    );
    assert_eq!(
        rule_and_detail(&strangers),
        tls("certificate: self-signed, or from an unknown issuer")
    );
    assert_eq!(posture(&strangers).roots, "Mozilla's, compiled in");

    let shop = shop_api().await;
    let mail = mail_api().await;
    let own = Connection::new().roots(Roots::Only(vec![shop.authority().to_vec()]));
    let bench =
        Bench::around(shop, mail, |builder| builder.roots(Roots::Bundled).connection::<Shop>(own));
    assert!(is_answered(&bench).await);
    assert_eq!(
        rule(&bench.session().call("read_inbox", "{}").await),
        Some(Rule::Tls),
        "the other API uses the guard's trust anchors"
    );
    assert_eq!(posture(&bench).roots, "1 set in code");
}
