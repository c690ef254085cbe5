//! Tests of the secret scan: it scans the logs of the libraries, and it detects a deliberate leak
//! in each place.

use std::process::{Command, Output};

use secure_tool_testkit::hostile::{HostileApi, Response};
use tests::{Bench, SEARCH, SHOP_KEY, canary, mail_api, page};

#[tokio::test]
async fn logs_of_http_and_tls_libraries_are_scanned() {
    for http2 in [false, true] {
        let shop = HostileApi::builder("api.shop.example");
        let shop = if http2 { shop.http2() } else { shop }.start().await.expect("loopback");
        let mail = mail_api().await;
        let bench = Bench::around(shop, mail, |builder| builder);
        bench.shop.respond_with(|request| {
            Response::json(page(request.header("authorization").unwrap_or("none")))
        });
        let outcome = bench.session().call("search_products", SEARCH).await;
        assert!(outcome.for_model().contains("[secret removed]"), "{}", outcome.for_model());
    }
    let seen = canary::scanned_crates();
    for name in ["secure_tool", "rustls", "reqwest", "hyper_util", "h2"] {
        assert!(seen.contains(name), "no event of {name} is scanned: {seen:?}");
    }
}

/// A process with one leak, which [`planted_leak_is_detected`] starts.
#[test]
#[ignore = "it leaks a secret deliberately"]
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
            std::thread::spawn(|| log::error!("{SHOP_KEY}")).join().expect("the thread ends");
        }
        Some("panic") => drop(std::panic::catch_unwind(|| panic!("{SHOP_KEY}"))),
        Some("error") => canary::saw_error(&std::io::Error::other(SHOP_KEY)),
        Some("printed") => println!("a test prints {encoded}"),
        _ => {}
    }
}

fn leaking(place: &str) -> Output {
    #[expect(
        clippy::disallowed_methods,
        reason = "a leak ends the process, so it runs in another one"
    )]
    let output = Command::new(std::env::current_exe().expect("the path of this test"))
        .args(["--ignored", "--exact", "--nocapture", "leak", place])
        .output();
    output.expect("the process starts")
}

#[test]
fn planted_leak_is_detected() {
    assert!(leaking("nowhere").status.success(), "a process without a leak succeeds");
    for place in ["event", "field", "span", "span_later", "log", "other_thread", "panic", "error"] {
        let output = leaking(place);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(101), "{place}: {stderr}");
        assert!(stderr.contains("A SECRET LEAKED into"), "{place}: {stderr}");
    }
}
