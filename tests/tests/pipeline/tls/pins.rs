//! Pinned server keys.

use std::fmt::Write;
use std::time::Duration;

use secure_tool::{Connection, Pins, Roots, Rule};
use secure_tool_testkit::hostile::{Certificate, HostileApi, Response};
use tests::{Bench, Shop, page, rule, shop_api};

use super::{bench, is_answered, posture, rule_and_detail, search, tls, weakened};

/// A pin that matches no key.
const OTHER: &str = "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const WRONG_KEY: &str = "certificate: its key is not pinned";

fn pin(api: &HostileApi) -> String {
    api.spki_sha256().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn pinned(pin: &str, backup: &str) -> Connection {
    Connection::new().pins(Pins::new(pin, backup, "2027-01-01").expect("sound pins"))
}

#[tokio::test]
async fn only_servers_with_a_pinned_key_receive_a_request() {
    let right = bench(|shop| shop, |shop| pinned(&pin(shop), OTHER)).await;
    assert!(is_answered(&right).await);
    assert_eq!(posture(&right).pinned_until.as_deref(), Some("2027-01-01"));
    let backup = bench(|shop| shop, |shop| pinned(OTHER, &pin(shop))).await;
    assert!(is_answered(&backup).await);

    let first = shop_api().await;
    let wrong =
        bench(secure_tool_testkit::hostile::Builder::other_key, |_| pinned(&pin(&first), OTHER))
            .await;
    assert_eq!(
        (rule(&search(&wrong).await), rule_and_detail(&wrong)),
        (Some(Rule::Tls), tls(WRONG_KEY))
    );
    assert_eq!((wrong.shop.handshakes(), wrong.shop.requests().len()), (0, 0));
}

#[tokio::test]
async fn a_pinned_key_in_an_additional_certificate_is_not_accepted() {
    let first = shop_api().await;
    let appended = |shop: secure_tool_testkit::hostile::Builder| {
        shop.certificate(Certificate::Appended).other_key()
    };
    let impostor = bench(appended, |_| pinned(&pin(&first), OTHER)).await;
    assert_eq!(
        (rule(&search(&impostor).await), rule_and_detail(&impostor)),
        (Some(Rule::Tls), tls(WRONG_KEY))
    );
    assert!(impostor.shop.requests().is_empty());
    let its_own = bench(appended, |shop| pinned(&pin(shop), OTHER)).await;
    assert!(is_answered(&its_own).await, "an additional certificate does no harm");
}

#[tokio::test]
async fn a_pin_does_not_replace_the_certificate_check() {
    for certificate in [
        Certificate::SelfSigned,
        Certificate::Expired,
        Certificate::NotYetValid,
        Certificate::WrongHost,
        Certificate::WrongAuthority,
        Certificate::WeakKey,
        Certificate::WeakSignature,
    ] {
        let bench =
            bench(|shop| shop.certificate(certificate), |shop| pinned(&pin(shop), OTHER)).await;
        assert_eq!(rule(&search(&bench).await), Some(Rule::Tls), "{certificate:?}");
        assert_eq!(
            (bench.shop.handshakes(), bench.shop.requests().len()),
            (0, 0),
            "{certificate:?}"
        );
    }
}

const YEAR: Duration = Duration::from_hours(365 * 24);

#[tokio::test]
async fn expired_pins_block_requests_even_over_an_open_connection() {
    let bench = bench(|shop| shop, |shop| pinned(&pin(shop), OTHER).max_age(Duration::MAX)).await;
    bench.clock.advance(YEAR.saturating_sub(Duration::from_millis(1)));
    assert!(is_answered(&bench).await, "the last second before the expiry");
    bench.clock.advance(Duration::from_millis(1));
    assert_eq!(
        (rule(&search(&bench).await), rule_and_detail(&bench)),
        (Some(Rule::Tls), tls("the pins have expired; set new ones"))
    );
    assert_eq!((bench.shop.connections(), bench.shop.requests().len()), (1, 1));
}

#[tokio::test]
async fn expired_pins_are_ignored_only_with_a_declared_reason() {
    let first = shop_api().await;
    let pins = Pins::new(&pin(&first), OTHER, "2027-01-01")
        .expect("sound pins")
        .dangerously_lapse("an outage is worse");
    let bench =
        bench(secure_tool_testkit::hostile::Builder::other_key, |_| Connection::new().pins(pins))
            .await;
    assert_eq!(rule(&search(&bench).await), Some(Rule::Tls), "the pins apply until their expiry");
    bench.clock.advance(YEAR);
    assert!(is_answered(&bench).await);
    assert_eq!(
        weakened(&bench),
        ["the connection of API `Shop` ignores its pins after their expiry"]
    );
}

#[tokio::test]
async fn expired_pins_are_a_build_error() {
    let build = |pins: Pins| {
        let builder = tests::builder(&[])
            .roots(Roots::Bundled)
            .toolset::<tests::AllTools>()
            .dangerously_without_audit("a test");
        let builder = builder
            .audit(secure_tool::audit::MemoryAudit::new())
            .clock(secure_tool::clock::ManualClock::new());
        builder.connection::<Shop>(Connection::new().pins(pins)).build()
    };
    let pins = |expires| Pins::new(OTHER, &"ab".repeat(32), expires).expect("sound pins");
    assert!(build(pins("2026-01-02")).is_ok());
    let error = build(pins("2026-01-01")).expect_err("the pins expire now").to_string();
    assert!(error.contains("API `Shop`") && error.contains("expired"), "{error}");
    assert!(build(pins("2026-01-01").dangerously_lapse("a test")).is_ok());
}

/// Makes two calls, each over its own connection.
async fn call_twice(bench: &Bench) {
    bench.shop.respond(Response::json(page("fine")).header("connection", "close"));
    for _ in 0..2 {
        assert!(is_answered(bench).await);
    }
    assert_eq!((bench.shop.connections(), bench.shop.handshakes()), (2, 2));
}

#[tokio::test]
async fn sessions_are_resumed_only_without_pins_lists_and_identities() {
    let plain = bench(|shop| shop, |_| Connection::new()).await;
    call_twice(&plain).await;
    assert_eq!(
        (plain.shop.resumptions(), posture(&plain).resumes),
        (1, true),
        "the test can detect a resumed session"
    );

    let pinned = bench(|shop| shop, |shop| pinned(&pin(shop), OTHER)).await;
    call_twice(&pinned).await;
    assert_eq!((pinned.shop.resumptions(), posture(&pinned).resumes), (0, false));
    assert_eq!(
        (plain.shop.early_data(), pinned.shop.early_data()),
        (0, 0),
        "no data is sent before the handshake completes"
    );
}
