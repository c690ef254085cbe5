//! A guarded call beside a bare one on the same kind of connection, to the same server, on one
//! core: `cargo bench --bench call`.
//!
//! Client and server share one thread, so that no scheduler decides the figure. The two calls take
//! turns.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use benches::{ARGUMENTS, Search, Shop, page, row};
use secure_tool::audit::JsonlAudit;
use secure_tool::{Agent, FixedSecrets, Guard, Roots, Tool};
use secure_tool_testkit::hostile::{HostileApi, Response};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    [2_048, 65_536].into_iter().try_for_each(|bytes| runtime.block_on(measure(bytes)))
}

async fn measure(bytes: usize) -> Result<(), Box<dyn std::error::Error>> {
    let api = HostileApi::builder("api.shop.example").start().await?;
    let answer = page(bytes);
    api.respond(Response::json(answer.clone()));
    let path = std::env::temp_dir()
        .join(format!("secure-tool-bench-call-{}-{bytes}.jsonl", std::process::id()));
    let guard = Guard::builder()
        .tool(Tool::of::<Search>())
        .secrets(FixedSecrets::new().with("SHOP_API_KEY", "bench-secret-0123456789".to_owned()))
        .audit(JsonlAudit::create(&path)?)
        .attempts_per_minute(u32::MAX)
        .roots(Roots::Only(vec![api.authority().to_vec()]))
        .dangerously_reach_host_at(api.host(), api.addr(), "a bench's own server")
        .build()?;
    let session = guard.session(Agent::new("bench").grant::<Shop>(["products:read"]))?;
    let bare = bare(api.authority(), api.addr())?;
    let url = "https://api.shop.example/v1/products?term=blue%20kettle&limit=20";
    let (mut bares, mut guarded) = (Vec::new(), Vec::new());
    for round in 0..1_100 {
        let start = Instant::now();
        let body =
            bare.get(url).bearer_auth("bench-secret-0123456789").send().await?.bytes().await?;
        let bare_time = start.elapsed();
        let start = Instant::now();
        let outcome = session.call("search", ARGUMENTS).await;
        let text = outcome.for_model();
        let guarded_time = start.elapsed();
        if body.len() != answer.len() || outcome.answer().is_none() || text.is_empty() {
            return Err("a call failed".into());
        }
        if round >= 100 {
            bares.push(bare_time);
            guarded.push(guarded_time);
        }
        api.clear();
    }
    let (bare_time, guarded_time) = (p50(&mut bares), p50(&mut guarded));
    println!("one call over kept-alive TLS 1.3, answer of {} bytes, p50", answer.len());
    println!("{}", row("bare reqwest, body read", bare_time, bare_time));
    println!("{}", row("guarded, answer ready for the model", guarded_time, bare_time));
    std::fs::remove_file(path)?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the bare client is what the guard is compared with")]
fn bare(root: &[u8], address: SocketAddr) -> Result<reqwest::Client, Box<dyn std::error::Error>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(root.to_vec().into())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(config)
        .no_proxy()
        .resolve("api.shop.example", address)
        .build()?)
}

fn p50(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
