//! The bytes of one request in, its parts out.
//!
//! Strict: what the grammar of RFC 9112 leaves to the reader's mercy (a bare line feed, a folded
//! header, two lengths) is refused, so that a test never finds a request readable that some other
//! server would have read in another way.

use std::fmt;
use std::sync::Arc;

use percent_encoding::percent_decode_str;

/// A request as the API received it. Cloning it is cheap.
///
/// Bytes that are not UTF-8 appear as U+FFFD in everything but [`raw`](Self::raw) and
/// [`body`](Self::body).
#[derive(Clone)]
pub struct Request(Arc<Parts>);

struct Parts {
    raw: Vec<u8>,
    head: Head,
    body: Vec<u8>,
    client: Option<[u8; 32]>,
}

impl Request {
    pub(super) fn new(raw: Vec<u8>, head: Head, body: Vec<u8>, client: Option<[u8; 32]>) -> Self {
        Self(Arc::new(Parts { raw, head, body, client }))
    }

    /// Every byte of it as it came out of TLS: request line, headers, body with its chunk framing
    /// and trailers. Of a request over HTTP/2, which is packed, what it says: the same in the form
    /// of HTTP/1.1, with its authority as `host`, and the body.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        &self.0.raw
    }

    /// The method, as written.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.0.head.method
    }

    /// The request target, as written: path and query, nothing decoded.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.0.head.target
    }

    /// The path, split at the slashes that stand in it as slashes, then each piece percent-decoded.
    ///
    /// `/a%2Fb/c` is `["a/b", "c"]`, and `/` is `[""]`.
    #[must_use]
    pub fn path_segments(&self) -> Vec<String> {
        let path = self.target().split('?').next().unwrap_or_default();
        let path = path.strip_prefix('/').unwrap_or(path);
        path.split('/').map(percent_decoded).collect()
    }

    /// The query as names and values in their order, decoded as a form: percent escapes, and `+` as
    /// a space.
    #[must_use]
    pub fn query_pairs(&self) -> Vec<(String, String)> {
        let Some((_, query)) = self.target().split_once('?') else { return Vec::new() };
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        pairs
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (
                    percent_decoded(&name.replace('+', " ")),
                    percent_decoded(&value.replace('+', " ")),
                )
            })
            .collect()
    }

    /// All headers: names as written, in their order, duplicates kept. Trailers are not among them.
    #[must_use]
    pub fn headers(&self) -> &[(String, String)] {
        &self.0.head.headers
    }

    /// The first header of this name, in whatever case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.head.all(name).next()
    }

    /// The body without its chunk framing.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.0.body
    }

    /// The SHA-256 of the certificate that the client showed when it connected, in DER; `None` if
    /// it showed none. It is one of [`ClientIdentity::sha256`](super::ClientIdentity::sha256).
    #[must_use]
    pub fn client_certificate(&self) -> Option<[u8; 32]> {
        self.0.client
    }

    /// Whether the client said that this request is the last on its connection.
    pub(super) fn closes(&self) -> bool {
        says_close(self.headers())
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method())
            .field("target", &self.target())
            .field("headers", &self.headers())
            .field("body", &String::from_utf8_lossy(self.body()))
            .finish_non_exhaustive()
    }
}

fn percent_decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Whether one of these headers is `connection: close`.
pub(super) fn says_close(headers: &[(String, String)]) -> bool {
    let connection = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("connection"));
    connection
        .flat_map(|(_, value)| value.split(','))
        .any(|token| token.trim().eq_ignore_ascii_case("close"))
}

/// Why bytes are not a request.
pub(super) type Why = &'static str;

/// How the end of a body is known.
pub(super) enum Framing {
    Length(usize),
    Chunked,
}

/// Request line and headers.
#[derive(Debug)]
pub(super) struct Head {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
}

impl Head {
    /// The head of a request that somebody else has read.
    pub(super) fn new(method: String, target: String, headers: Vec<(String, String)>) -> Self {
        Self { method, target, headers }
    }

    /// Reads a head from its first byte to the empty line.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Why> {
        let bytes = bytes.strip_suffix(b"\r\n\r\n").ok_or("the head has no end")?;
        let mut lines = Lines(Some(bytes));
        let (method, target) = request_line(lines.next().unwrap_or_default())?;
        let headers = lines.map(header).collect::<Result<Vec<_>, _>>()?;
        let head = Self { method, target, headers };
        if head.all("host").count() != 1 {
            return Err("there must be one host header");
        }
        Ok(head)
    }

    /// How long the body is.
    pub(super) fn framing(&self) -> Result<Framing, Why> {
        let mut lengths = self.all("content-length");
        let mut codings = self.all("transfer-encoding");
        match (lengths.next(), lengths.next(), codings.next(), codings.next()) {
            (None, _, None, _) => Ok(Framing::Length(0)),
            (Some(length), None, None, _) => content_length(length).map(Framing::Length),
            (None, _, Some(coding), None) if coding.eq_ignore_ascii_case("chunked") => {
                Ok(Framing::Chunked)
            }
            (None, _, Some(_), _) => Err("the only transfer coding is chunked"),
            _ => Err("the length of the body is given twice"),
        }
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers
            .iter()
            .filter(move |(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// The pieces between carriage return and line feed pairs.
struct Lines<'a>(Option<&'a [u8]>);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.0.take()?;
        let Some(at) = rest.windows(2).position(|pair| pair == b"\r\n") else { return Some(rest) };
        let (line, after) = rest.split_at_checked(at)?;
        self.0 = after.get(2..);
        Some(line)
    }
}

fn request_line(line: &[u8]) -> Result<(String, String), Why> {
    let parts: Vec<&[u8]> = line.split(|&b| b == b' ').collect();
    let [method, target, version] = parts.as_slice() else {
        return Err("the request line is not method, target and version");
    };
    if !is_token(method) {
        return Err("the method is not a token");
    }
    if target.is_empty() || !target.iter().all(u8::is_ascii_graphic) {
        return Err("the target is not visible ASCII");
    }
    if *version != b"HTTP/1.1" {
        return Err("the version is not HTTP/1.1");
    }
    Ok((lossy(method), lossy(target)))
}

fn header(line: &[u8]) -> Result<(String, String), Why> {
    let colon = line.iter().position(|&b| b == b':').ok_or("a header has no colon")?;
    let (name, value) = line.split_at_checked(colon).ok_or("a header has no colon")?;
    // A folded line begins with a space, and so is not a token.
    if !is_token(name) {
        return Err("the name of a header is not a token");
    }
    let value = value.strip_prefix(b":").unwrap_or(value).trim_ascii();
    // A line feed without its carriage return is one of these, and so is a NUL.
    if value.iter().any(|&b| b.is_ascii_control() && b != b'\t') {
        return Err("the value of a header has a control character");
    }
    Ok((lossy(name), lossy(value)))
}

fn content_length(value: &str) -> Result<usize, Why> {
    // `parse` takes a sign; the grammar does not.
    let digits = Some(value).filter(|value| value.bytes().all(|b| b.is_ascii_digit()));
    digits.and_then(|digits| digits.parse().ok()).ok_or("the content length is not a number")
}

fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty()
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(b))
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
