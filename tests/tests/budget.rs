//! Measures at the allocator how much memory concurrent calls cost. The process runs one test only.

use std::time::Duration;

use peak_alloc::PeakAlloc;
use secure_tool::prelude::*;
use secure_tool::value::AnyJson;
use secure_tool::{Agent, FixedSecrets, Guard, Roots, Rule, Tool};
use secure_tool_testkit::hostile::{HostileApi, Response};
use tests::{SHOP_KEY, rule, shop_api};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// A shop that allows 64 concurrent requests.
#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example/v1",
    scopes("things:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
    rate_limit(100_000 / minute),
    concurrency = 64
)]
struct Shop;

/// Reads things.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Shop,
    get = "/things",
    scopes("things:read"),
    response = AnyJson,
    limits(deadline_seconds = 300, connect_seconds = 60, first_byte_seconds = 60, rate_seconds = 60)
)]
struct ReadThings {}

/// Reads lists of numbers.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Shop,
    get = "/numbers",
    scopes("things:read"),
    response = Vec<Vec<u64>>,
    limits(deadline_seconds = 300, connect_seconds = 60, first_byte_seconds = 60, rate_seconds = 60)
)]
struct ReadNumbers {}

const CALLS: usize = 32;
const BUDGET: usize = 16 << 20;
/// The buffers of both ends of a connection, in bytes: sockets, TLS and pending reads. The server
/// runs in the same process.
const CONNECTION: usize = 128 * 1024;

/// Runs concurrent calls with a memory budget, and returns their rules and peak memory.
async fn run(
    shop: &HostileApi,
    tool: &'static str,
    budget: usize,
    calls: usize,
) -> (Vec<Option<Rule>>, usize) {
    let guard = Guard::builder()
        .tool(Tool::of::<ReadThings>())
        .tool(Tool::of::<ReadNumbers>())
        .secrets(FixedSecrets::new().with("SHOP_API_KEY", SHOP_KEY.to_owned()))
        .roots(Roots::Only(vec![shop.authority().to_vec()]))
        .dangerously_reach_host_at(shop.host(), shop.addr(), "a test's own server")
        .dangerously_without_audit("a test")
        .memory(budget)
        .build()
        .expect("a valid guard");
    let session =
        guard.session(Agent::new("agent").grant::<Shop>(["things:read"])).expect("declared");
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let calls: Vec<_> = (0..calls)
        .map(|_| {
            let session = session.clone();
            tokio::spawn(async move { rule(&session.call(tool, "{}").await) })
        })
        .collect();
    let mut rules = Vec::new();
    for call in calls {
        rules.push(call.await.expect("no panic"));
    }
    let cost = MEMORY.peak_usage().saturating_sub(before);
    shop.respond(Response::json("[]"));
    assert_eq!(rule(&session.call(tool, "{}").await), None, "the next call succeeds");
    (rules, cost)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_large_responses_stay_within_the_memory_budget() {
    let shop = shop_api().await;
    let text = Response::json(format!("\"{}\"", "x".repeat(1_000_000)));
    shop.respond(text.clone());
    let (rules, cost) = run(&shop, "read_things", 1 << 30, CALLS).await;
    assert!(rules.iter().all(Option::is_none), "{rules:?}");
    assert!(
        cost > 2 * (BUDGET + CALLS * CONNECTION),
        "without a budget the calls cost more: {cost} bytes"
    );
    for (what, tool, response) in [
        ("text", "read_things", text.clone()),
        ("slow text", "read_things", text.trickled(50_000, Duration::from_millis(20))),
        (
            "the shortest texts",
            "read_things",
            Response::json(format!("[{}\"\"]", "\"\",".repeat(131_000))),
        ),
        ("empty lists", "read_numbers", Response::json(format!("[{}[]]", "[],".repeat(200_000)))),
    ] {
        shop.respond(response.clone());
        let (rules, _) = run(&shop, tool, BUDGET, 1).await;
        assert!(
            rules == [None] || what == "empty lists",
            "{what}: the budget is sufficient for one call, not {rules:?}"
        );
        shop.respond(response);
        let (rules, cost) = run(&shop, tool, BUDGET, CALLS).await;
        assert!(
            rules.iter().all(|rule| matches!(rule, None | Some(Rule::AnswerMemory))),
            "{what}: {rules:?}"
        );
        assert!(
            rules.contains(&Some(Rule::AnswerMemory)),
            "{what}: the budget is too small for all calls"
        );
        assert!(
            cost < BUDGET + CALLS * CONNECTION,
            "{what}: {cost} bytes for a budget of {BUDGET}"
        );
    }
}
