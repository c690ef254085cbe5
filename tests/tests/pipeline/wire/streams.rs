//! Responses that arrive in pieces: none is parsed before it is complete, and streaming content
//! types are rejected.

use secure_tool::Rule;
use secure_tool_testkit::hostile::Response;
use serde_json::json;
use tests::{Bench, SEARCH, product, rule};

use super::{EVIL, next_works};

/// Content types whose pieces are read one by one.
const KINDS: [&str; 6] = [
    "text/event-stream",
    "text/event-stream; charset=utf-8",
    "application/x-ndjson",
    "application/json-seq",
    "application/jsonl",
    "multipart/x-mixed-replace; boundary=x",
];

#[tokio::test]
async fn an_event_stream_is_rejected() {
    let bench = Bench::new().await;
    let events = format!("data: {EVIL}\n\n").repeat(20);
    for kind in KINDS {
        for body in [events.as_str(), EVIL] {
            for answer in [Response::new(200, kind, body), Response::new(200, kind, body).chunked()]
            {
                bench.shop.respond(answer);
                let outcome = bench.session().call("read_document", "{}").await;
                assert_eq!(rule(&outcome), Some(Rule::ContentType), "{kind}");
                assert!(
                    !outcome.for_model().contains("evil") && outcome.structured().is_none(),
                    "{kind}"
                );
                next_works(&bench, kind).await;
            }
        }
    }
}

#[tokio::test]
async fn an_endless_stream_is_cut_off_and_none_of_it_is_shown() {
    let bench = Bench::new().await;
    let event = format!("data: {EVIL}\n\n");
    for kind in ["text/event-stream", "application/json"] {
        bench
            .shop
            .respond(Response::new(200, kind, event.repeat((8 << 20) / event.len())).chunked());
        let outcome = bench.session().call("read_document", "{}").await;
        assert_eq!(rule(&outcome), Some(Rule::AnswerTooLarge), "{kind}");
        assert!(!outcome.for_model().contains("evil"), "{kind}");
        assert!(bench.shop.sent() < 4 << 20, "{kind}: {} bytes were taken", bench.shop.sent());
        next_works(&bench, kind).await;
    }
}

#[tokio::test]
async fn nothing_of_a_response_with_a_wrong_end_is_shown() {
    let bench = Bench::new().await;
    let mut last = product("Good.");
    last["price"] = "free".into();
    let honest: Vec<_> = (0..40).map(|_| product("A fine kettle.")).collect();
    let whole = json!({ "items": honest }).to_string();
    let wrong = json!({ "items": honest.iter().chain([&last]).collect::<Vec<_>>() }).to_string();
    for (what, body, expected) in [
        ("all of it", whole.clone(), None),
        ("a last item of another type", wrong, Some(Rule::Drift)),
        ("without its last bytes", whole[..whole.len() - 2].to_owned(), Some(Rule::Drift)),
        ("a document behind it", format!("{whole}\n{whole}"), Some(Rule::Drift)),
    ] {
        for answer in [
            Response::json(body.as_str()).chunked(),
            Response::json(body.as_str()).trickled(64, std::time::Duration::ZERO),
        ] {
            bench.shop.respond(answer);
            let outcome = bench.session().call("search_products", SEARCH).await;
            assert_eq!(rule(&outcome), expected, "{what}");
            assert_eq!(outcome.for_model().contains("kettle"), expected.is_none(), "{what}");
        }
    }
}
