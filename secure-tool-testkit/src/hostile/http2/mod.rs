//! Serves one HTTP/2 connection: records its requests and responds to them.
//!
//! | file | does |
//! |--|--|
//! | `frame` | encodes frames that the `h2` crate would not write |
//! | `tap` | inserts them between the frames of `h2`, and ends the connection at any byte |
//! | `respond` | writes a response on its stream |
//!
//! The `h2` crate reads the requests. It also writes the responses that it considers valid.

mod frame;
mod respond;
mod tap;

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use h2::RecvStream;
use h2::server::SendResponse;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::server::TlsStream;

use self::respond::Out;
use self::tap::{Inserter, tap};
use super::request::{Head, Request};
use super::serve::Record;
use super::wire::MAX_BODY;

/// Responds to requests until the connection ends.
pub(super) async fn serve(
    stream: TlsStream<TcpStream>,
    early: Vec<u8>,
    client: Option<[u8; 32]>,
    record: &Arc<Record>,
) -> io::Result<()> {
    let (tap, inserter) = tap(stream, early);
    let mut connection = h2::server::handshake(tap).await.map_err(io::Error::other)?;
    let mut streams = JoinSet::new();
    let ending = loop {
        tokio::select! {
            // The library runs first: its pending frames precede the inserted ones.
            biased;
            accepted = connection.accept() => match accepted {
                Some(Ok((request, respond))) => {
                    let (inserter, record) = (inserter.clone(), Arc::clone(record));
                    streams.spawn(respond_to(request, respond, client, inserter, record));
                }
                // The client has disconnected, or has violated the protocol.
                Some(Err(_)) | None => return Ok(()),
            },
            ending = inserter.work() => break ending?,
            // A panic of the test's closure resets its own stream only.
            Some(_) = streams.join_next() => {}
        }
    };
    streams.shutdown().await;
    drop(connection);
    inserter.close(ending).await
}

/// Reads one request, and responds to it.
async fn respond_to(
    request: http::Request<RecvStream>,
    respond: SendResponse<Bytes>,
    client: Option<[u8; 32]>,
    inserter: Inserter,
    record: Arc<Record>,
) {
    let (head, mut stream) = request.into_parts();
    let mut body = Vec::new();
    while let Some(piece) = stream.data().await {
        let Ok(piece) = piece else { return };
        if body.len() + piece.len() > MAX_BODY
            || stream.flow_control().release_capacity(piece.len()).is_err()
        {
            return;
        }
        body.extend_from_slice(&piece);
    }
    let request = recorded(&head, body, client);
    record.note(&request);
    let response = record.response_to(&request);
    Out { inserter, respond, sent: &record.sent }
        .write(&response, request.method() == "HEAD")
        .await;
}

/// Converts a request to the form of HTTP/1.1: its authority becomes the `host` header.
fn recorded(head: &http::request::Parts, body: Vec<u8>, client: Option<[u8; 32]>) -> Request {
    let mut headers: Vec<(String, String)> = Vec::new();
    headers
        .extend(head.uri.authority().map(|authority| ("host".to_owned(), authority.to_string())));
    let value = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.extend(head.headers.iter().map(|(name, text)| (name.to_string(), value(text))));
    let target = head.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let mut raw = format!("{} {target} HTTP/2\r\n", head.method).into_bytes();
    for (name, value) in &headers {
        raw.extend(format!("{name}: {value}\r\n").into_bytes());
    }
    raw.extend(b"\r\n");
    raw.extend(&body);
    Request::new(raw, Head::new(head.method.to_string(), target.to_owned(), headers), body, client)
}
