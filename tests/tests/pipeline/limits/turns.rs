//! The concurrency limit of an API, and the order of waiting calls.

use std::time::Duration;

use secure_tool::Rule;
use secure_tool::prelude::*;
use secure_tool::value::{AnyJson, Empty};
use secure_tool_testkit::hostile::Response;
use tests::rule;

use super::LimitsBench;

/// A shop with two permits.
#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example/v1",
    scopes("things:read", "things:write"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
    rate_limit(1000 / minute),
    concurrency = 2
)]
struct Two;

/// A shop with one permit.
#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example/v1",
    scopes("things:read", "things:write"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
    rate_limit(1000 / minute),
    concurrency = 1
)]
struct One;

/// Reads things.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Two, get = "/things", scopes("things:read"), response = AnyJson)]
struct ReadByTwo {}

/// Reads one thing.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = One, get = "/things", scopes("things:read"), response = AnyJson)]
struct ReadByOne {
    #[validate(length(max = 20))]
    name: String,
}

/// Reads one thing slowly.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = One, get = "/things/all", scopes("things:read"), response = AnyJson, limits(deadline_seconds = 4, first_byte_seconds = 3))]
struct ReadAll {}

/// Changes a thing.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = One,
    post = "/things",
    effect = write,
    scopes("things:write"),
    response = Empty,
    limits(deadline_seconds = 1, connect_seconds = 1)
)]
struct ChangeThing {}

#[tokio::test]
async fn the_concurrency_limit_of_an_api_is_enforced() {
    let bench = LimitsBench::new::<ReadByTwo>().await;
    bench.shop.respond(Response::json("{}").delayed(Duration::from_millis(20)));
    let calls: Vec<_> = (0..8)
        .map(|number| {
            let session = bench.session::<Two>(&format!("agent-{number}"));
            tokio::spawn(async move { rule(&session.call("read_by_two", "{}").await) })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.expect("no panic"), None);
    }
    assert_eq!(bench.shop.requests().len(), 8);
    // Each HTTP/1 request in progress has its own connection, so 8 concurrent requests would use 8.
    assert!(bench.shop.connections() <= 2, "{} connections", bench.shop.connections());
}

#[tokio::test]
async fn an_agent_with_many_calls_does_not_delay_another() {
    let bench = LimitsBench::new::<ReadByOne>().await;
    bench.shop.respond(Response::json("{}").delayed(Duration::from_millis(5)));
    let (busy, other) = (bench.session::<One>("busy"), bench.session::<One>("other"));
    // On one thread, tasks start in order: the 10 calls wait before the single one arrives.
    let names: Vec<_> = (0..10)
        .map(|number| (busy.clone(), format!("busy-{number}")))
        .chain([(other, "other".to_owned())])
        .collect();
    let calls: Vec<_> = names
        .into_iter()
        .map(|(session, name)| {
            tokio::spawn(async move {
                rule(&session.call("read_by_one", &format!(r#"{{"name":"{name}"}}"#)).await)
            })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.expect("no panic"), None);
    }
    let order: Vec<_> =
        bench.shop.requests().iter().map(|request| request.target().to_owned()).collect();
    let place = order.iter().position(|target| target.ends_with("name=other"));
    assert!(place.is_some_and(|place| place <= 2), "{order:?}");
}

#[tokio::test]
async fn a_call_without_a_permit_was_not_sent_and_says_so() {
    let bench = LimitsBench::with::<ReadAll>(|builder| {
        builder.tool(secure_tool::Tool::of::<ChangeThing>())
    })
    .await;
    bench.shop.respond(Response::silence());
    let session = bench.session::<One>("agent");
    let long = tokio::spawn({
        let session = session.clone();
        async move { rule(&session.call("read_all", "{}").await) }
    });
    while bench.shop.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    let outcome = session.call("change_thing", "{}").await;
    assert_eq!(rule(&outcome), Some(Rule::Crowded), "{}", bench.outcome());
    assert!(
        outcome.for_model().contains("Try again later"),
        "the text does not say that it may have been done"
    );
    assert_eq!(bench.shop.requests().len(), 1);
    assert_eq!(long.await.expect("no panic"), Some(Rule::Timeout));
    // The permit is released.
    bench.shop.respond(Response::new(204, "", ""));
    assert_eq!(rule(&session.call("change_thing", "{}").await), None);
}
