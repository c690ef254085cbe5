//! The whole pipeline without network, compared with its unavoidable parts: `cargo bench --bench
//! pipeline`.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::hint::black_box;

use benches::{ARGUMENTS, Page, SearchHere, Shop, answer_with, median, page, row};
use secure_tool::audit::JsonlAudit;
use secure_tool::{Agent, FixedSecrets, Guard, Tool};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // One size a process: the handler's answer is set once.
    match std::env::args().find_map(|argument| argument.parse::<usize>().ok()) {
        Some(bytes) => measure(bytes),
        None => [2_048, 65_536].into_iter().try_for_each(again_with),
    }
}

#[expect(clippy::disallowed_methods, reason = "the bench runs itself once a size")]
fn again_with(bytes: usize) -> Result<(), Box<dyn std::error::Error>> {
    let status =
        std::process::Command::new(std::env::current_exe()?).arg(bytes.to_string()).status()?;
    if status.success() { Ok(()) } else { Err(format!("the run with {bytes} bytes failed").into()) }
}

fn measure(bytes: usize) -> Result<(), Box<dyn std::error::Error>> {
    let answer = page(bytes);
    answer_with(&answer);
    let path = std::env::temp_dir().join(format!("secure-tool-bench-{}.jsonl", std::process::id()));
    let other = path.with_extension("undetected.jsonl");
    let builder = |path: &std::path::Path| -> Result<_, Box<dyn std::error::Error>> {
        Ok(Guard::builder()
            .tool(Tool::of::<SearchHere>())
            .secrets(FixedSecrets::new().with("SHOP_API_KEY", "bench-secret-0123456789".to_owned()))
            .audit(JsonlAudit::create(path)?)
            .attempts_per_minute(u32::MAX))
    };
    let agent = || Agent::new("bench").grant::<Shop>(["products:read"]);
    let session = builder(&path)?.build()?.session(agent())?;
    let undetected = builder(&other)?
        .dangerously_without_detection("what the detector costs is measured")
        .build()?
        .session(agent())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let call = |arguments: &str| runtime.block_on(session.call("search_here", arguments));
    if call(ARGUMENTS).answer().is_none() {
        return Err("the call was refused".into());
    }
    let runs = 2_000;
    for _ in 0..runs / 4 {
        black_box(call(ARGUMENTS));
    }
    let typed = median(runs, || drop(black_box(serde_json::from_str::<Page>(&answer))));
    let value =
        median(runs, || drop(black_box(serde_json::from_str::<serde_json::Value>(&answer))));
    let pipeline = median(runs, || drop(black_box(call(ARGUMENTS).for_model())));
    let without = median(runs, || {
        drop(black_box(runtime.block_on(undetected.call("search_here", ARGUMENTS)).for_model()));
    });
    let refused = median(runs, || drop(black_box(call(r#"{"term":"","limit":51}"#))));
    println!("pipeline without network, answer of {} bytes, over the typed parse", answer.len());
    println!("{}", row("serde_json into the type (owned strings)", typed, typed));
    println!("{}", row("serde_json into a Value", value, typed));
    println!("{}", row("the whole pipeline, audit to a file included", pipeline, typed));
    println!("{}", row("the same, not looked through by the detector", without, typed));
    println!("{}", row("a call that is refused by its schema", refused, typed));
    [path, other].iter().try_for_each(std::fs::remove_file)?;
    Ok(())
}
