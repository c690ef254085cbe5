//! Serves connections, and records what they carry.

use std::fmt;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::HandshakeKind;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::http2;
use super::listener::Listener;
use super::request::{Request, Why};
use super::response::{Ending, Response};
use super::send::{After, send};
use super::tls::{HTTP2, sha256};
use super::wire::{Unread, Wire};

type Connection = Wire<TlsStream<TcpStream>>;
type Decide = dyn Fn(&Request) -> Response + Send + Sync;

/// The script of the API, and what it received.
pub(super) struct Record {
    decide: Mutex<Arc<Decide>>,
    requests: Mutex<Vec<Request>>,
    unreadable: Mutex<Vec<Vec<u8>>>,
    pub(super) handshakes: AtomicUsize,
    pub(super) resumptions: AtomicUsize,
    pub(super) open: AtomicUsize,
    pub(super) early: AtomicU64,
    pub(super) sent: AtomicU64,
}

impl Record {
    pub(super) fn new() -> Self {
        Self {
            decide: Mutex::new(Arc::new(|_: &Request| Response::json("{}"))),
            requests: Mutex::default(),
            unreadable: Mutex::default(),
            handshakes: AtomicUsize::new(0),
            resumptions: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
            early: AtomicU64::new(0),
            sent: AtomicU64::new(0),
        }
    }

    pub(super) fn decide_by(&self, decide: Arc<Decide>) {
        *lock(&self.decide) = decide;
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        lock(&self.requests).clone()
    }

    pub(super) fn unreadable(&self) -> Vec<Vec<u8>> {
        lock(&self.unreadable).clone()
    }

    pub(super) fn clear(&self) {
        lock(&self.requests).clear();
        lock(&self.unreadable).clear();
        self.handshakes.store(0, Ordering::Relaxed);
        self.resumptions.store(0, Ordering::Relaxed);
        self.early.store(0, Ordering::Relaxed);
        self.sent.store(0, Ordering::Relaxed);
    }

    /// Sends these responses in turn, then repeats the last one.
    pub(super) fn decide_in_turn(&self, responses: Vec<Response>) {
        let next = AtomicUsize::new(0);
        self.decide_by(Arc::new(move |_: &Request| {
            let at = next.fetch_add(1, Ordering::Relaxed);
            responses.get(at).or(responses.last()).cloned().unwrap_or_else(|| Response::json("{}"))
        }));
    }

    pub(super) fn note(&self, request: &Request) {
        lock(&self.requests).push(request.clone());
    }

    pub(super) fn response_to(&self, request: &Request) -> Response {
        // The closure runs without the lock, because it may set the response for the next request.
        let decide = Arc::clone(&lock(&self.decide));
        decide(request)
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("handshakes", &self.handshakes)
            .field("sent", &self.sent)
            .finish_non_exhaustive()
    }
}

/// Ignores poisoning: the data stays consistent when a thread panics.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves connections until the future is dropped, which also drops the connections.
pub(super) async fn serve(listener: Arc<Listener>, acceptor: TlsAcceptor, record: Arc<Record>) {
    // Accepting fails when file descriptors run out; retrying without a pause would spin.
    const PAUSE: Duration = Duration::from_millis(10);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(tcp) => {
                    connections.spawn(connection(tcp, acceptor.clone(), Arc::clone(&record)));
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
            // A panic of the test's closure ends its own connection only.
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Counts a connection as open until its task ends for any reason.
struct OpenCount(Arc<Record>);

impl OpenCount {
    fn new(record: Arc<Record>) -> Self {
        record.open.fetch_add(1, Ordering::Relaxed);
        Self(record)
    }
}

impl Drop for OpenCount {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn connection(tcp: TcpStream, acceptor: TlsAcceptor, record: Arc<Record>) {
    let _open = OpenCount::new(Arc::clone(&record));
    // Otherwise the system would collect the bytes of a drip and send them together. The call
    // fails only on a dead connection.
    let _ = tcp.set_nodelay(true);
    let Ok(mut stream) = acceptor.accept(tcp).await else { return };
    let tls = stream.get_mut().1;
    record.handshakes.fetch_add(1, Ordering::Relaxed);
    if tls.handshake_kind() == Some(HandshakeKind::Resumed) {
        record.resumptions.fetch_add(1, Ordering::Relaxed);
    }
    let client =
        tls.peer_certificates().and_then(<[_]>::first).map(|certificate| sha256(certificate));
    let mut early = Vec::new();
    if let Some(mut data) = tls.early_data() {
        // All early data is in memory, so reading it can't fail.
        let _ = data.read_to_end(&mut early);
    }
    record.early.fetch_add(u64::try_from(early.len()).unwrap_or(u64::MAX), Ordering::Relaxed);
    if stream.get_ref().1.alpn_protocol() == Some(HTTP2) {
        // An error means that the client has disconnected.
        let _ = http2::serve(stream, early, client, &record).await;
        return;
    }
    let mut wire = Wire::new(stream, early, client);
    // An error means that the client has disconnected.
    if let Ok(true) = respond_to_all(&mut wire, &record).await {
        return;
    }
    // The API sends no more responses on this connection, but records what arrives until the
    // client closes it.
    while next(&mut wire, &record).await.is_ok() {}
}

/// Responds to requests until the connection must end, and ends it.
///
/// Returns `true` if the connection can carry no more bytes.
async fn respond_to_all(wire: &mut Connection, record: &Record) -> io::Result<bool> {
    loop {
        let after = match next(wire, record).await {
            Ok(request) => {
                let after = send(
                    wire,
                    &record.response_to(&request),
                    request.method() == "HEAD",
                    &record.sent,
                )
                .await?;
                if after == After::Next && request.closes() {
                    After::End(Ending::Close)
                } else {
                    after
                }
            }
            Err(Some(why)) => {
                let response = Response::new(400, "text/plain", why).header("connection", "close");
                send(wire, &response, false, &record.sent).await?
            }
            Err(None) => After::Silence,
        };
        let tcp = wire.stream.get_mut().0;
        match after {
            After::Next => {}
            After::End(Ending::Close) => return wire.stream.shutdown().await.map(|()| false),
            After::End(Ending::HangUp) => return tcp.shutdown().await.map(|()| false),
            // The system sends RST when the connection is dropped.
            After::End(Ending::Reset) => return tcp.set_zero_linger().map(|()| true),
            After::Silence => return Ok(false),
        }
    }
}

/// Reads and records the next request.
///
/// The error is the reason for a rejection, or `None` if the client closed the connection.
async fn next(wire: &mut Connection, record: &Record) -> Result<Request, Option<Why>> {
    let (bytes, why) = match wire.request().await {
        Ok(request) => {
            record.note(&request);
            return Ok(request);
        }
        Err(Unread::Closed) => return Err(None),
        Err(Unread::Cut(bytes)) => (bytes, None),
        Err(Unread::Refused(bytes, why)) => (bytes, Some(why)),
    };
    lock(&record.unreadable).push(bytes);
    Err(why)
}
