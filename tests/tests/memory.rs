//! What hostile input costs: memory, measured at the allocator. One test, alone in its process.

use peak_alloc::PeakAlloc;
use secure_tool::Rule;
use tests::{Bench, rule};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// How much more memory was in use at once during a call than before it.
async fn cost(session: &secure_tool::Session, tool: &str, arguments: &str) -> (Option<Rule>, usize) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let outcome = session.call(tool, arguments).await;
    (rule(&outcome), MEMORY.peak_usage().saturating_sub(before))
}

#[tokio::test]
async fn hostile_input_costs_no_more_than_its_cap() {
    const CAP: usize = 64 * 1024;
    let bench = Bench::new().await;
    let session = bench.session();
    // What is made once is made before.
    assert_eq!(cost(&session, "search_products", "{").await.0, Some(Rule::Malformed));
    for (what, arguments, expected) in [
        ("64 MB", format!("{{\"term\":\"{}\"}}", "x".repeat(64 << 20)), Rule::TooLarge),
        ("a million keys", format!("{{{}}}", (0..1_000_000).map(|i| format!("\"k{i}\":1")).collect::<Vec<_>>().join(",")), Rule::TooLarge),
        ("100,000 lists", format!("{{\"term\":{}", "[".repeat(100_000)), Rule::TooLarge),
        ("60,000 lists", format!("{{\"term\":{}", "[".repeat(60_000)), Rule::TooDeep),
        ("5,000 keys", format!("{{{}}}", (0..5_000).map(|i| format!("\"{i}\":1")).collect::<Vec<_>>().join(",")), Rule::TooManyKeys),
    ] {
        let (rule, bytes) = cost(&session, "search_products", &arguments).await;
        assert_eq!(rule, Some(expected), "{what}");
        assert!(bytes < 4 * CAP, "{what}: {bytes} bytes for a cap of {CAP}");
    }
    assert_eq!(bench.connections(), 0);

    // A million tiny texts: 5 bytes of text each, and more than an answer may have.
    let tiny = format!("[{}]", vec!["\"\""; 300_000].join(","));
    bench.shop.answer(secure_tool_testkit::hostile::Answer::json(tiny.clone()));
    let (rule, bytes) = cost(&session, "read_everything", "{}").await;
    assert_eq!(rule, Some(Rule::Drift));
    assert!(bytes < 12 << 20, "{} bytes of tiny texts: {bytes} bytes", tiny.len());

    // An answer without end: its cap is 1 MiB, and buffers and records come on top.
    bench.shop.answer(secure_tool_testkit::hostile::Answer::huge());
    let (rule, bytes) = cost(&session, "search_products", tests::SEARCH).await;
    assert_eq!(rule, Some(Rule::AnswerTooLarge));
    assert!(bytes < 8 << 20, "an endless answer: {bytes} bytes");
}
