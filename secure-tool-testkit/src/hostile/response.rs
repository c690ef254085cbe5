//! The responses of the hostile API: valid ones and each kind of misbehavior.

use std::sync::Arc;
use std::time::Duration;

use super::gzip;
use super::request::says_close;

/// A response of a [`HostileApi`](super::HostileApi).
///
/// It is not validated: a header value may contain a line break, and `content-length` may be wrong.
/// The API adds a framing header (`content-length` or `transfer-encoding`) only if the response has
/// neither. The connection stays open after the response, unless it has a `connection: close`
/// header.
///
/// # Examples
///
/// ```
/// use secure_tool_testkit::hostile::{Ending, Response};
/// use std::time::Duration;
///
/// let retry_later = Response::new(503, "text/plain", "").header("retry-after", "1");
/// let two_lengths =
///     Response::json("{}").header("content-length", "2").header("content-length", "200");
/// let utf_16 = Response::new(200, "application/json; charset=utf-16", *b"\xff\xfe{\0}\0");
/// let a_gigabyte_in_a_megabyte = Response::bomb(1 << 30);
/// let slow_first_byte = Response::json("{}").delayed(Duration::from_secs(2));
/// let cut_in_its_headers = Response::json("{}").cut_after(20, Ending::Reset);
/// ```
#[derive(Debug, Clone)]
pub struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    trailers: Vec<(String, String)>,
    chunked: bool,
    pub(super) body: Body,
    pub(super) pace: Pace,
    /// The number of body bytes after which the connection ends.
    pub(super) hang_up: Option<u64>,
    /// The number of bytes in total after which the connection ends, and how it ends.
    pub(super) cut: Option<(u64, Ending)>,
}

#[derive(Debug, Clone)]
pub(super) enum Body {
    Whole(Arc<[u8]>),
    /// An endless JSON string.
    Endless,
    /// Endless headers, and so no body.
    EndlessHeaders,
    Silence,
    /// Everything that is written, not only the body.
    Raw(Arc<[u8]>),
    /// The error code.
    ResetStream(u32),
    /// The error code.
    GoAway(u32),
    /// The number of headers, one byte each.
    HeaderBomb(usize),
}

/// The delays of a response, and what precedes it.
#[derive(Debug, Clone, Default)]
pub(super) struct Pace {
    pub(super) delay: Duration,
    pub(super) interim: u64,
    pub(super) floods: Vec<(Flood, u64)>,
    /// The pause after each byte of the status line and headers.
    pub(super) headers: Option<Duration>,
    /// The size of a piece of the body, and the pause after it.
    pub(super) body: Option<(usize, Duration)>,
}

/// A kind of HTTP/2 frame that [`Response::flood`] sends in large numbers.
///
/// # Examples
///
/// ```
/// use secure_tool_testkit::hostile::{Flood, Response};
///
/// let pinged = Response::json("{}").flood(Flood::Ping, 10_000);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flood {
    /// `RST_STREAM` for the request's stream. The first one ends the stream, so the response is too
    /// late.
    Reset,
    /// `PING`, which the client must acknowledge.
    Ping,
    /// `WINDOW_UPDATE` of the connection by 1 byte.
    Window,
    /// `DATA` without a payload. These frames follow the headers.
    EmptyData,
    /// `PUSH_PROMISE` for a response that the client did not request.
    Push,
    /// A frame of an undefined type, which the client must ignore.
    Unknown,
}

/// How the API ends a connection.
///
/// # Examples
///
/// ```
/// use secure_tool_testkit::hostile::{Ending, Response};
///
/// let truncated = Response::json("{}").cut_after(20, Ending::HangUp);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// A regular end: TLS's `close_notify`, then TCP's FIN.
    Close,
    /// TCP's FIN without `close_notify`, as an attacker on the network can send it.
    HangUp,
    /// TCP's RST.
    Reset,
}

impl Response {
    /// Returns a response with status 200 and this body, as `application/json`.
    ///
    /// The body may be invalid JSON.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Response;
    /// let cut = Response::json(r#"{"items": ["#);
    /// ```
    #[must_use]
    pub fn json(text: impl Into<Vec<u8>>) -> Self {
        Self::new(200, "application/json", text)
    }

    /// Returns a response with this status, content type and body.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Response;
    /// let failed = Response::new(500, "text/plain", "at db.rs:7: password=hunter2");
    /// ```
    #[must_use]
    pub fn new(status: u16, content_type: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self::of(status, Body::Whole(body.into().into())).header("content-type", content_type)
    }

    /// Returns a response with status 200 and this body in gzip, as `application/json`.
    ///
    /// Its `content-encoding` is `gzip`.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Response;
    /// let packed = Response::gzip(r#"{"items": []}"#);
    /// ```
    #[must_use]
    pub fn gzip(text: impl Into<Vec<u8>>) -> Self {
        Self::json(text).gzipped()
    }

    /// Returns a gzip bomb: status 200 and a JSON string of `unpacked` bytes, at least 2.
    ///
    /// The compressed body is about 1/1000 of that. [`gzipped`](Self::gzipped) nests it in a second
    /// bomb, which is smaller by about the same factor.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Response;
    /// let a_gigabyte_in_a_megabyte = Response::bomb(1 << 30);
    /// ```
    #[must_use]
    pub fn bomb(unpacked: u64) -> Self {
        Self::json(gzip::bomb(unpacked)).header("content-encoding", "gzip")
    }

    /// Returns a response with status 200 and an endless JSON string in chunks.
    ///
    /// It ends when the client closes the connection.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Response;
    /// let endless = Response::huge();
    /// ```
    #[must_use]
    pub fn huge() -> Self {
        Self::of(200, Body::Endless).header("content-type", "application/json")
    }

    /// Returns a response with status 200 and an endless JSON string, one byte per `interval`.
    ///
    /// The headers and the first byte are sent without a delay.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Response;
    /// # use std::time::Duration;
    /// let slow = Response::drip(Duration::from_secs(1));
    /// ```
    #[must_use]
    pub fn drip(interval: Duration) -> Self {
        Self::huge().trickled(1, interval)
    }

    /// Returns a response with status 200 and endless headers.
    ///
    /// It ends when the client closes the connection.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Response;
    /// let endless = Response::endless_headers();
    /// ```
    #[must_use]
    pub fn endless_headers() -> Self {
        Self::of(200, Body::EndlessHeaders)
    }

    /// Returns no response: the API reads this request and later ones, and keeps the connection
    /// open.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Response;
    /// let silent = Response::silence();
    /// ```
    #[must_use]
    pub fn silence() -> Self {
        Self::of(200, Body::Silence)
    }

    /// Returns a redirect with this status and `location`, and without a body.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Response;
    /// let internal = Response::redirect(302, "http://169.254.169.254/latest/meta-data");
    /// ```
    #[must_use]
    pub fn redirect(status: u16, location: impl Into<String>) -> Self {
        Self::of(status, Body::Whole(Arc::new([]))).header("location", location)
    }

    /// Resets the stream with this code (RFC 9113, 7) instead of a response.
    ///
    /// Over HTTP/1.1 it resets the connection.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Response;
    /// let cancelled = Response::reset_stream(8);
    /// ```
    #[must_use]
    pub fn reset_stream(code: u32) -> Self {
        Self::of(200, Body::ResetStream(code))
    }

    /// Sends `GOAWAY` with this code instead of a response, and closes the connection.
    ///
    /// The frame claims that the API has processed no request. Over HTTP/1.1 the API only closes
    /// the connection.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Response;
    /// let overloaded = Response::go_away(11);
    /// ```
    #[must_use]
    pub fn go_away(code: u32) -> Self {
        Self::of(200, Body::GoAway(code))
    }

    /// Returns a response with status 200, the body `{}` and this number of compressed headers.
    ///
    /// Each header takes 1 byte on the wire and 60 bytes in the client. HTTP/2 only: over HTTP/1.1
    /// the API closes the connection.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Response;
    /// let six_megabytes = Response::header_bomb(100_000);
    /// ```
    #[must_use]
    pub fn header_bomb(headers: usize) -> Self {
        Self::of(200, Body::HeaderBomb(headers))
    }

    /// Writes exactly these bytes to the TLS stream, then closes the stream with TLS's closing
    /// message.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Response;
    /// let no_reason = Response::raw("HTTP/1.1 200\r\ncontent-length: 50\r\n\r\n");
    /// ```
    #[must_use]
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self::of(200, Body::Raw(bytes.into().into()))
    }

    /// Compresses the body, and appends `gzip` to `content-encoding`.
    ///
    /// It has no effect on an endless body or a [`raw`](Self::raw) response.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Response;
    /// let twice = Response::gzip("[1, 2]").gzipped();
    /// ```
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

    /// Ends the connection after `n` bytes of the body, without TLS's closing message.
    ///
    /// The headers still promise the whole body. Over HTTP/2 the API resets the stream instead, and
    /// keeps the connection open. For a [`raw`](Self::raw) response each byte counts.
    /// [`silence`](Self::silence) writes no byte.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Response;
    /// let half = Response::json(r#"{"paid": false}"#).hang_up_after(9);
    /// ```
    #[must_use]
    pub fn hang_up_after(mut self, n: u64) -> Self {
        self.hang_up = Some(n);
        self
    }

    /// Ends the connection after `n` bytes in total, including headers, framing and interim
    /// responses.
    ///
    /// A shorter response ends the connection after its last byte.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::{Ending, Response};
    /// let cut_in_its_headers = Response::json("{}").cut_after(20, Ending::Reset);
    /// ```
    #[must_use]
    pub fn cut_after(mut self, n: u64, ending: Ending) -> Self {
        self.cut = Some((n, ending));
        self
    }

    /// Waits for this time before the first byte. Default: 0.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Response;
    /// # use std::time::Duration;
    /// let late = Response::json("{}").delayed(Duration::from_secs(2));
    /// ```
    #[must_use]
    pub fn delayed(mut self, by: Duration) -> Self {
        self.pace.delay = by;
        self
    }

    /// Sends `n` interim responses with status 103 before this one. Default: 0.
    ///
    /// With [`u64::MAX`] they never end.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Response;
    /// let flooded = Response::json("{}").interim(10_000);
    /// ```
    #[must_use]
    pub fn interim(mut self, n: u64) -> Self {
        self.pace.interim = n;
        self
    }

    /// Sends `n` frames of this kind before the response. HTTP/2 only.
    ///
    /// Several floods are sent in the order of the calls.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::{Flood, Response};
    /// let pinged = Response::json("{}").flood(Flood::Ping, 10_000);
    /// ```
    #[must_use]
    pub fn flood(mut self, flood: Flood, n: u64) -> Self {
        self.pace.floods.push((flood, n));
        self
    }

    /// Writes the status line and headers one byte at a time, and waits for `interval` after each
    /// byte.
    ///
    /// HTTP/1.1 only. Default: all at once.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Response;
    /// # use std::time::Duration;
    /// let slow = Response::json("{}").slow_headers(Duration::from_millis(100));
    /// ```
    #[must_use]
    pub fn slow_headers(mut self, interval: Duration) -> Self {
        self.pace.headers = Some(interval);
        self
    }

    /// Writes the body, or a [`raw`](Self::raw) response, in pieces of `bytes` with a pause between
    /// them.
    ///
    /// `bytes` is at least 1. Default: no pause.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Response;
    /// # use std::time::Duration;
    /// let slow = Response::json("{}").trickled(1, Duration::from_secs(2));
    /// ```
    #[must_use]
    pub fn trickled(mut self, bytes: usize, pause: Duration) -> Self {
        self.pace.body = Some((bytes.max(1), pause));
        self
    }

    /// Writes the body in chunks, whatever the headers claim. HTTP/1.1 only.
    ///
    /// It adds `transfer-encoding: chunked`, unless the response has that header or
    /// `content-length`.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Response;
    /// let wrong = Response::json("{}").header("transfer-encoding", "xchunked").chunked();
    /// ```
    #[must_use]
    pub fn chunked(mut self) -> Self {
        self.chunked = true;
        self
    }

    /// Adds a trailer, and writes the body [in chunks](Self::chunked), which a trailer requires.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Response;
    /// let forbidden = Response::json("{}").trailer("content-length", "5000");
    /// ```
    #[must_use]
    pub fn trailer(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.trailers.push((name.into(), value.into()));
        self.chunked()
    }

    /// Sets the status. It has no effect on a [`raw`](Self::raw) response.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Response;
    /// let forbidden = Response::json("{}").status(403);
    /// ```
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Appends a header, and keeps earlier ones of the same name.
    ///
    /// It has no effect on a [`raw`](Self::raw) response.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Response;
    /// let two = Response::json("{}").header("set-cookie", "a=1").header("set-cookie", "b=2");
    /// ```
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds `count` headers named `x-0`, `x-1` and so on, each with a value of `bytes` letters.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Response;
    /// let a_megabyte = Response::json("{}").many_headers(1_000, 1_000);
    /// ```
    #[must_use]
    pub fn many_headers(self, count: usize, bytes: usize) -> Self {
        (0..count).fold(self, |response, n| response.header(format!("x-{n}"), "a".repeat(bytes)))
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

    /// Returns all headers for HTTP/2, including framing headers.
    pub(super) fn fields(&self) -> Vec<(String, String)> {
        let framing = self.framing().filter(|(name, _)| name != "transfer-encoding");
        self.headers.iter().cloned().chain(framing).collect()
    }

    pub(super) fn trailers(&self) -> &[(String, String)] {
        &self.trailers
    }

    /// Returns whether the response has a `connection: close` header.
    pub(super) fn closes(&self) -> bool {
        says_close(&self.headers)
    }

    /// Returns whether the body is written in chunks. An endless body is, unless the response
    /// claims a length.
    pub(super) fn is_chunked(&self) -> bool {
        self.chunked || matches!(self.body, Body::Endless) && !self.has("content-length")
    }

    /// Returns the status line, the headers and the empty line. Endless headers have no empty line.
    pub(super) fn head(&self) -> Vec<u8> {
        // The reason phrase may be empty (RFC 9112, 4).
        let head = format!("HTTP/1.1 {} \r\n{}", self.status, fields(&self.headers));
        let end = if matches!(self.body, Body::EndlessHeaders) { "" } else { "\r\n" };
        format!("{head}{}{end}", fields(self.framing().as_slice())).into_bytes()
    }

    /// Returns the trailers after the last chunk, and the empty line.
    pub(super) fn tail(&self) -> String {
        fields(&self.trailers) + "\r\n"
    }

    fn framing(&self) -> Option<(String, String)> {
        if self.has("content-length") || self.has("transfer-encoding") {
            return None;
        }
        let (name, value) = match &self.body {
            _ if self.is_chunked() => ("transfer-encoding", "chunked".to_owned()),
            // RFC 9110, 8.6: these have no body and must not have a `content-length`.
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

/// Formats headers, one line each.
fn fields(headers: &[(String, String)]) -> String {
    headers.iter().map(|(name, value)| [name, ": ", value, "\r\n"].concat()).collect()
}
