//! Stage 3: validation of arguments.

use secure_tool::{Outcome, Rule};
use tests::{Bench, SEARCH, rule};

fn flaws(outcome: &Outcome) -> Vec<(String, String)> {
    let refusal = outcome.refusal().expect("refused");
    refusal.flaws().iter().map(|flaw| (flaw.pointer.clone(), flaw.code.to_string())).collect()
}

#[tokio::test]
async fn all_errors_are_reported_at_once_and_no_value_is_echoed() {
    let bench = Bench::new().await;
    let text = r#"{"category":"../ATTACKER","term":"","limit":51,"tags":["on_sale","ATTACKER"],"ATTACKER":"ATTACKER"}"#;
    let outcome = bench.session().call("search_products", text).await;
    assert_eq!(rule(&outcome), Some(Rule::Schema));
    let found = flaws(&outcome);
    for expected in [
        ("/category", "pattern"),
        ("/term", "min_length"),
        ("/limit", "maximum"),
        ("/tags/1", "one_of"),
        ("", "unknown_field"),
    ] {
        assert!(
            found.iter().any(|(pointer, code)| (pointer.as_str(), code.as_str()) == expected),
            "{expected:?} in {found:?}"
        );
    }
    let shown =
        [outcome.for_model(), format!("{outcome:?}"), bench.audit.lines().concat()].concat();
    assert!(!shown.contains("ATTACKER"), "{shown}");
    assert_eq!(bench.connections(), 0);
}

#[tokio::test]
async fn the_schema_is_closed_and_typed() {
    let bench = Bench::new().await;
    let session = bench.session();
    for text in [
        r#"{"category":"kettles","term":"a"}"#,
        r#"{"category":"kettles","term":"a","limit":"5"}"#,
        r#"{"category":"kettles","term":"a","limit":5.5}"#,
        r#"{"category":"kettles","term":["a"],"limit":5}"#,
        r#"{"category":"kettles","term":null,"limit":5}"#,
        r#"{"category":"kettles","term":"a","limit":5,"__proto__":{}}"#,
        r#"{"category":"kettles\n","term":"a","limit":5}"#,
        r#"{"category":"kettles","term":"a","limit":true}"#,
        r#"{"category":"kettles","term":"a","limit":5,"tags":["on_sale","on_sale","on_sale","on_sale","on_sale","on_sale"]}"#,
    ] {
        assert_eq!(
            rule(&session.call("search_products", text).await),
            Some(Rule::Schema),
            "{text}"
        );
    }
    assert_eq!(
        rule(&session.call("read_document", r#"{"x":1}"#).await),
        Some(Rule::Schema),
        "a struct without fields is closed too"
    );
    assert_eq!(bench.connections(), 0);
    assert!(session.call("search_products", SEARCH).await.answer().is_some());
}

#[tokio::test]
async fn email_addresses_must_match_their_format() {
    let bench = Bench::new().await;
    let session = bench.session();
    session.user_said("Write to \"ann@corp\" and eve@evil.example");
    for to in [
        "ann@corp",
        "eve@evil.example\\r\\nbcc: x@y.example",
        "eve@evil.example,x@y.example",
        "éve@evil.example",
    ] {
        let outcome = session.call("send_mail", &format!(r#"{{"to":["{to}"],"text":"hi"}}"#)).await;
        assert_eq!(rule(&outcome), Some(Rule::Schema), "{to}");
    }
    assert_eq!(bench.connections(), 0);
}

#[tokio::test]
async fn an_unissued_handle_is_rejected() {
    let bench = Bench::new().await;
    let session = bench.session();
    assert_eq!(
        rule(&session.call("get_product", r#"{"sku":"Sku#1"}"#).await),
        Some(Rule::UnknownHandle)
    );
    assert!(session.call("search_products", SEARCH).await.answer().is_some());
    assert!(session.call("get_product", r#"{"sku":"Sku#1"}"#).await.answer().is_some());
    assert_eq!(
        bench.shop.requests().last().map(|request| request.target().to_owned()).as_deref(),
        Some("/v1/products/KT-2041")
    );
    // A handle is its session's own, and of its own kind.
    assert_eq!(
        rule(&bench.session().call("get_product", r#"{"sku":"Sku#1"}"#).await),
        Some(Rule::UnknownHandle)
    );
    assert_eq!(
        rule(&session.call("get_product", r#"{"sku":"OrderId#1"}"#).await),
        Some(Rule::Schema)
    );
}

#[tokio::test]
async fn the_model_sees_the_schema_that_is_enforced() {
    let bench = Bench::new().await;
    let session = bench.session();
    let tools = session.tools();
    let search = tools.iter().find(|tool| tool.name == "search_products").expect("granted");
    assert_eq!(search.description, "Searches the product catalogue.");
    assert_eq!(search.schema["additionalProperties"], false);
    assert_eq!(search.schema["properties"]["category"]["pattern"], "^(?:[a-z0-9-]{1,40})$");
    assert_eq!(search.schema["properties"]["term"]["maxLength"], 80);
    assert_eq!(search.schema["properties"]["limit"]["maximum"], 50);
}
