//! Tests of tracing events. They run in their own process, because tracing caches for all threads
//! whether an event is enabled. Each test subscribes to all events.

use std::fmt::Write;
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secure_tool::{Connection, Identity, Pins};
use secure_tool_testkit::hostile::{ClientIdentity, Response};
use tests::{Bench, SEARCH, SHOP_KEY, Shop, mail_api, shop_api};

/// A subscriber that stores all fields of all events as text.
#[derive(Clone, Default)]
struct Events(Arc<Mutex<Vec<String>>>);

impl tracing::Subscriber for Events {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        struct Text(String);
        impl tracing::field::Visit for Text {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                let _ = write!(self.0, "{field}={value:?} ");
            }
        }
        let mut text = Text(format!("{} ", event.metadata().target()));
        event.record(&mut text);
        self.0.lock().expect("no panic").push(text.0);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[tokio::test]
async fn audit_records_are_tracing_events_and_no_event_contains_a_secret() {
    let events = Events::default();
    let _guard = tracing::subscriber::set_default(events.clone());
    let bench = Bench::new().await;
    bench.shop.respond_with(|request| {
        Response::json(tests::page(request.header("authorization").unwrap_or_default()))
    });
    let session = bench.session();
    assert!(session.call("search_products", SEARCH).await.answer().is_some());
    assert!(session.call("search_products", "{").await.refusal().is_some());
    let events = events.0.lock().expect("no panic").clone();
    let ours: Vec<_> =
        events.iter().filter(|event| event.starts_with("secure_tool::audit ")).collect();
    assert_eq!(ours.len(), 3, "the posture and two calls: {events:#?}");
    assert!(
        ours.iter().any(|event| event.contains("rule=\"arguments.malformed\"")
            && event.contains("agent=\"support-bot\"")),
        "{ours:#?}"
    );
    // This includes the events of the HTTP and TLS libraries.
    assert!(!events.concat().contains(SHOP_KEY));
}

#[tokio::test]
async fn connection_changes_are_logged_once_without_key_material() {
    let events = Events::default();
    let _guard = tracing::subscriber::set_default(events.clone());
    let logged = || -> Vec<String> {
        let events = std::mem::take(&mut *events.0.lock().expect("no panic"));
        events.into_iter().filter(|event| event.starts_with("secure_tool::tls ")).collect()
    };
    let folder = std::env::temp_dir().join(format!("secure-tool-events-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder for temporary files");
    let (chain, key) = (folder.join("client.pem"), folder.join("client.key"));
    let [old, new] = ["old", "new"].map(|name| ClientIdentity::valid(name).expect("an identity"));
    fs::write(&chain, old.chain_pem()).expect("a file");
    fs::write(&key, old.key_pem()).expect("a file");

    let shop = shop_api().await;
    let mail = mail_api().await;
    let own = shop.spki_sha256().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let pins = Pins::new(&"ab".repeat(32), &own, "2026-03-01").expect("valid pins");
    let connection = Connection::new().pins(pins).identity(Identity::files(&chain, &key));
    let bench = Bench::around(shop, mail, |builder| builder.connection::<Shop>(connection));
    let call = async |seconds| {
        bench.clock.advance(Duration::from_secs(seconds));
        assert!(bench.session().call("search_products", SEARCH).await.answer().is_some());
        logged()
    };
    let first = call(0).await.concat();
    assert!(first.contains("API `Shop`") && first.contains("a key of the backup pins"), "{first}");

    fs::write(&key, new.key_pem()).expect("a file");
    let [half] = call(1).await.try_into().expect("one event");
    assert!(
        half.contains("client identity") && half.contains("the previous content stays in use"),
        "{half}"
    );
    assert!(call(1).await.is_empty(), "one event per file content");
    fs::write(&chain, new.chain_pem()).expect("a file");
    let whole = call(1).await.concat();
    assert!(whole.contains("reloaded"), "{whole}");
    for line in [&old, &new]
        .iter()
        .flat_map(|identity| identity.key_pem().lines().filter(|line| line.len() > 40))
    {
        assert!(!(half.clone() + &whole).contains(line), "the event contains no line of a key");
    }

    // 30 days before 2026-03-01 is 2026-01-30.
    let soon = call(29 * 86_400).await.concat();
    assert!(soon.contains("the pins expire soon") && soon.contains("2026-03-01"), "{soon}");
    assert!(!call(60).await.concat().contains("expire soon"), "one warning per day");
    bench.clock.advance(Duration::from_hours(30 * 24));
    assert!(bench.session().call("search_products", SEARCH).await.refusal().is_some());
    assert!(
        logged()
            .concat()
            .contains("the pins have expired; no request is sent until new pins are set")
    );
    let _ = fs::remove_dir_all(&folder);
}

#[tokio::test]
async fn unused_response_fields_are_logged_once() {
    let events = Events::default();
    let _guard = tracing::subscriber::set_default(events.clone());
    let bench = Bench::new().await;
    let session = bench.session();
    for _ in 0..3 {
        assert!(session.call("search_products", SEARCH).await.answer().is_some());
    }
    let events = events.0.lock().expect("no panic").clone();
    let logged: Vec<_> =
        events.iter().filter(|event| event.contains("more fields than the tool uses")).collect();
    assert_eq!(logged.len(), 1, "{logged:?}");
    assert!(
        logged[0].contains("tool=\"search_products\"") && logged[0].contains("sent=8 used=6"),
        "{logged:?}"
    );
    assert!(!logged[0].contains("internal_margin"), "{logged:?}");
}
