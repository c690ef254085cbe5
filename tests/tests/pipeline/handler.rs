//! Tools with a handler.

use secure_tool::Rule;
use secure_tool_testkit::hostile::Response;
use tests::{Bench, SHOP_KEY, rule};

#[tokio::test]
async fn a_handler_reaches_its_declared_api_over_the_guards_transport() {
    let bench = Bench::new().await;
    bench.shop.respond(Response::json(r#"{"total":3}"#));
    let outcome = bench.session().call("count_stock", r#"{"product":"a/../b"}"#).await;
    assert_eq!(outcome.structured().expect("answered")["total"], 6);
    let requests = bench.shop.requests();
    assert_eq!(requests.len(), 2);
    let first = requests.first().expect("two");
    assert_eq!(first.target(), "/v1/stock/north/a%2F..%2Fb?fresh=a%26b%3Dc");
    assert_eq!(first.header("authorization"), Some(format!("Bearer {SHOP_KEY}").as_str()));
}

#[tokio::test]
async fn a_handler_reaches_no_other_api() {
    let bench = Bench::new().await;
    let outcome = bench.session().call("count_stock", r#"{"product":"a","elsewhere":true}"#).await;
    assert_eq!(rule(&outcome), Some(Rule::Handler));
    assert_eq!(bench.connections(), 0);
    assert!(
        bench.last_record()["detail"]
            .as_str()
            .is_some_and(|detail| detail.contains("`Mail` is not declared"))
    );
}

#[tokio::test]
async fn a_dotted_segment_is_not_sent() {
    let bench = Bench::new().await;
    assert_eq!(
        rule(&bench.session().call("count_stock", r#"{"product":".."}"#).await),
        Some(Rule::Unsendable)
    );
    assert_eq!(bench.connections(), 0);
}
