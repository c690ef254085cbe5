//! What the hostile API says: a good answer, or one of its misbehaviours.

use std::sync::Arc;
use std::time::Duration;

use super::request::says_close;

/// One answer of a [`HostileApi`](super::HostileApi).
///
/// Nothing about it is checked: a header value may carry a line break, a `content-length` may lie. The framing headers
/// (`content-length`, `transfer-encoding`) are written only if the answer has none of its own, and the connection stays
/// open after an answer unless a `connection: close` header is on it.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: Body,
    /// After how many bytes of the body the connection ends.
    pub(super) hang_up: Option<u64>,
}

#[derive(Debug, Clone)]
pub(super) enum Body {
    Whole(Arc<[u8]>),
    /// A JSON string without an end.
    Endless,
    /// The same, a byte at a time.
    Drip(Duration),
    Silence,
    /// Not only the body: all that is written.
    Raw(Arc<[u8]>),
}

impl Answer {
    /// Status 200 with this body, as `application/json`. Whether it is JSON nobody checks.
    #[must_use]
    pub fn json(text: impl Into<Vec<u8>>) -> Self {
        Self::new(200, "application/json", text)
    }

    /// This status, content type and body.
    #[must_use]
    pub fn new(status: u16, content_type: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self::of(status, Body::Whole(body.into().into())).header("content-type", content_type)
    }

    /// Status 200 and a JSON string that never ends, in chunks, until the client closes the connection.
    #[must_use]
    pub fn huge() -> Self {
        Self::of(200, Body::Endless).header("content-type", "application/json")
    }

    /// Status 200 and headers at once, then a JSON string that never ends, one byte per `interval`. The first byte comes
    /// at once.
    #[must_use]
    pub fn drip(interval: Duration) -> Self {
        Self::of(200, Body::Drip(interval)).header("content-type", "application/json")
    }

    /// Nothing at all: the request is read, and so are those after it, and the connection stays open.
    #[must_use]
    pub fn silence() -> Self {
        Self::of(200, Body::Silence)
    }

    /// A redirect: this status, this `location`, no body.
    #[must_use]
    pub fn redirect(status: u16, location: impl Into<String>) -> Self {
        Self::of(status, Body::Whole(Arc::new([]))).header("location", location)
    }

    /// These bytes and nothing else, written to the TLS stream as they are; then the stream is closed as it should be.
    #[must_use]
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self::of(200, Body::Raw(bytes.into().into()))
    }

    /// Ends the connection after `n` bytes of the body, without the closing message of TLS; the headers still promise all
    /// of it. Of a [`raw`](Self::raw) answer every byte counts, of [`silence`](Self::silence) none is ever written.
    #[must_use]
    pub fn hang_up_after(mut self, n: u64) -> Self {
        self.hang_up = Some(n);
        self
    }

    /// Sets the status. It has no effect on a [`raw`](Self::raw) answer.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Adds a header after those that are there, duplicates too. It has no effect on a [`raw`](Self::raw) answer.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    fn of(status: u16, body: Body) -> Self {
        Self { status, headers: Vec::new(), body, hang_up: None }
    }

    /// Whether the answer says itself that the connection ends with it.
    pub(super) fn closes(&self) -> bool {
        says_close(&self.headers)
    }

    /// Whether a body without an end is written in chunks: not, if the answer claims a length for it.
    pub(super) fn is_chunked(&self) -> bool {
        matches!(self.body, Body::Endless | Body::Drip(_)) && !self.has("content-length")
    }

    /// Status line and headers, with the empty line.
    pub(super) fn head(&self) -> Vec<u8> {
        // The reason phrase may be empty (RFC 9112, 4), and nobody may rely on it.
        let mut lines = vec![format!("HTTP/1.1 {} ", self.status)];
        lines.extend(self.headers.iter().map(|(name, value)| format!("{name}: {value}")));
        lines.extend(self.framing());
        (lines.join("\r\n") + "\r\n\r\n").into_bytes()
    }

    fn framing(&self) -> Option<String> {
        if self.has("content-length") || self.has("transfer-encoding") {
            return None;
        }
        match &self.body {
            // RFC 9110, 8.6: these have no body, and may not name the length of one.
            Body::Whole(body) if body.is_empty() && matches!(self.status, 100..=199 | 204 | 304) => None,
            Body::Whole(body) => Some(format!("content-length: {}", body.len())),
            Body::Endless | Body::Drip(_) => Some("transfer-encoding: chunked".to_owned()),
            Body::Silence | Body::Raw(_) => None,
        }
    }

    fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name))
    }
}
