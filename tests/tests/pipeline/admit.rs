//! Stage 1: which calls are admitted.

use secure_tool::{Agent, Clearance, Rule};
use tests::{Bench, SEARCH, Shop, rule};

#[tokio::test]
async fn an_unknown_tool_and_a_forbidden_one_look_alike() {
    let bench = Bench::new().await;
    let without_scope = bench
        .guard
        .session(Agent::new("a").grant::<Shop>(["orders:write"]).clearance(Clearance::Pii))
        .expect("declared");
    let without_clearance =
        bench.guard.session(Agent::new("b").grant::<Shop>(["orders:read"])).expect("declared");
    let allowed = bench.session();
    assert!(bench.guard.kill("read_document"));
    let outcomes = [
        (without_scope.call("no_such_tool", SEARCH).await, Rule::UnknownTool),
        (without_scope.call("search_products", SEARCH).await, Rule::NotGranted),
        (without_clearance.call("list_orders", "{}").await, Rule::Clearance),
        (allowed.call("read_document", "{}").await, Rule::Killed),
        (without_scope.call("search_products", "not even JSON").await, Rule::NotGranted),
    ];
    let first = outcomes.first().map(|(outcome, _)| outcome.for_model()).expect("five");
    for (outcome, expected) in &outcomes {
        assert_eq!(rule(outcome), Some(*expected));
        assert_eq!(outcome.for_model(), first, "{expected}");
    }
    assert_eq!(bench.connections(), 0);
}

#[tokio::test]
async fn a_killed_tool_can_be_revived() {
    let bench = Bench::new().await;
    let session = bench.session();
    bench.guard.kill_all();
    assert_eq!(rule(&session.call("search_products", SEARCH).await), Some(Rule::Killed));
    assert!(session.tools().is_empty());
    bench.guard.revive_all();
    assert!(session.call("search_products", SEARCH).await.answer().is_some());
    let switches: Vec<_> =
        bench.records().into_iter().filter(|record| record["kind"] == "switch").collect();
    assert_eq!(switches.len(), 2);
}

#[tokio::test]
async fn refused_attempts_count_against_the_limit() {
    let bench = Bench::with(|builder| builder.attempts_per_minute(3)).await;
    let session = bench.session();
    for _ in 0..3 {
        assert_eq!(rule(&session.call("no_such_tool", "{}").await), Some(Rule::UnknownTool));
    }
    assert_eq!(rule(&session.call("search_products", SEARCH).await), Some(Rule::Attempts));
    assert_eq!(bench.connections(), 0);
}

#[tokio::test]
async fn concurrent_calls_are_limited() {
    let bench = Bench::with(|builder| builder.most_in_flight(0)).await;
    assert_eq!(rule(&bench.session().call("search_products", SEARCH).await), Some(Rule::Busy));
    assert_eq!(bench.connections(), 0);
}

#[tokio::test]
async fn the_model_sees_only_tools_that_it_can_call() {
    let bench = Bench::new().await;
    let session =
        bench.guard.session(Agent::new("a").grant::<Shop>(["products:read"])).expect("declared");
    let names: Vec<_> = session.tools().into_iter().map(|tool| tool.name).collect();
    assert_eq!(
        names,
        ["count_stock", "get_product", "read_document", "read_everything", "search_products"]
    );
}

#[tokio::test]
async fn an_undeclared_scope_cannot_be_granted() {
    let bench = Bench::new().await;
    let error =
        bench.guard.session(Agent::new("a").grant::<Shop>(["admin"])).expect_err("not declared");
    assert!(error.to_string().contains("`admin`"), "{error}");
}
