//! Each timeout ends a call with its own rule and detail.

use std::time::Duration;

use secure_tool::Rule;
use secure_tool::prelude::*;
use secure_tool::value::AnyJson;
use secure_tool_testkit::hostile::Response;
use tests::{Things, rule, shop_api};
use tokio::net::TcpListener;

use super::{LONG, LimitsBench};

/// Reads things.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Things,
    get = "/things",
    scopes("things:read"),
    response = AnyJson,
    limits(deadline_seconds = 2, connect_seconds = 1, first_byte_seconds = 1, rate_bytes = 1_000, rate_seconds = 1, response_bytes = 65_536)
)]
struct ReadThings {}

/// Reads things, with the default first-byte timeout.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Things, get = "/things", scopes("things:read"), response = AnyJson, limits(deadline_seconds = 4, connect_seconds = 1))]
struct ReadByDefault {}

/// Changes a thing.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Things, post = "/things", effect = write, scopes("things:write"), response = AnyJson, limits(deadline_seconds = 4, connect_seconds = 1))]
struct ChangeThing {}

/// Returns the rule and the detail of a call.
async fn end(bench: &LimitsBench, tool: &str) -> (Option<Rule>, String) {
    let session = bench.session::<Things>("agent");
    let outcome =
        tokio::time::timeout(LONG, session.call(tool, "{}")).await.expect("an end at a deadline");
    (rule(&outcome), bench.outcome()["detail"].as_str().unwrap_or_default().to_owned())
}

fn json(bytes: usize) -> Response {
    Response::json(format!("\"{}\"", "x".repeat(bytes)))
}

#[tokio::test]
async fn each_timeout_is_reported_by_its_own_detail() {
    let bench = LimitsBench::new::<ReadThings>().await;
    for (what, answer, detail) in [
        ("silence", Response::silence(), "no response headers within 1s"),
        ("late headers", json(1).delayed(Duration::from_mins(1)), "no response headers within 1s"),
        (
            "slow headers",
            json(1).slow_headers(Duration::from_millis(50)),
            "no response headers within 1s",
        ),
        ("interim answers without end", json(1).interim(u64::MAX), "no response headers within 1s"),
        (
            "a body that does not arrive",
            json(10_000).trickled(1, Duration::from_mins(1)),
            "the body arrived at less than 1000 bytes per 1s",
        ),
        (
            "a slow body",
            json(60_000).trickled(9, Duration::from_millis(10)),
            "the body arrived at less than 1000 bytes per 1s",
        ),
        (
            "a body that takes too long",
            Response::huge().trickled(20, Duration::from_millis(5)),
            "no complete response within 2s",
        ),
    ] {
        bench.shop.respond(answer);
        assert_eq!(
            end(&bench, "read_things").await,
            (Some(Rule::Timeout), detail.to_owned()),
            "{what}"
        );
        bench.clock.advance(Duration::from_mins(1));
    }
    bench.shop.respond(json(1));
    assert_eq!(end(&bench, "read_things").await.0, None, "the next call works");
}

#[tokio::test]
async fn a_steady_body_is_not_cut_off() {
    let bench = LimitsBench::new::<ReadThings>().await;
    // 1,500 bytes in 1.5 seconds, and a last piece shorter than the minimum per window.
    bench.shop.respond(json(1_500).trickled(150, Duration::from_millis(100)));
    assert_eq!(end(&bench, "read_things").await.0, None);
}

#[tokio::test]
async fn an_endless_tls_handshake_is_a_connect_failure() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    for (tool, expected) in [("read_by_default", Rule::Connect), ("change_thing", Rule::Connect)] {
        let shop = shop_api().await;
        let addr = silent.local_addr().expect("bound");
        let bench = LimitsBench::at::<ReadByDefault>(shop, addr, |builder| {
            builder.tool(secure_tool::Tool::of::<ChangeThing>())
        });
        // Nothing was sent, so an effect is not in doubt.
        assert_eq!(
            end(&bench, tool).await,
            (Some(expected), "no connection within the timeout".to_owned()),
            "{tool}"
        );
    }
}

#[tokio::test]
async fn an_effect_that_times_out_is_unknown() {
    let bench = LimitsBench::with::<ReadByDefault>(|builder| {
        builder.tool(secure_tool::Tool::of::<ChangeThing>())
    })
    .await;
    bench.shop.respond(Response::silence());
    assert_eq!(end(&bench, "change_thing").await.0, Some(Rule::EffectUnknown));
    bench.shop.respond(Response::json("{}").trickled(1, Duration::from_mins(1)));
    assert_eq!(end(&bench, "change_thing").await.0, Some(Rule::EffectUnknown));
}

#[tokio::test]
async fn the_first_byte_timeout_is_half_of_the_total_and_the_posture_lists_all_limits() {
    let bench = LimitsBench::new::<ReadByDefault>().await;
    bench.shop.respond(Response::silence());
    assert_eq!(end(&bench, "read_by_default").await.1, "no response headers within 2s");
    let posture = bench.guard.posture().to_string();
    for line in [
        "  32 concurrent requests, no retries, circuit open for 30s after 10 failures",
        "deadline 4s, connect 1s, first byte 2s, at least 1024 bytes per 10s; at most 1048576 bytes, compression ratio up to 100",
        "256 concurrent calls, 268435456 bytes of memory for them",
    ] {
        assert!(posture.contains(line), "`{line}` in\n{posture}");
    }
}
