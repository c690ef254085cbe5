//! Measures at the allocator how much memory hostile input costs. The process runs one test only.

use peak_alloc::PeakAlloc;
use secure_tool::prelude::*;
use secure_tool::{Rule, Tool};
use secure_tool_testkit::hostile::Response;
use tests::{Bench, ReadAccount, Shop, rule};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// A record that is much larger in memory than as JSON.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, SecureValue)]
#[serde(default)]
pub struct Wide {
    a: Option<String>,
    b: Option<String>,
    c: Option<String>,
    d: Option<String>,
    e: Option<String>,
    f: Option<String>,
    g: Option<String>,
    h: Option<String>,
    i: Option<String>,
    j: Option<String>,
    k: Option<String>,
    l: Option<String>,
    m: Option<String>,
    n: Option<String>,
    o: Option<String>,
    p: Option<String>,
    q: Option<String>,
    r: Option<String>,
    s: Option<String>,
    t: Option<String>,
}

/// A list of wide records.
#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Widest {
    items: Vec<Wide>,
}

/// Reads wide records.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/wide", scopes("products:read"), response = Widest)]
pub struct ReadWide {}

/// Returns the rule of a call, and its peak memory minus the memory before it.
async fn cost(
    session: &secure_tool::Session,
    tool: &str,
    arguments: &str,
) -> (Option<Rule>, usize) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let outcome = session.call(tool, arguments).await;
    (rule(&outcome), MEMORY.peak_usage().saturating_sub(before))
}

#[tokio::test]
async fn hostile_input_stays_within_its_memory_cap() {
    const CAP: usize = 64 * 1024;
    let bench =
        Bench::with(|builder| builder.tool(Tool::of::<ReadWide>()).tool(Tool::of::<ReadAccount>()))
            .await;
    let session = bench.session();
    // The first call allocates caches that later calls reuse.
    assert_eq!(cost(&session, "search_products", "{").await.0, Some(Rule::Malformed));
    for (what, arguments, expected) in [
        ("64 MB", format!("{{\"term\":\"{}\"}}", "x".repeat(64 << 20)), Rule::TooLarge),
        (
            "1,000,000 keys",
            format!(
                "{{{}}}",
                (0..1_000_000).map(|i| format!("\"k{i}\":1")).collect::<Vec<_>>().join(",")
            ),
            Rule::TooLarge,
        ),
        ("100,000 lists", format!("{{\"term\":{}", "[".repeat(100_000)), Rule::TooLarge),
        ("60,000 lists", format!("{{\"term\":{}", "[".repeat(60_000)), Rule::TooDeep),
        (
            "5,000 keys",
            format!(
                "{{{}}}",
                (0..5_000).map(|i| format!("\"{i}\":1")).collect::<Vec<_>>().join(",")
            ),
            Rule::TooManyKeys,
        ),
    ] {
        let (rule, bytes) = cost(&session, "search_products", &arguments).await;
        assert_eq!(rule, Some(expected), "{what}");
        assert!(bytes < 4 * CAP, "{what}: {bytes} bytes for a cap of {CAP}");
    }
    assert_eq!(bench.connections(), 0);

    // 300,000 tiny texts, more than the limit of a response.
    let tiny = format!("[{}]", vec!["\"\""; 300_000].join(","));
    bench.shop.respond(Response::json(tiny.clone()));
    let (rule, bytes) = cost(&session, "read_everything", "{}").await;
    assert_eq!(rule, Some(Rule::Drift));
    assert!(bytes < 12 << 20, "{} bytes of tiny texts: {bytes} bytes", tiny.len());

    // 1 MB of empty records, each of which needs 0.5 KB in memory.
    bench
        .shop
        .respond(Response::json(format!(r#"{{"items":[{}]}}"#, vec!["{}"; 349_000].join(","))));
    let (rule, bytes) = cost(&session, "read_wide", "{}").await;
    assert_eq!(rule, Some(Rule::Drift));
    assert!(bytes < 12 << 20, "1 MB of empty records: {bytes} bytes");

    // A session must not store numbers of 1,000,000 digits.
    let before = MEMORY.current_usage();
    for n in 0..20 {
        bench
            .shop
            .respond(Response::json(format!(r#"{{"balance":0.{n:03}{}}}"#, "1".repeat(1_000_000))));
        assert_eq!(cost(&session, "read_account", "{}").await.0, None);
        bench.shop.clear();
    }
    bench.shop.respond(Response::json("{}"));
    let kept = MEMORY.current_usage().saturating_sub(before);
    assert!(kept < 4 << 20, "20 responses left {kept} bytes in the session");

    // An endless response: its cap is 1 MiB, plus buffers and records.
    bench.shop.respond(Response::huge());
    let (rule, bytes) = cost(&session, "search_products", tests::SEARCH).await;
    assert_eq!(rule, Some(Rule::AnswerTooLarge));
    assert!(bytes < 8 << 20, "an endless response: {bytes} bytes");
}
