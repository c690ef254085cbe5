//! Parses the bytes of one request.
//!
//! The parser is strict. It rejects each form on which servers disagree: a bare line feed, a folded
//! header, two lengths. A test therefore never accepts a request that another server would read
//! differently.

use std::fmt;
use std::sync::Arc;

use percent_encoding::percent_decode_str;

/// A request as the API received it. A clone is cheap: it shares the bytes.
///
/// All methods except [`raw`](Self::raw) and [`body`](Self::body) replace bytes that are not UTF-8
/// with U+FFFD.
///
/// # Examples
///
/// ```
/// use secure_tool_testkit::hostile::{HostileApi, Response};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let api = HostileApi::builder("api.shop.example").start().await?;
/// api.respond_with(|request| match request.path_segments().as_slice() {
///     [_, id] => Response::json(format!(r#"{{"id": "{id}"}}"#)),
///     _ => Response::new(404, "text/plain", ""),
/// });
/// # Ok(())
/// # }
/// ```
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

    /// Returns the bytes of the request, decrypted: request line, headers, body, chunk framing and
    /// trailers.
    ///
    /// An HTTP/2 request is shown in the form of HTTP/1.1, with its authority as the `host` header.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Request;
    /// # fn check(request: &Request) {
    /// let leaked = request.raw().windows(6).any(|window| window == b"s3cret");
    /// # }
    /// ```
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        &self.0.raw
    }

    /// Returns the method as received.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Request;
    /// # fn check(request: &Request) {
    /// assert_eq!(request.method(), "GET");
    /// # }
    /// ```
    #[must_use]
    pub fn method(&self) -> &str {
        &self.0.head.method
    }

    /// Returns the request target as received: path and query, not decoded.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Request;
    /// # fn check(request: &Request) {
    /// assert!(!request.target().contains("%2e%2e"));
    /// # }
    /// ```
    #[must_use]
    pub fn target(&self) -> &str {
        &self.0.head.target
    }

    /// Returns the segments of the path: split at each `/`, then percent-decoded.
    ///
    /// The path `/a%2Fb/c` is `["a/b", "c"]`, and `/` is `[""]`.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Request;
    /// # fn check(request: &Request) {
    /// assert_eq!(request.path_segments(), ["v1", "products"]);
    /// # }
    /// ```
    #[must_use]
    pub fn path_segments(&self) -> Vec<String> {
        let path = self.target().split('?').next().unwrap_or_default();
        let path = path.strip_prefix('/').unwrap_or(path);
        path.split('/').map(percent_decoded).collect()
    }

    /// Returns the names and values of the query in order, decoded as a form: percent escapes, and
    /// `+` as a space.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Request;
    /// # fn check(request: &Request) {
    /// assert!(request.query_pairs().iter().all(|(name, _)| name != "role"));
    /// # }
    /// ```
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

    /// Returns all headers in order, with names as received and duplicates. Trailers are not
    /// included.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Request;
    /// # fn check(request: &Request) {
    /// assert!(request.headers().len() < 20);
    /// # }
    /// ```
    #[must_use]
    pub fn headers(&self) -> &[(String, String)] {
        &self.0.head.headers
    }

    /// Returns the value of the first header with this name. The case of the name is ignored.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Request;
    /// # fn check(request: &Request) {
    /// assert_eq!(request.header("authorization"), Some("Bearer s3cret"));
    /// # }
    /// ```
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.head.all(name).next()
    }

    /// Returns the body without chunk framing.
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Request;
    /// # fn check(request: &Request) {
    /// assert!(request.body().is_empty());
    /// # }
    /// ```
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.0.body
    }

    /// Returns the SHA-256 of the client certificate in DER, or `None` for a client without one.
    ///
    /// Compare it with [`ClientIdentity::sha256`](super::ClientIdentity::sha256).
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::{ClientIdentity, Request};
    /// # fn check(request: &Request, agent: &ClientIdentity) {
    /// assert_eq!(request.client_certificate(), Some(agent.sha256()));
    /// # }
    /// ```
    #[must_use]
    pub fn client_certificate(&self) -> Option<[u8; 32]> {
        self.0.client
    }

    /// Returns whether the request has a `connection: close` header.
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

/// Returns whether one of these headers is `connection: close`.
pub(super) fn says_close(headers: &[(String, String)]) -> bool {
    let connection = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("connection"));
    connection
        .flat_map(|(_, value)| value.split(','))
        .any(|token| token.trim().eq_ignore_ascii_case("close"))
}

/// The reason why bytes are not a request.
pub(super) type Why = &'static str;

/// The framing that determines the end of a body.
pub(super) enum Framing {
    Length(usize),
    Chunked,
}

/// The request line and the headers.
#[derive(Debug)]
pub(super) struct Head {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
}

impl Head {
    /// Returns the head of a request that the HTTP/2 library has parsed.
    pub(super) fn new(method: String, target: String, headers: Vec<(String, String)>) -> Self {
        Self { method, target, headers }
    }

    /// Parses a head, from its first byte to the empty line.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Why> {
        let bytes = bytes.strip_suffix(b"\r\n\r\n").ok_or("the head has no end")?;
        let mut lines = Lines(Some(bytes));
        let (method, target) = request_line(lines.next().unwrap_or_default())?;
        let headers = lines.map(header).collect::<Result<Vec<_>, _>>()?;
        let head = Self { method, target, headers };
        if head.all("host").count() != 1 {
            return Err("the request does not have exactly one host header");
        }
        Ok(head)
    }

    /// Returns the framing of the body.
    pub(super) fn framing(&self) -> Result<Framing, Why> {
        let mut lengths = self.all("content-length");
        let mut codings = self.all("transfer-encoding");
        match (lengths.next(), lengths.next(), codings.next(), codings.next()) {
            (None, _, None, _) => Ok(Framing::Length(0)),
            (Some(length), None, None, _) => content_length(length).map(Framing::Length),
            (None, _, Some(coding), None) if coding.eq_ignore_ascii_case("chunked") => {
                Ok(Framing::Chunked)
            }
            (None, _, Some(_), _) => Err("the transfer coding is not chunked"),
            _ => Err("the request has more than one length or transfer coding"),
        }
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers
            .iter()
            .filter(move |(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// The lines of a head, without CR LF.
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
    // A folded line begins with a space, so its name is not a token.
    if !is_token(name) {
        return Err("the name of a header is not a token");
    }
    let value = value.strip_prefix(b":").unwrap_or(value).trim_ascii();
    // The control characters include a bare line feed and NUL.
    if value.iter().any(|&b| b.is_ascii_control() && b != b'\t') {
        return Err("the value of a header has a control character");
    }
    Ok((lossy(name), lossy(value)))
}

fn content_length(value: &str) -> Result<usize, Why> {
    // `parse` accepts a sign; the grammar does not.
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
