//! Stage 2: parsing of arguments. `memory.rs`, a separate binary, measures memory.

use secure_tool::Rule;
use serde_json::json;
use tests::{Bench, rule};

#[tokio::test]
async fn unsound_text_is_refused_by_a_stable_rule_and_nothing_is_sent() {
    let bench = Bench::new().await;
    let session = bench.session();
    let with_term = |term: &str| format!(r#"{{"category":"kettles","term":{term},"limit":5}}"#);
    let cases = [
        ("{".to_owned(), "arguments.malformed"),
        ("[]".to_owned(), "arguments.malformed"),
        (String::new(), "arguments.malformed"),
        (with_term(r#""\ud800""#), "arguments.malformed"),
        (with_term(&format!("\"{}\"", "x".repeat(64 << 20))), "arguments.too_large"),
        (with_term(&"[".repeat(100_000)), "arguments.too_large"),
        (with_term(&"[".repeat(60_000)), "arguments.too_deep"),
        (
            format!(
                "{{{}}}",
                (0..5_000).map(|i| format!("\"k{i}\":1")).collect::<Vec<_>>().join(",")
            ),
            "arguments.too_many_keys",
        ),
        (
            format!(
                "{{{}}}",
                (0..1_000_000).map(|i| format!("\"k{i}\":1")).collect::<Vec<_>>().join(",")
            ),
            "arguments.too_large",
        ),
        (
            r#"{"category":"kettles","term":"a","limit":5,"limit":50}"#.to_owned(),
            "arguments.duplicate_key",
        ),
        (
            r#"{"category":"kettles","term":"a","limit":5,"\u006cimit":50}"#.to_owned(),
            "arguments.duplicate_key",
        ),
        (r#"{"category":"kettles","term":"a","limit":1e400}"#.to_owned(), "arguments.number_range"),
        (
            r#"{"category":"kettles","term":"a","limit":99999999999999999999}"#.to_owned(),
            "arguments.number_range",
        ),
        (with_term("\"\u{202e}\""), "arguments.characters"),
    ];
    for (text, expected) in cases {
        let outcome = session.call("search_products", &text).await;
        assert_eq!(
            rule(&outcome).map(Rule::id),
            Some(expected),
            "{}",
            text.get(..60).unwrap_or(&text)
        );
    }
    assert_eq!(bench.connections(), 0);
}

#[tokio::test]
async fn a_parsed_value_has_the_same_limits() {
    let bench = Bench::new().await;
    let session = bench.session();
    let mut deep = json!(1);
    for _ in 0..100_000 {
        deep = serde_json::Value::Array(vec![deep]);
    }
    let mut object = serde_json::Map::new();
    object.insert("term".into(), deep);
    for (value, expected) in [
        (serde_json::Value::Object(object), Rule::TooDeep),
        (json!({ "term": "x".repeat(1 << 20) }), Rule::TooLarge),
        (json!({ "term": vec![0; 1 << 20] }), Rule::TooLarge),
        (json!([]), Rule::Malformed),
        (json!({ "term": "\u{0}" }), Rule::Characters),
    ] {
        assert_eq!(rule(&session.call_value("search_products", value).await), Some(expected));
    }
    let sound = json!({ "category": "kettles", "term": "blue kettle", "limit": 5 });
    assert!(session.call_value("search_products", sound).await.answer().is_some());
    assert_eq!(bench.connections(), 1);
}

#[tokio::test]
async fn an_integer_with_a_zero_fraction_is_that_integer() {
    let bench = Bench::new().await;
    let session = bench.session();
    let with_limit =
        |limit: &str| format!(r#"{{"category":"kettles","term":"blue","limit":{limit}}}"#);
    for (written, expected) in [
        ("5.0", None),
        ("5.00", None),
        ("5.5", Some(Rule::Schema)),
        ("-5.0", Some(Rule::Schema)),
        ("5e0", Some(Rule::Schema)),
        ("\"5\"", Some(Rule::Schema)),
        ("true", Some(Rule::Schema)),
        ("null", Some(Rule::Schema)),
        ("9007199254740993.0", Some(Rule::Schema)),
        ("5.0000000000000000001", Some(Rule::Schema)),
    ] {
        let outcome = session.call("search_products", &with_limit(written)).await;
        assert_eq!(rule(&outcome), expected, "{written}");
    }
    let beside_an_exponent = r#"{"category":"kettles","term":"1.0 \"2.0","limit":5.0,"x":1e0}"#;
    let outcome = session.call("search_products", beside_an_exponent).await;
    let pointers: Vec<_> = outcome.refusal().expect("an unknown field").flaws().to_vec();
    assert_eq!(pointers.len(), 1, "only the unknown field is a flaw: {pointers:?}");
    let value = json!({ "category": "kettles", "term": "blue", "limit": 5.0 });
    assert_eq!(rule(&session.call_value("search_products", value).await), None);
    for request in bench.shop.requests() {
        assert!(request.target().contains("limit=5&") || request.target().ends_with("limit=5"));
    }
    assert_eq!(bench.shop.requests().len(), 3);
}

#[tokio::test]
async fn empty_arguments_are_an_empty_object_where_nothing_is_required() {
    let bench = Bench::new().await;
    let session = bench.session();
    for text in ["", " \n", "null", "{}"] {
        assert_eq!(rule(&session.call("read_inbox", text).await), None, "{text:?}");
    }
    assert_eq!(rule(&session.call_value("read_inbox", serde_json::Value::Null).await), None);
    for text in ["[]", "\"\"", "0", "nul", "null null", "{}{}"] {
        let outcome = session.call("read_inbox", text).await;
        assert_eq!(rule(&outcome), Some(Rule::Malformed), "{text:?}");
    }
    let endless = " ".repeat(70_000);
    assert_eq!(rule(&session.call("read_inbox", &endless).await), Some(Rule::TooLarge));
    for text in ["", "null"] {
        let outcome = session.call("search_products", text).await;
        assert_eq!(rule(&outcome), Some(Rule::Malformed), "{text:?}: an argument is required");
    }
}
