//! What the hostile API says: a good response, or one of its misbehaviours.

use std::sync::Arc;
use std::time::Duration;

use super::gzip;
use super::request::says_close;

/// One response of a [`HostileApi`](super::HostileApi).
///
/// Nothing about it is checked: a header value may carry a line break, a `content-length` may lie.
/// The framing headers (`content-length`, `transfer-encoding`) are written only if the response has
/// none of its own, and the connection stays open after a response unless a `connection: close`
/// header is on it.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use secure_tool_testkit::hostile::{Response, Ending};
///
/// let told_to_wait = Response::new(503, "text/plain", "").header("retry-after", "1");
/// let two_lengths = Response::json("{}").header("content-length", "2").header("content-length", "200");
/// let another_charset = Response::new(200, "application/json; charset=utf-16", *b"\xff\xfe{\0}\0");
/// let a_gigabyte_in_a_megabyte = Response::bomb(1 << 30);
/// let a_flood_before_the_answer = Response::json("{}").interim(10_000);
/// let slow_to_begin = Response::json("{}").delayed(Duration::from_secs(2));
/// let slow_to_go_on = Response::json("{}").trickled(1, Duration::from_secs(2));
/// let cut_in_its_head = Response::json("{}").cut_after(20, Ending::Reset);
/// let forbidden_trailer = Response::json("{}").trailer("content-length", "5000");
/// let no_such_coding = Response::json("{}").header("transfer-encoding", "xchunked").chunked();
/// ```
#[derive(Debug, Clone)]
pub struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    trailers: Vec<(String, String)>,
    chunked: bool,
    pub(super) body: Body,
    pub(super) pace: Pace,
    /// After how many bytes of the body the connection ends.
    pub(super) hang_up: Option<u64>,
    /// After how many bytes of all the connection ends, and how.
    pub(super) cut: Option<(u64, Ending)>,
}

#[derive(Debug, Clone)]
pub(super) enum Body {
    Whole(Arc<[u8]>),
    /// A JSON string without an end.
    Endless,
    /// Not even the head ends.
    EndlessHead,
    Silence,
    /// Not only the body: all that is written.
    Raw(Arc<[u8]>),
    /// With this code.
    ResetStream(u32),
    /// With this code.
    GoAway(u32),
    /// So many headers, a byte each.
    HeaderBomb(usize),
}

/// What is slow about a response, and what comes before it.
#[derive(Debug, Clone, Default)]
pub(super) struct Pace {
    pub(super) delay: Duration,
    pub(super) interim: u64,
    pub(super) floods: Vec<(Flood, u64)>,
    /// How long after each byte of the head.
    pub(super) head: Option<Duration>,
    /// How many bytes of the body at a time, and how long after them.
    pub(super) body: Option<(usize, Duration)>,
}

/// Frames of HTTP/2 that come in great numbers, for [`Response::flood`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flood {
    /// The stream of the request is reset. The first ends it, and the response comes too late.
    Reset,
    /// A ping, which the client has to response.
    Ping,
    /// The client may send one byte more.
    Window,
    /// A piece of the body that is empty. They come after the head.
    EmptyData,
    /// The promise of a response that nobody asked for.
    Push,
    /// A frame of a kind that is not defined, which must be ignored.
    Unknown,
}

/// How a connection ends that shall not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// As it should: TLS says that it ends, then TCP does.
    Close,
    /// TCP ends, and TLS does not say so: who cut the line knows no more.
    HangUp,
    /// TCP is reset.
    Reset,
}

impl Response {
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

    /// Status 200 and this body as `application/json`, compressed, with a `content-encoding` that
    /// says so.
    #[must_use]
    pub fn gzip(text: impl Into<Vec<u8>>) -> Self {
        Self::json(text).gzipped()
    }

    /// Status 200 and a JSON string that is so many bytes long when it is unpacked (two at least),
    /// and a thousandth of that until then. [`gzipped`](Self::gzipped) makes a bomb in a bomb of
    /// it, a thousand times as small again.
    #[must_use]
    pub fn bomb(unpacked: u64) -> Self {
        Self::json(gzip::bomb(unpacked)).header("content-encoding", "gzip")
    }

    /// Status 200 and a JSON string that never ends, in chunks, until the client closes the
    /// connection.
    #[must_use]
    pub fn huge() -> Self {
        Self::of(200, Body::Endless).header("content-type", "application/json")
    }

    /// Status 200 and headers at once, then a JSON string that never ends, one byte per `interval`.
    /// The first byte comes at once.
    #[must_use]
    pub fn drip(interval: Duration) -> Self {
        Self::huge().trickled(1, interval)
    }

    /// Status 200 and headers without an end, until the client closes the connection.
    #[must_use]
    pub fn endless_head() -> Self {
        Self::of(200, Body::EndlessHead)
    }

    /// Nothing at all: the request is read, and so are those after it, and the connection stays
    /// open.
    #[must_use]
    pub fn silence() -> Self {
        Self::of(200, Body::Silence)
    }

    /// A redirect: this status, this `location`, no body.
    #[must_use]
    pub fn redirect(status: u16, location: impl Into<String>) -> Self {
        Self::of(status, Body::Whole(Arc::new([]))).header("location", location)
    }

    /// No response: the stream is reset with this code (RFC 9113, 7). Over HTTP/1.1, the connection
    /// is.
    #[must_use]
    pub fn reset_stream(code: u32) -> Self {
        Self::of(200, Body::ResetStream(code))
    }

    /// No response: the server says, with this code, that it has looked at no request, and closes the
    /// connection. Over HTTP/1.1 it closes it.
    #[must_use]
    pub fn go_away(code: u32) -> Self {
        Self::of(200, Body::GoAway(code))
    }

    /// Status 200, the body `{}`, and so many headers, of which each is one byte on the wire and 60
    /// in the client. HTTP/2 only; over HTTP/1.1 the connection is closed.
    #[must_use]
    pub fn header_bomb(headers: usize) -> Self {
        Self::of(200, Body::HeaderBomb(headers))
    }

    /// These bytes and nothing else, written to the TLS stream as they are; then the stream is
    /// closed as it should be.
    #[must_use]
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self::of(200, Body::Raw(bytes.into().into()))
    }

    /// Compresses the body, and says so in `content-encoding`, after what stands there already. It
    /// has no effect on a body without an end, and none on a [`raw`](Self::raw) response.
    #[must_use]
    pub fn gzipped(mut self) -> Self {
        let Body::Whole(body) = &self.body else { return self };
        self.body = Body::Whole(gzip::gzip(body).into());
        match self
            .headers
            .iter_mut()
            .find(|(name, _)| name.eq_ignore_ascii_case("content-encoding"))
        {
            Some((_, codings)) => {
                codings.push_str(", gzip");
                self
            }
            None => self.header("content-encoding", "gzip"),
        }
    }

    /// Ends the connection after `n` bytes of the body, without the closing message of TLS; the
    /// headers still promise all of it. Over HTTP/2 its stream is reset, and the connection stays.
    /// Of a [`raw`](Self::raw) response every byte counts, of [`silence`](Self::silence) none is ever
    /// written.
    #[must_use]
    pub fn hang_up_after(mut self, n: u64) -> Self {
        self.hang_up = Some(n);
        self
    }

    /// Ends the connection after `n` bytes of all that is written, head, framing and interim
    /// responses included, or with the response if that is shorter.
    #[must_use]
    pub fn cut_after(mut self, n: u64, ending: Ending) -> Self {
        self.cut = Some((n, ending));
        self
    }

    /// Writes nothing for so long.
    #[must_use]
    pub fn delayed(mut self, by: Duration) -> Self {
        self.pace.delay = by;
        self
    }

    /// Sends `n` responses of status 103 before this one; with [`u64::MAX`] it never comes to this
    /// one.
    #[must_use]
    pub fn interim(mut self, n: u64) -> Self {
        self.pace.interim = n;
        self
    }

    /// Sends `n` such frames before the response; each flood that was asked for, in turn. HTTP/2
    /// only.
    #[must_use]
    pub fn flood(mut self, flood: Flood, n: u64) -> Self {
        self.pace.floods.push((flood, n));
        self
    }

    /// Writes the head a byte at a time, with a pause of `interval` after each. HTTP/1.1 only.
    #[must_use]
    pub fn slow_head(mut self, interval: Duration) -> Self {
        self.pace.head = Some(interval);
        self
    }

    /// Writes the body, or a [`raw`](Self::raw) response, so many bytes at a time, with a pause
    /// between.
    #[must_use]
    pub fn trickled(mut self, bytes: usize, pause: Duration) -> Self {
        self.pace.body = Some((bytes.max(1), pause));
        self
    }

    /// Writes the body in chunks, whatever the headers say. Without a `transfer-encoding` of its
    /// own the response gets one that says so. HTTP/1.1 only.
    #[must_use]
    pub fn chunked(mut self) -> Self {
        self.chunked = true;
        self
    }

    /// Adds a trailer, and writes the body [in chunks](Self::chunked), as it must be before one.
    #[must_use]
    pub fn trailer(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.trailers.push((name.into(), value.into()));
        self.chunked()
    }

    /// Sets the status. It has no effect on a [`raw`](Self::raw) response.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Adds a header after those that are there, duplicates too. It has no effect on a
    /// [`raw`](Self::raw) response.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds `count` headers, `x-0` and so on, each with a value of `bytes` letters.
    #[must_use]
    pub fn many_headers(self, count: usize, bytes: usize) -> Self {
        (0..count).fold(self, |response, number| {
            response.header(format!("x-{number}"), "a".repeat(bytes))
        })
    }

    fn of(status: u16, body: Body) -> Self {
        Self {
            status,
            headers: Vec::new(),
            trailers: Vec::new(),
            chunked: false,
            body,
            pace: Pace::default(),
            hang_up: None,
            cut: None,
        }
    }

    pub(super) fn status_code(&self) -> u16 {
        self.status
    }

    /// All headers, framing included, for HTTP/2.
    pub(super) fn fields(&self) -> Vec<(String, String)> {
        let framing = self.framing().filter(|(name, _)| name != "transfer-encoding");
        self.headers.iter().cloned().chain(framing).collect()
    }

    pub(super) fn trailers(&self) -> &[(String, String)] {
        &self.trailers
    }

    /// Whether the response says itself that the connection ends with it.
    pub(super) fn closes(&self) -> bool {
        says_close(&self.headers)
    }

    /// Whether the body is written in chunks. One without an end is, if the response claims no length
    /// for it.
    pub(super) fn is_chunked(&self) -> bool {
        self.chunked || matches!(self.body, Body::Endless) && !self.has("content-length")
    }

    /// Status line and headers, with the empty line, which an endless head has not.
    pub(super) fn head(&self) -> Vec<u8> {
        // The reason phrase may be empty (RFC 9112, 4), and nobody may rely on it.
        let head = format!("HTTP/1.1 {} \r\n{}", self.status, fields(&self.headers));
        let end = if matches!(self.body, Body::EndlessHead) { "" } else { "\r\n" };
        format!("{head}{}{end}", fields(self.framing().as_slice())).into_bytes()
    }

    /// What follows the last chunk, with the empty line.
    pub(super) fn tail(&self) -> String {
        fields(&self.trailers) + "\r\n"
    }

    fn framing(&self) -> Option<(String, String)> {
        if self.has("content-length") || self.has("transfer-encoding") {
            return None;
        }
        let (name, value) = match &self.body {
            _ if self.is_chunked() => ("transfer-encoding", "chunked".to_owned()),
            // RFC 9110, 8.6: these have no body, and may not name the length of one.
            Body::Whole(body)
                if body.is_empty() && matches!(self.status, 100..=199 | 204 | 304) =>
            {
                return None;
            }
            Body::Whole(body) => ("content-length", body.len().to_string()),
            _ => return None,
        };
        Some((name.to_owned(), value))
    }

    fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name))
    }
}

/// Lines of headers.
fn fields(headers: &[(String, String)]) -> String {
    headers.iter().map(|(name, value)| [name, ": ", value, "\r\n"].concat()).collect()
}
