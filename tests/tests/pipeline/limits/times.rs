//! Each deadline ends a call by its own name, and no other.

use std::time::Duration;

use secure_tool::Rule;
use secure_tool::prelude::*;
use secure_tool::value::AnyJson;
use secure_tool_testkit::hostile::{HostileApi, Response};
use tests::rule;
use tokio::net::TcpListener;

use super::{LONG, Stand};

/// A shop.
#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example/v1",
    scopes("things:read", "things:write"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
    rate_limit(1000 / minute)
)]
struct Shop;

/// Reads things.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Shop,
    get = "/things",
    scopes("things:read"),
    response = AnyJson,
    limits(deadline_seconds = 2, connect_seconds = 1, first_byte_seconds = 1, rate_bytes = 1_000, rate_seconds = 1, response_bytes = 65_536)
)]
struct ReadThings {}

/// Reads things, and leaves the time to the head to the defaults.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/things", scopes("things:read"), response = AnyJson, limits(deadline_seconds = 4, connect_seconds = 1))]
struct ReadByDefault {}

/// Changes a thing.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, post = "/things", effect = write, scopes("things:write"), response = AnyJson, limits(deadline_seconds = 4, connect_seconds = 1))]
struct ChangeThing {}

/// The rule and the detail of a call's end.
async fn end(stand: &Stand, tool: &str) -> (Option<Rule>, String) {
    let session = stand.session::<Shop>("agent");
    let outcome =
        tokio::time::timeout(LONG, session.call(tool, "{}")).await.expect("an end at a deadline");
    (rule(&outcome), stand.outcome()["detail"].as_str().unwrap_or_default().to_owned())
}

fn json(bytes: usize) -> Response {
    Response::json(format!("\"{}\"", "x".repeat(bytes)))
}

#[tokio::test]
async fn each_deadline_ends_a_call_by_its_own_name() {
    let stand = Stand::new::<ReadThings>().await;
    for (what, answer, detail) in [
        ("silence", Response::silence(), "no head of an answer in 1s"),
        (
            "a head that comes late",
            json(1).delayed(Duration::from_mins(1)),
            "no head of an answer in 1s",
        ),
        (
            "a head that comes slowly",
            json(1).slow_headers(Duration::from_millis(50)),
            "no head of an answer in 1s",
        ),
        ("interim answers without end", json(1).interim(u64::MAX), "no head of an answer in 1s"),
        (
            "a body that does not come",
            json(10_000).trickled(1, Duration::from_mins(1)),
            "the body came at less than 1000 bytes in 1s",
        ),
        (
            "a body that trickles",
            json(60_000).trickled(9, Duration::from_millis(10)),
            "the body came at less than 1000 bytes in 1s",
        ),
        (
            "a body that comes and takes too long",
            Response::huge().trickled(20, Duration::from_millis(5)),
            "no whole answer in 2s",
        ),
    ] {
        stand.shop.respond(answer);
        assert_eq!(
            end(&stand, "read_things").await,
            (Some(Rule::Timeout), detail.to_owned()),
            "{what}"
        );
        stand.clock.advance(Duration::from_mins(1));
    }
    stand.shop.respond(json(1));
    assert_eq!(end(&stand, "read_things").await.0, None, "the next call works");
}

#[tokio::test]
async fn a_body_that_comes_steadily_is_not_cut() {
    let stand = Stand::new::<ReadThings>().await;
    // 1,500 bytes in a second and a half, and a last piece that is shorter than what a window asks
    // for.
    stand.shop.respond(json(1_500).trickled(150, Duration::from_millis(100)));
    assert_eq!(end(&stand, "read_things").await.0, None);
}

#[tokio::test]
async fn a_handshake_that_does_not_end_is_no_connection() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    for (tool, expected) in [("read_by_default", Rule::Connect), ("change_thing", Rule::Connect)] {
        let shop = HostileApi::builder("api.shop.example").start().await.expect("loopback");
        let addr = silent.local_addr().expect("bound");
        let stand = Stand::at::<ReadByDefault>(shop, addr, |builder| {
            builder.tool(secure_tool::Tool::of::<ChangeThing>())
        });
        // Nothing was sent, so nothing is in doubt, of an effect either.
        assert_eq!(
            end(&stand, tool).await,
            (Some(expected), "no connection in time".to_owned()),
            "{tool}"
        );
    }
}

#[tokio::test]
async fn an_effect_that_is_cut_by_a_deadline_is_in_doubt() {
    let stand = Stand::with::<ReadByDefault>(|builder| {
        builder.tool(secure_tool::Tool::of::<ChangeThing>())
    })
    .await;
    stand.shop.respond(Response::silence());
    assert_eq!(end(&stand, "change_thing").await.0, Some(Rule::EffectUnknown));
    stand.shop.respond(Response::json("{}").trickled(1, Duration::from_mins(1)));
    assert_eq!(end(&stand, "change_thing").await.0, Some(Rule::EffectUnknown));
}

#[tokio::test]
async fn half_of_the_deadline_is_for_the_head_and_the_posture_says_all_numbers() {
    let stand = Stand::new::<ReadByDefault>().await;
    stand.shop.respond(Response::silence());
    assert_eq!(end(&stand, "read_by_default").await.1, "no head of an answer in 2s");
    let posture = stand.guard.posture().to_string();
    for line in [
        "  32 at once, no retries, 30s of rest after 10 failures",
        "within 4s: connected in 1s, a head in 2s, 1024 bytes in 10s; at most 1048576 bytes, 100 for one on the wire",
        "256 calls at once, 268435456 bytes for them",
    ] {
        assert!(posture.contains(line), "`{line}` in\n{posture}");
    }
}
