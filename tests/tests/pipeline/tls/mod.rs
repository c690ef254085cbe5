//! The TLS handshake of stage 7: trust, client identities, and the age of connections.

mod age;
mod counterparts;
mod elsewhere;
mod hello;
mod identity;
mod pins;
mod revocation;
mod server;

use std::net::SocketAddr;

use secure_tool::guard::PostureTls;
use secure_tool::{Connection, Outcome};
use secure_tool_testkit::hostile::{Builder, HostileApi};
use tests::{Bench, SEARCH, Shop, mail_api};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Starts a shop with this TLS setup, and a guard that connects to it with these options.
async fn bench(
    shop: impl FnOnce(Builder) -> Builder,
    connection: impl FnOnce(&HostileApi) -> Connection,
) -> Bench {
    let shop = shop(HostileApi::builder("api.shop.example")).start().await.expect("loopback");
    let mail = mail_api().await;
    let connection = connection(&shop);
    Bench::around(shop, mail, |builder| builder.connection::<Shop>(connection))
}

async fn search(bench: &Bench) -> Outcome {
    bench.session().call("search_products", SEARCH).await
}

/// Returns whether a call gets an answer, for tests whose failure message says why not.
async fn is_answered(bench: &Bench) -> bool {
    let answered = search(bench).await.answer().is_some();
    if !answered {
        println!("{}", bench.last_record());
    }
    answered
}

/// Returns the rule and the detail of the last record.
fn rule_and_detail(bench: &Bench) -> (String, String) {
    let record = bench.last_record();
    let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
    (text("rule"), text("detail"))
}

/// Returns the rule and the detail of a refusal by TLS.
fn tls(detail: &str) -> (String, String) {
    ("send.tls".into(), detail.into())
}

/// Returns the TLS entry of the shop in the posture.
fn posture(bench: &Bench) -> PostureTls {
    let apis = &bench.guard.posture().apis;
    apis.iter().find(|api| api.name == "Shop").expect("the shop").tls.clone()
}

/// Returns the weakened defaults of the connections to APIs.
fn weakened(bench: &Bench) -> Vec<String> {
    let weakened = bench.guard.posture().weakened.iter();
    weakened
        .filter(|weakness| weakness.what.starts_with("the connection"))
        .map(|weakness| weakness.what.clone())
        .collect()
}

/// Starts a relay: the first connection goes to one server, all others to the other. The channel
/// reports each connection that has ended.
async fn relay(first: SocketAddr, then: SocketAddr) -> (SocketAddr, UnboundedReceiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let at = listener.local_addr().expect("an address");
    let (ended, ends) = unbounded_channel();
    tokio::spawn(async move {
        for to in std::iter::once(first).chain(std::iter::repeat(then)) {
            let Ok((mut from, _)) = listener.accept().await else { return };
            let ended = ended.clone();
            tokio::spawn(async move {
                let mut to = TcpStream::connect(to).await.expect("loopback");
                let _ = copy_bidirectional(&mut from, &mut to).await;
                let _ = ended.send(());
            });
        }
    });
    (at, ends)
}
