//! The search for secrets is itself tested: it sees what the libraries log, and a leak that is
//! planted is found wherever it is planted.

use std::process::{Command, Output};

use secure_tool_testkit::hostile::{HostileApi, Response};
use tests::{Bench, SEARCH, SHOP_KEY, canary, page};

#[tokio::test]
async fn everything_that_is_logged_below_the_transport_is_looked_at() {
    for http2 in [false, true] {
        let shop = HostileApi::builder("api.shop.example");
        let shop = if http2 { shop.http2() } else { shop }.start().await.expect("loopback");
        let mail = HostileApi::builder("mail.example").start().await.expect("loopback");
        let bench = Bench::around(shop, mail, |builder| builder);
        bench.shop.respond_with(|request| {
            Response::json(page(request.header("authorization").unwrap_or("none")))
        });
        let outcome = bench.session().call("search_products", SEARCH).await;
        assert!(outcome.for_model().contains("[secret removed]"), "{}", outcome.for_model());
    }
    let seen = canary::crates_looked_at();
    for name in ["secure_tool", "rustls", "reqwest", "hyper_util", "h2"] {
        assert!(seen.contains(name), "{name} logs nothing that is looked at: {seen:?}");
    }
}

/// What [`a_planted_leak_is_found`] starts: a process with one leak.
#[test]
#[ignore = "it leaks a secret, on purpose"]
fn leak() {
    canary::watch();
    let encoded = "c2hvcC1jYW5hcnktNWYyZTc3YTBjMQ"; // the shop's key in base64
    match std::env::args().next_back().as_deref() {
        Some("event") => tracing::trace!(value = SHOP_KEY, "a leak"),
        Some("field") => tracing::trace!(value = ?SHOP_KEY.as_bytes(), "a leak"),
        Some("span") => drop(tracing::trace_span!("a leak", value = encoded)),
        Some("span_later") => {
            let span = tracing::info_span!("a leak", value = tracing::field::Empty);
            span.record("value", encoded);
        }
        Some("log") => log::trace!("a leak: {encoded}"),
        Some("other_thread") => {
            std::thread::spawn(|| log::error!("{SHOP_KEY}")).join().expect("it ends");
        }
        Some("panic") => drop(std::panic::catch_unwind(|| panic!("{SHOP_KEY}"))),
        Some("error") => canary::saw_error(&std::io::Error::other(SHOP_KEY)),
        Some("printed") => println!("a test prints {encoded}"),
        _ => {}
    }
}

fn leaking(place: &str) -> Output {
    #[expect(clippy::disallowed_methods, reason = "a process that leaks ends")]
    let output = Command::new(std::env::current_exe().expect("this test"))
        .args(["--ignored", "--exact", "--nocapture", "leak", place])
        .output();
    output.expect("it starts")
}

#[test]
fn a_planted_leak_is_found() {
    assert!(leaking("nowhere").status.success(), "without a leak it goes well");
    for place in ["event", "field", "span", "span_later", "log", "other_thread", "panic", "error"] {
        let output = leaking(place);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(101), "{place}: {told}");
        assert!(told.contains("A SECRET LEAKED into"), "{place}: {told}");
    }
}
