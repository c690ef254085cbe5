//! Tests of the hostile API with plain clients, independent of the guard.

use std::error::Error;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use secure_tool_testkit::hostile::{HostileApi, Request, Response, Trap};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

mod http2;
mod responses;
mod tls;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const HOST: &str = "api.shop.example";
/// The timeout of the clients below for a response that does not arrive.
const PATIENCE: Duration = Duration::from_millis(200);

fn roots(api: &HostileApi) -> Outcome<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(api.authority().to_vec()))?;
    Ok(roots)
}

fn config(api: &HostileApi, version: &'static SupportedProtocolVersion) -> Outcome<ClientConfig> {
    let mut config =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_protocol_versions(&[version])?
            .with_root_certificates(roots(api)?)
            .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

#[expect(clippy::disallowed_methods, reason = "a bare client, to see what the server does")]
fn client(api: &HostileApi) -> Outcome<reqwest::Client> {
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(config(api, &TLS13)?)
        .resolve(api.host(), api.addr())
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()?)
}

fn url(api: &HostileApi, path: &str) -> String {
    format!("https://{}:{}{path}", api.host(), api.addr().port())
}

/// Opens a TLS connection without a request.
async fn connect(
    api: &HostileApi,
    version: &'static SupportedProtocolVersion,
) -> Outcome<TlsStream<TcpStream>> {
    connect_with(api, config(api, version)?).await
}

async fn connect_with(api: &HostileApi, config: ClientConfig) -> Outcome<TlsStream<TcpStream>> {
    let tcp = TcpStream::connect(api.addr()).await?;
    Ok(TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(HOST)?, tcp).await?)
}

/// Sends these bytes, closes the sending side, and reads to the end.
async fn exchange(api: &HostileApi, bytes: &str) -> Outcome<String> {
    let mut stream = connect(api, &TLS13).await?;
    stream.write_all(bytes.as_bytes()).await?;
    stream.shutdown().await?;
    let mut response = Vec::new();
    // A server that hangs up sends no `close_notify`, which is an error. The bytes before it count.
    let _ = stream.read_to_end(&mut response).await;
    Ok(String::from_utf8_lossy(&response).into_owned())
}

/// Waits until other tasks make the condition true.
async fn until(what: impl Fn() -> bool) -> Outcome {
    let wait = async {
        while !what() {
            tokio::task::yield_now().await;
        }
    };
    Ok(tokio::time::timeout(Duration::from_secs(10), wait).await?)
}

/// Returns the error of a future that must fail.
async fn failure<T>(future: impl Future<Output = Outcome<T>>) -> Outcome<Box<dyn Error>> {
    future.await.err().ok_or_else(|| "the future succeeded".into())
}

fn only(requests: &[Request]) -> Outcome<&Request> {
    let [request] = requests else { return Err(format!("{} requests", requests.len()).into()) };
    Ok(request)
}

#[tokio::test]
async fn request_is_recorded_raw_and_parsed() -> Outcome {
    let api = HostileApi::builder(HOST).start().await?;
    api.respond(Response::json(r#"{"items": []}"#));
    let response = client(&api)?
        .post(url(&api, "/v1/a%2Fb/%2e%2E;x?q=a+b%26c&q=&flag"))
        .header("x-twice", "one")
        .header("x-twice", "two")
        .bearer_auth("s3cret")
        .body("{\"n\": 1}")
        .send()
        .await?;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.text().await?, r#"{"items": []}"#);

    let requests = api.requests();
    let request = only(&requests)?;
    assert_eq!(request.method(), "POST");
    assert_eq!(request.path_segments(), ["v1", "a/b", "..;x"]);
    let pairs =
        [("q", "a b&c"), ("q", ""), ("flag", "")].map(|(n, v)| (n.to_owned(), v.to_owned()));
    assert_eq!(request.query_pairs(), pairs);
    assert_eq!(request.header("Authorization"), Some("Bearer s3cret"));
    let twice = request
        .headers()
        .iter()
        .filter(|(name, _)| name == "x-twice")
        .map(|(_, value)| value.as_str());
    assert_eq!(twice.collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!(request.body(), b"{\"n\": 1}");
    assert!(
        request.raw().starts_with(format!("POST {} HTTP/1.1\r\n", request.target()).as_bytes())
    );
    assert!(request.raw().ends_with(b"\r\n\r\n{\"n\": 1}"));
    assert_eq!((api.connections(), api.handshakes(), api.sent()), (1, 1, 13));

    api.clear();
    assert_eq!(
        (api.requests().len(), api.connections(), api.handshakes(), api.sent()),
        (0, 0, 0, 0)
    );
    Ok(())
}

#[tokio::test]
async fn response_can_echo_the_credential() -> Outcome {
    let api = HostileApi::builder(HOST).start().await?;
    api.respond_with(|request| {
        Response::json(request.header("authorization").unwrap_or("none")).status(403)
    });
    let response = client(&api)?.get(url(&api, "/")).bearer_auth("s3cret").send().await?;
    assert_eq!(
        (response.status().as_u16(), response.text().await?.as_str()),
        (403, "Bearer s3cret")
    );
    Ok(())
}

#[tokio::test]
async fn huge_response_ends_when_the_client_disconnects() -> Outcome {
    let api = HostileApi::builder(HOST).start().await?;
    api.respond(Response::huge());
    let mut response = client(&api)?.get(url(&api, "/")).send().await?;
    let mut read = 0;
    while read < 1_000_000 {
        read += response.chunk().await?.ok_or("the body ended")?.len() as u64;
    }
    assert_eq!(api.open_connections(), 1);
    drop(response);
    assert!((read..read + 8_000_000).contains(&api.sent()), "{} sent, {read} read", api.sent());
    until(|| api.open_connections() == 0).await
}

#[tokio::test]
async fn drip_and_silence_last_until_the_client_times_out() -> Outcome {
    let api = HostileApi::builder(HOST).start().await?;
    let client = client(&api)?;
    api.respond(Response::drip(Duration::from_millis(1)));
    let mut response = client.get(url(&api, "/")).send().await?;
    let mut read = Vec::new();
    while read.len() < 3 {
        read.extend(response.chunk().await?.ok_or("the body ended")?);
    }
    assert!(read.starts_with(b"\"aa"));
    drop(response);

    api.clear();
    api.respond(Response::drip(Duration::from_hours(1)));
    let mut response = client.get(url(&api, "/")).timeout(PATIENCE).send().await?;
    assert_eq!(response.chunk().await?.as_deref(), Some(&b"\""[..]));
    assert!(response.chunk().await.err().ok_or("the body ended")?.is_timeout());

    api.clear();
    api.respond(Response::silence());
    let error = client
        .get(url(&api, "/"))
        .timeout(PATIENCE)
        .send()
        .await
        .err()
        .ok_or("the request succeeded")?;
    assert!(error.is_timeout());
    assert_eq!((api.requests().len(), api.sent()), (1, 0));
    Ok(())
}

#[tokio::test]
async fn hang_up_truncates_the_promised_body() -> Outcome {
    let api = HostileApi::builder(HOST).start().await?;
    api.respond(Response::json(r#"{"paid": false}"#).hang_up_after(9));
    let mut response = client(&api)?.get(url(&api, "/")).send().await?;
    assert_eq!(response.content_length(), Some(15));
    assert_eq!(response.chunk().await?.as_deref(), Some(&b"{\"paid\": "[..]));
    assert!(response.chunk().await.is_err());

    // Without a length, only the missing `close_notify` reveals the truncation.
    api.respond(Response::raw("HTTP/1.1 200 \r\n\r\n{}").hang_up_after(18));
    let mut stream = connect(&api, &TLS13).await?;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await?;
    let error = stream
        .read_to_end(&mut Vec::new())
        .await
        .err()
        .ok_or("the connection ended without an error")?;
    assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
    Ok(())
}

#[tokio::test]
async fn redirect_and_raw_bytes_arrive_unchanged() -> Outcome {
    let api = HostileApi::builder(HOST).start().await?;
    api.respond(Response::redirect(307, "http://169.254.169.254/").header("set-cookie", "a=b"));
    let response = client(&api)?.get(url(&api, "/")).send().await?;
    assert_eq!(response.status(), 307);
    assert_eq!(response.headers()["location"], "http://169.254.169.254/");
    assert_eq!(response.headers()["set-cookie"], "a=b");

    let raw = "HTTP/1.1 200 \x1b[31mOK\r\ncontent-length: 5\r\ncontent-length: 50\r\n\r\n\0";
    api.respond(Response::raw(raw));
    assert_eq!(exchange(&api, "GET / HTTP/1.1\r\nhost: x\r\n\r\n").await?, raw);
    Ok(())
}

#[tokio::test]
async fn one_connection_carries_several_requests() -> Outcome {
    let api = HostileApi::builder(HOST).start().await?;
    let client = client(&api)?;
    for path in ["/one", "/two"] {
        client.get(url(&api, path)).send().await?.text().await?;
    }
    let chunked = "PUT /three HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n4;x=y\r\nbody\r\n1\r\n!\r\n0\r\nt: z\r\n\r\n";
    let response = exchange(
        &api,
        &format!("{chunked}HEAD /four HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"),
    )
    .await?;
    assert_eq!(response.matches("HTTP/1.1 200 ").count(), 2);
    assert_eq!(response.matches("{}").count(), 1);

    let requests = api.requests();
    let targets: Vec<_> = requests.iter().map(Request::target).collect();
    assert_eq!(targets, ["/one", "/two", "/three", "/four"]);
    let three = requests.get(2).ok_or("no third request")?;
    assert_eq!((three.raw(), three.body()), (chunked.as_bytes(), &b"body!"[..]));
    assert_eq!((api.connections(), api.handshakes()), (2, 2));
    Ok(())
}

#[tokio::test]
async fn malformed_requests_are_rejected_and_recorded() -> Outcome {
    let cases = [
        ("a bare line feed", "GET / HTTP/1.1\nhost: x\n\n\r\n\r\n"),
        ("a folded header", "GET / HTTP/1.1\r\nhost: x\r\n y\r\n\r\n"),
        ("a space before the colon", "GET / HTTP/1.1\r\nhost: x\r\na : b\r\n\r\n"),
        ("no host", "GET / HTTP/1.1\r\n\r\n"),
        ("two hosts", "GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n"),
        ("a space in the target", "GET /a b HTTP/1.1\r\nhost: x\r\n\r\n"),
        (
            "two lengths",
            "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\na",
        ),
        (
            "a length and chunks",
            "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
        ("a signed length", "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: +1\r\n\r\na"),
        (
            "a signed chunk",
            "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n+1\r\na\r\n0\r\n\r\n",
        ),
        (
            "a chunk that is longer than it says",
            "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
        ),
        ("an old version", "GET / HTTP/1.0\r\nhost: x\r\n\r\n"),
        ("a body without its end", "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\na"),
    ];
    for (what, bytes) in cases {
        let api = HostileApi::builder(HOST).start().await?;
        let response = exchange(&api, bytes).await?;
        assert!(response.is_empty() || response.starts_with("HTTP/1.1 400 "), "{what}: {response}");
        until(|| !api.unreadable().is_empty()).await?;
        assert_eq!(api.unreadable().concat(), bytes.as_bytes(), "{what}");
        assert_eq!(api.requests().len(), 0, "{what}");
    }
    Ok(())
}

#[tokio::test]
async fn panic_in_the_closure_ends_its_connection_only() -> Outcome {
    let api = HostileApi::builder(HOST).start().await?;
    api.respond_with(|request| {
        assert_ne!(request.target(), "/bad", "this panic is part of the test");
        Response::json("{}")
    });
    let client = client(&api)?;
    assert!(client.get(url(&api, "/bad")).send().await.is_err());
    assert_eq!(client.get(url(&api, "/good")).send().await?.text().await?, "{}");
    Ok(())
}

#[tokio::test]
async fn dropping_the_api_ends_its_connections() -> Outcome {
    let api = HostileApi::builder(HOST).start().await?;
    api.respond(Response::silence());
    let addr = api.addr();
    let waiting = tokio::spawn(client(&api)?.get(url(&api, "/")).send());
    until(|| api.requests().len() == 1).await?;
    drop(api);
    assert!(waiting.await?.is_err());
    until(|| std::net::TcpStream::connect(addr).is_err()).await
}

#[tokio::test]
async fn trap_counts_connections_before_its_task_runs() -> Outcome {
    let trap = Trap::start().await?;
    assert_eq!(trap.hits(), 0);
    for hits in 1..=3 {
        // These calls block, so the trap's own task can't run between them.
        let _stream = std::net::TcpStream::connect(trap.addr())?;
        assert_eq!(trap.hits(), hits);
    }
    // The trap closes each connection.
    let mut stream = TcpStream::connect(trap.addr()).await?;
    assert_eq!(stream.read(&mut [0]).await?, 0);
    assert_eq!(trap.hits(), 4);
    Ok(())
}
