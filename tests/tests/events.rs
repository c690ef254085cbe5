//! Records as events of tracing. One test, alone in its process: whether an event is wanted is remembered for all threads.

use std::fmt::Write;
use std::sync::{Arc, Mutex};

use secure_tool_testkit::hostile::Answer;
use tests::{Bench, SEARCH, SHOP_KEY};

/// A subscriber that keeps every field of every event as text.
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
async fn a_record_is_an_event_of_tracing_too_and_no_event_holds_a_secret() {
    let events = Events::default();
    let _guard = tracing::subscriber::set_default(events.clone());
    let bench = Bench::new().await;
    bench.shop.answer_with(|request| Answer::json(tests::page(request.header("authorization").unwrap_or_default())));
    let session = bench.session();
    assert!(session.call("search_products", SEARCH).await.answer().is_some());
    assert!(session.call("search_products", "{").await.refusal().is_some());
    let events = events.0.lock().expect("no panic").clone();
    let ours: Vec<_> = events.iter().filter(|event| event.starts_with("secure_tool::audit ")).collect();
    assert_eq!(ours.len(), 3, "the posture and two calls: {events:#?}");
    assert!(
        ours.iter().any(|event| event.contains("rule=\"arguments.malformed\"") && event.contains("agent=\"support-bot\"")),
        "{ours:#?}"
    );
    // Events of the libraries below are looked at too.
    assert!(!events.concat().contains(SHOP_KEY));
}
