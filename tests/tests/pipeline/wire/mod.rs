//! Invalid input from the network. Each response that HTTP, TLS or JSON forbids is refused within
//! the limits, or is read in the only way that the standards define. The next call works.
//!
//! | file | covers |
//! |--|--|
//! | `framing` | the length of a response: stated twice, wrongly or not at all |
//! | `cut` | a server that ends the connection after each byte |
//! | `floods` | excessive data before, in and after a response |
//! | `http2` | the same in HTTP/2 frames |
//! | `reading` | character sets, cookies, trailers, compression |
//! | `lines` | line breaks in outgoing data |
//! | `streams` | streaming content types |

mod cut;
mod floods;
mod framing;
mod http2;
mod lines;
mod reading;
mod streams;

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use secure_tool::{Outcome, Rule};
use secure_tool_testkit::hostile::{HostileApi, Response};
use tests::{Bench, mail_api, rule};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The text of the valid responses below, and the text that no call may take from an invalid one.
const GOOD: &str = r#"{"good":1}"#;
const EVIL: &str = r#"{"evil":1}"#;
/// Longer than any deadline of a tool here.
const LONG: Duration = Duration::from_mins(2);

/// Starts a bench whose shop uses HTTP/2.
async fn over_http2() -> Bench {
    let shop = HostileApi::builder("api.shop.example").http2().start().await.expect("loopback");
    let mail = mail_api().await;
    Bench::around(shop, mail, |builder| builder)
}

/// Calls a tool without arguments that accepts any JSON, with the default limits. Resets the
/// quotas.
async fn read(bench: &Bench) -> Outcome {
    call(bench, "read_everything").await
}

/// Does the same with limits of 1 second and 64 KiB.
async fn read_soon(bench: &Bench) -> Outcome {
    call(bench, "read_document").await
}

async fn call(bench: &Bench, tool: &str) -> Outcome {
    bench.clock.advance(Duration::from_mins(1));
    tokio::time::timeout(LONG, bench.session().call(tool, "{}"))
        .await
        .expect("an end at the deadline")
}

/// The result of a call.
fn brought(outcome: &Outcome) -> Result<String, Rule> {
    match outcome.structured() {
        Some(value) => Ok(value.to_string()),
        None => Err(rule(outcome).expect("an answer or a refusal")),
    }
}

/// Returns the result of `read`.
async fn taken(bench: &Bench) -> Result<String, Rule> {
    brought(&read(bench).await)
}

/// Checks that the next call works and contains nothing of the previous response.
async fn next_works(bench: &Bench, after: &str) {
    bench.shop.respond(Response::json(GOOD));
    let taken = taken(bench).await;
    assert!(
        taken.as_ref().is_ok_and(|text| text.contains("good") && !text.contains("evil")),
        "after {after}: {taken:?}"
    );
}

fn trusting(api: &HostileApi) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(api.authority().to_vec())).expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13]);
    builder.expect("TLS 1.3").with_root_certificates(roots).with_no_client_auth()
}

async fn connected(api: &HostileApi) -> TlsStream<TcpStream> {
    let name = ServerName::try_from(api.host().to_owned()).expect("a name");
    let tcp = TcpStream::connect(api.addr()).await.expect("loopback");
    TlsConnector::from(Arc::new(trusting(api))).connect(name, tcp).await.expect("TLS")
}

/// Reads until the connection ends, and returns the data after the headers.
async fn careless(api: &HostileApi) -> String {
    let mut stream = connected(api).await;
    stream
        .write_all(
            b"GET /v1/documents HTTP/1.1\r\nhost: api.shop.example\r\nconnection: close\r\n\r\n",
        )
        .await
        .expect("written");
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()
}

/// Creates a plain client with default settings.
#[expect(clippy::disallowed_methods, reason = "a bare client, to see what the guard's own adds")]
fn plain(api: &HostileApi) -> reqwest::Client {
    let mut config = trusting(api);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(config)
        .resolve(api.host(), api.addr());
    builder.no_proxy().timeout(Duration::from_secs(5)).build().expect("a client")
}

/// Returns what a plain client accepts.
async fn plainly(client: &reqwest::Client, api: &HostileApi) -> reqwest::Result<String> {
    client
        .get(format!("https://{}:{}/v1/documents", api.host(), api.addr().port()))
        .send()
        .await?
        .text()
        .await
}

/// Waits until the client has closed all connections except idle pooled ones.
async fn until_given_up(bench: &Bench) {
    let wait = async {
        while bench.shop.open_connections() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, wait).await.expect("the client hangs up");
}
