//! The memory budget as calls experience it. `budget.rs` measures the memory itself.

use secure_tool::prelude::*;
use secure_tool::value::{AnyJson, Empty};
use secure_tool::{Decision, Guard, Question, Rule, Tool};
use secure_tool_testkit::hostile::Response;
use tests::{SilentApprover, Things, rule};

use super::LimitsBench;

/// Removes a thing permanently.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Things,
    delete = "/things",
    effect = destructive,
    confirm = always,
    scopes("things:write"),
    response = Empty,
    limits(response_bytes = 65_536)
)]
struct RemoveThing {}

/// Reads things.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Things, get = "/things", scopes("things:read"), response = AnyJson)]
struct ReadThings {}

#[tokio::test]
async fn a_call_without_memory_is_refused_before_it_is_parsed() {
    const CALL: usize = 64 * 1024;
    let bench = LimitsBench::with::<RemoveThing>(|builder| {
        builder.approver(SilentApprover).questions(1_000).memory(40 * CALL)
    })
    .await;
    let session = bench.session::<Things>("agent");
    let waiting: Vec<_> = (0..40)
        .map(|_| {
            let session = session.clone();
            tokio::spawn(async move { rule(&session.call("remove_thing", "{}").await) })
        })
        .collect();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    for arguments in ["{}", "{", "\u{0}"] {
        let outcome = session.call("remove_thing", arguments).await;
        assert_eq!(rule(&outcome), Some(Rule::Memory), "{arguments}");
        assert!(outcome.for_model().contains("Try again later"));
    }
    assert_eq!(
        rule(&session.call("no_such_tool", "{}").await),
        Some(Rule::UnknownTool),
        "the text names no tool"
    );
    for call in waiting {
        call.abort();
        let _ = call.await;
    }
    assert_eq!(
        rule(&session.call("remove_thing", "{").await),
        Some(Rule::Malformed),
        "the memory is released"
    );
    assert_eq!(bench.shop.connections(), 0);
}

#[tokio::test]
async fn an_effect_without_memory_for_its_response_is_reported_as_made_or_unknown() {
    let bench = LimitsBench::with::<RemoveThing>(|builder| {
        builder
            .approver(|_: &Question| Decision::approved_by("ann"))
            .questions(1_000)
            .memory(30 * 64 * 1024)
    })
    .await;
    bench.shop.respond(Response::json(format!("\"{}\"", "x".repeat(60_000))));
    let session = bench.session::<Things>("agent");
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let session = session.clone();
            tokio::spawn(async move { session.call("remove_thing", "{}").await })
        })
        .collect();
    for call in calls {
        let outcome = call.await.expect("no panic");
        assert!(
            matches!(rule(&outcome), None | Some(Rule::EffectUnknown | Rule::EffectMade)),
            "{outcome:?}"
        );
    }
}

#[tokio::test]
async fn a_memory_budget_below_one_response_is_a_build_error() {
    let bench = LimitsBench::new::<ReadThings>().await;
    assert_eq!(bench.guard.posture().memory, 256 << 20);
    let small = Guard::builder()
        .tool(Tool::of::<ReadThings>())
        .dangerously_without_audit("a test")
        .memory(4 << 20)
        .build();
    let error = small.expect_err("too small").to_string();
    assert!(
        error.contains("`read_things`") && error.contains("1048576") && error.contains(".memory("),
        "{error}"
    );
}
