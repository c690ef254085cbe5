//! Stage 9: keys and personal data in free text.

use secure_tool::Clearance;
use secure_tool::entities::{Class, Entities, Found, Kind, Label, Recognizer};
use secure_tool_testkit::hostile::Response;
use serde_json::json;
use tests::{Bench, SEARCH, Session, agent, page, product};

const CARD: &str = "4111 1111 1111 1111";
const MAIL: &str = "carol@private.example";

/// A text with the format of a cloud provider's key. It is not a credential.
fn key() -> String {
    ["AKIA", "Q3EGRLKP7WZ2M5TX"].concat()
}

async fn shown(bench: &Bench, session: &Session, review: &str) -> String {
    bench.shop.respond(Response::json(page(review)));
    let outcome = session.call("search_products", SEARCH).await;
    assert!(outcome.answer().is_some(), "{outcome:?}");
    assert_eq!(bench.audit.lines().concat().matches(review).count(), 0);
    outcome.for_model()
}

#[tokio::test]
async fn entities_above_the_clearance_are_removed_from_free_text() {
    let bench = Bench::new().await;
    let review = format!("Write to {MAIL}, pay with {CARD}, my key is {}.", key());
    let text = shown(&bench, &bench.session(), &review).await;
    assert!(
        text.contains("Write to [email removed], pay with [card removed], my key is [")
            && !text.contains(&key()),
        "{text}"
    );
    let record = bench.last_record();
    assert!(record["redactions"]["email"] == 1 && record["redactions"]["card"] == 1, "{record}");
    // One who may read personal data may read an address; a card and a key are for no agent.
    let session = bench.guard.session(agent().clearance(Clearance::Pii)).expect("declared");
    let text = shown(&bench, &session, &review).await;
    assert!(
        text.contains(MAIL) && text.contains("[card removed]") && !text.contains(&key()),
        "{text}"
    );
}

#[tokio::test]
async fn lookalikes_and_declared_fields_are_kept() {
    let bench = Bench::new().await;
    let honest = "Order 4111 1111 1111 1112 of 2026-11-21, build 1.24.301, a@b, id 550e8400-e29b-41d4-a716-446655440000.";
    let text = shown(&bench, &bench.session(), honest).await;
    assert!(text.contains(honest), "{text}");
    // The owner of the inbox is of a type that is an address.
    bench.mail.respond(Response::json(
        json!({ "owner": "ann@corp.example", "messages": [] }).to_string(),
    ));
    let text = bench.session().call("read_inbox", "{}").await.for_model();
    assert!(text.contains("ann@corp.example"), "{text}");
}

#[tokio::test]
async fn map_keys_and_any_json_are_searched_for_entities() {
    let bench = Bench::new().await;
    bench
        .shop
        .respond(Response::json(json!({ MAIL: { "cards": [CARD, {"deep": key()}] } }).to_string()));
    let text = bench.session().call("read_document", "{}").await.for_model();
    assert!(text.contains("[email removed]") && text.contains("[card removed]"), "{text}");
    assert!(!text.contains(MAIL) && !text.contains(CARD) && !text.contains(&key()), "{text}");
}

#[tokio::test]
async fn entities_do_not_span_two_texts() {
    let bench = Bench::new().await;
    // Drawn together these would be a card, or hide one.
    bench
        .shop
        .respond(Response::json(json!({ "items": [product("4111 1111"), product("1111 1111"), product(CARD), product("7")] }).to_string()));
    let text = bench.session().call("search_products", SEARCH).await.for_model();
    assert!(
        text.contains("\"4111 1111\"")
            && text.contains("\"1111 1111\"")
            && text.contains("\"[card removed]\""),
        "{text}"
    );
}

#[tokio::test]
async fn hidden_characters_do_not_hide_an_entity() {
    let bench = Bench::new().await;
    for review in [MAIL, CARD, &key()] {
        let hidden: String = review.chars().flat_map(|c| [c, '\u{200b}']).collect();
        let text = shown(&bench, &bench.session(), &hidden).await;
        assert!(!text.contains(review) && text.contains(" removed]"), "{text}");
    }
    assert!(
        bench.last_record()["redactions"].to_string().contains("api_key"),
        "{}",
        bench.last_record()
    );
}

static BADGE: Label = Label::new("badge", Class::Identity, "[badge removed]");

/// `B-` and four digits; and, of a badge at the end, more than there is.
#[derive(Debug)]
struct Badges;

impl Recognizer for Badges {
    fn find(&self, text: &str, found: &mut Found) {
        for (at, _) in text.match_indices("B-") {
            found.add(Kind::of(&BADGE), at..at + 6);
        }
    }
}

#[tokio::test]
async fn own_recognizers_run_too_and_cannot_break_a_call() {
    let bench = Bench::with(|builder| builder.entities(Entities::new().and(Badges))).await;
    let session = bench.session();
    let text = shown(&bench, &session, "Ask for B-1234 or é B-é").await;
    assert!(text.contains("Ask for [badge removed] or") && !text.contains("1234"), "{text}");
    assert!(bench.last_record()["redactions"]["badge"].as_u64() >= Some(1));
}
