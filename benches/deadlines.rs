//! The end of a call compared with its deadline, under load: `cargo bench --bench deadlines`.
//!
//! Sixty-four calls at once wait for a server that misbehaves, while others are answered over the
//! same two threads. A row is one deadline: the least, the middle and the greatest time of a call
//! over it. The goal is within 20 %.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use benches::{ARGUMENTS, Search, page};
use secure_tool::prelude::*;
use secure_tool::value::AnyJson;
use secure_tool::{Agent, FixedSecrets, Guard, Roots, Session, Tool};
use secure_tool_testkit::hostile::{HostileApi, Response};
use tokio::net::TcpListener;

/// The number of concurrent calls.
const CALLS: usize = 64;

/// A service that misbehaves.
#[derive(Debug, SecureApi)]
#[secure(
    url = "https://slow.example",
    scopes("things:read"),
    auth(none, reason = "a bench"),
    receives(public),
    rate_limit(1_000_000 / second),
    concurrency = 64,
    breaker(failures = 1_000_000, seconds = 1)
)]
struct Slow;

/// Reads.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Slow,
    get = "/things",
    scopes("things:read"),
    response = AnyJson,
    limits(deadline_seconds = 3, connect_seconds = 1, first_byte_seconds = 2, rate_bytes = 1_000, rate_seconds = 1)
)]
struct ReadThings {}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(measure())
}

async fn measure() -> Result<(), Box<dyn std::error::Error>> {
    let slow = HostileApi::builder("slow.example").start().await?;
    let stalled = TcpListener::bind("127.0.0.1:0").await?;
    let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let catalogue = HostileApi::builder("api.shop.example").start().await?;
    catalogue.respond(Response::json(page(65_536)));
    let working = session(&catalogue, catalogue.addr())?;
    let load: Vec<_> = (0..4)
        .map(|_| tokio::spawn(work(working.clone(), stop.clone(), answered.clone())))
        .collect();
    println!("{CALLS} calls at once, while others are answered: times over the deadline");
    for (what, answer, at, seconds) in [
        ("connect: the handshake stalls", Response::silence(), stalled.local_addr()?, 1),
        ("first byte: nothing comes", Response::silence(), slow.addr(), 2),
        (
            "first byte: a head, byte by byte",
            Response::json("{}").slow_headers(Duration::from_millis(100)),
            slow.addr(),
            2,
        ),
        (
            "rate: a body stalls",
            Response::json("x".repeat(9_000)).trickled(1, Duration::from_mins(1)),
            slow.addr(),
            1,
        ),
        (
            "total: a body without end",
            Response::huge().trickled(40, Duration::from_millis(10)),
            slow.addr(),
            3,
        ),
    ] {
        slow.respond(answer);
        row(what, Duration::from_secs(seconds), &session(&slow, at)?).await?;
    }
    stop.store(true, Ordering::SeqCst);
    for one in load {
        one.await?;
    }
    println!("  {} calls were answered meanwhile", answered.load(Ordering::SeqCst));
    Ok(())
}

fn session(api: &HostileApi, at: SocketAddr) -> Result<Session, Box<dyn std::error::Error>> {
    let guard = Guard::builder()
        .tool(Tool::of::<ReadThings>())
        .tool(Tool::of::<Search>())
        .secrets(FixedSecrets::new().with("SHOP_API_KEY", "bench-secret-0123456789".to_owned()))
        .dangerously_without_audit("a bench")
        .attempts_per_minute(u32::MAX)
        .roots(Roots::Only(vec![api.authority().to_vec()]))
        .dangerously_reach_host_at(api.host(), at, "a bench's own server")
        .build()?;
    let agent = Agent::new("bench")
        .grant::<Slow>(["things:read"])
        .grant::<benches::Shop>(["products:read"]);
    Ok(guard.session(agent)?)
}

/// Calls that are answered, one after the other.
async fn work(session: Session, stop: Arc<AtomicBool>, answered: Arc<AtomicUsize>) {
    while !stop.load(Ordering::SeqCst) {
        if session.call("search", ARGUMENTS).await.answer().is_none() {
            return;
        }
        answered.fetch_add(1, Ordering::SeqCst);
    }
}

async fn row(
    what: &str,
    deadline: Duration,
    session: &Session,
) -> Result<(), Box<dyn std::error::Error>> {
    let calls: Vec<_> = (0..CALLS)
        .map(|_| {
            let session = session.clone();
            tokio::spawn(async move {
                let start = Instant::now();
                let refused = session.call("read_things", "{}").await.refusal().is_some();
                (refused, start.elapsed())
            })
        })
        .collect();
    let mut ratios = Vec::with_capacity(CALLS);
    for call in calls {
        let (refused, took) = call.await?;
        if !refused {
            return Err("a call was answered".into());
        }
        ratios.push(took.as_secs_f64() / deadline.as_secs_f64());
    }
    ratios.sort_by(f64::total_cmp);
    let at = |index: usize| ratios.get(index).copied().unwrap_or_default();
    println!(
        "  {what:<40} {deadline:>4.0?}  ×{:.2}  ×{:.2}  ×{:.2}",
        at(0),
        at(CALLS / 2),
        at(CALLS - 1)
    );
    Ok(())
}
