//! Requests and responses as their signature covers them: takes a method, a URL, header fields and
//! a body, returns their exact parts.

use super::unverified::Unverified;
use super::view::{RequestView, ResponseView};

/// The maximum length of a URL, in bytes.
const ADDRESS: usize = 16 * 1024;
/// The maximum number of header fields in a message.
const FIELDS: usize = 128;
/// The maximum size of all names and values of header fields together, in bytes.
const FIELD_BYTES: usize = 64 * 1024;

/// A request to sign or to verify.
///
/// The URL is the full one: the origin that *you* configured for the receiver
/// (`https://hooks.corp.example`), then the path and the query as received, not decoded. Do not
/// take the origin from the `host` header field, which the sender controls.
///
/// ```
/// use secure_tool::signing::Request;
///
/// let request = Request::new("POST", "https://hooks.corp.example/orders?shop=7")
///     .field("content-type", b"application/json")
///     .body(br#"{"order":42}"#);
/// # let _ = request;
/// ```
#[derive(Debug, Clone)]
pub struct Request<'a> {
    pub(super) method: &'a str,
    pub(super) url: &'a str,
    pub(super) message: Message<'a>,
}

impl<'a> Request<'a> {
    /// Creates a request without header fields and with an empty body.
    #[must_use]
    pub fn new(method: &'a str, url: &'a str) -> Self {
        Self { method, url, message: Message::default() }
    }

    /// Adds a header field. A name may occur more than once, in the order of the message. Its case
    /// does not matter.
    #[must_use]
    pub fn field(mut self, name: &'a str, value: &'a [u8]) -> Self {
        self.message.fields.push((name, value));
        self
    }

    /// Adds header fields.
    #[must_use]
    pub fn fields(mut self, fields: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        self.message.fields.extend(fields);
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: &'a [u8]) -> Self {
        self.message.body = body;
        self
    }

    /// Returns a view of the request for a [`Signer`](super::Signer) or a
    /// [`Verifier`](super::Verifier).
    ///
    /// # Errors
    ///
    /// [`Unverified::Malformed`] if the method, the URL or a header field could be read in two ways,
    /// or is too large.
    ///
    /// ```
    /// use secure_tool::signing::Request;
    ///
    /// let request = Request::new("GET", "https://api.shop.example/v1/orders?page=2");
    /// assert_eq!(request.view()?.path(), "/v1/orders");
    /// # Ok::<(), secure_tool::signing::Unverified>(())
    /// ```
    pub fn view(&self) -> Result<RequestView<'_>, Unverified> {
        RequestView::new(self)
    }

    /// Returns the parts of the URL. An ambiguous URL is an error.
    pub(super) fn address(&self) -> Result<Address<'a>, Unverified> {
        Address::parse(self.url).ok_or(Unverified::Malformed)
    }

    /// Checks that the whole request is unambiguous and within the limits.
    pub(super) fn check(&self) -> Result<(), Unverified> {
        let is_token = !self.method.is_empty()
            && self.method.len() <= 32
            && self.method.bytes().all(is_token_byte);
        if !is_token {
            return Err(Unverified::Malformed);
        }
        self.address()?;
        self.message.check()
    }
}

/// A response to sign or to verify, together with the [`Request`] that caused it.
///
/// ```
/// use secure_tool::signing::Response;
///
/// let response = Response::new(200).field("content-type", b"application/json").body(br#"{"total":3}"#);
/// # let _ = response;
/// ```
#[derive(Debug, Clone)]
pub struct Response<'a> {
    pub(super) status: u16,
    pub(super) message: Message<'a>,
}

impl<'a> Response<'a> {
    /// Creates a response without header fields and with an empty body.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self { status, message: Message::default() }
    }

    /// Adds a header field. A name may occur more than once, in the order of the message. Its case
    /// does not matter.
    #[must_use]
    pub fn field(mut self, name: &'a str, value: &'a [u8]) -> Self {
        self.message.fields.push((name, value));
        self
    }

    /// Adds header fields.
    #[must_use]
    pub fn fields(mut self, fields: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        self.message.fields.extend(fields);
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: &'a [u8]) -> Self {
        self.message.body = body;
        self
    }
}

impl Response<'_> {
    /// Returns a view of the response for a [`Verifier`](super::Verifier).
    ///
    /// # Errors
    ///
    /// [`Unverified::Malformed`] if a header field could be read in two ways, or is too large.
    ///
    /// ```
    /// use secure_tool::signing::Response;
    ///
    /// assert_eq!(Response::new(204).view()?.status(), 204);
    /// # Ok::<(), secure_tool::signing::Unverified>(())
    /// ```
    pub fn view(&self) -> Result<ResponseView<'_>, Unverified> {
        ResponseView::new(self)
    }
}

/// The common part of requests and responses.
#[derive(Debug, Clone, Default)]
pub(super) struct Message<'a> {
    pub(super) fields: Vec<(&'a str, &'a [u8])>,
    pub(super) body: &'a [u8],
}

impl<'a> Message<'a> {
    /// Returns the values of all header fields with this name, in order and trimmed.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.fields
            .iter()
            .filter(move |(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim_ascii())
    }

    /// Returns the values of all header fields with this name, combined as in RFC 9110, section
    /// 5.3.
    pub(super) fn combined(&self, name: &str) -> Result<Option<String>, Unverified> {
        let values = self.all(name).map(text).collect::<Result<Vec<_>, _>>()?;
        Ok((!values.is_empty()).then(|| values.join(", ")))
    }

    pub(super) fn check(&self) -> Result<(), Unverified> {
        let bytes: usize = self.fields.iter().map(|(name, value)| name.len() + value.len()).sum();
        if self.fields.len() > FIELDS || bytes > FIELD_BYTES {
            return Err(Unverified::Malformed);
        }
        let sound = |(name, value): &(&str, &[u8])| {
            !name.is_empty()
                && name.bytes().all(is_token_byte)
                && !value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0))
        };
        if self.fields.iter().all(sound) { Ok(()) } else { Err(Unverified::Malformed) }
    }
}

/// Returns a value as text if it consists of visible ASCII, spaces and tabs.
pub(super) fn text(value: &[u8]) -> Result<&str, Unverified> {
    let plain = value.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t'));
    std::str::from_utf8(value).ok().filter(|_| plain).ok_or(Unverified::Malformed)
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// The parts of a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address<'a> {
    pub(super) scheme: &'static str,
    /// The host in lower case, without the default port of the scheme.
    pub(super) authority: String,
    /// Not empty.
    pub(super) path: &'a str,
    /// Without the question mark.
    pub(super) query: Option<&'a str>,
}

impl<'a> Address<'a> {
    fn parse(url: &'a str) -> Option<Self> {
        if url.len() > ADDRESS
            || !url.bytes().all(|byte| byte.is_ascii_graphic())
            || url.contains('#')
        {
            return None;
        }
        let (scheme, rest) = url.split_once("://")?;
        let (scheme, port) = match scheme.to_ascii_lowercase().as_str() {
            "https" => ("https", ":443"),
            "http" => ("http", ":80"),
            _ => return None,
        };
        let (authority, target) =
            rest.split_at_checked(rest.find(['/', '?']).unwrap_or(rest.len()))?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:[]".contains(&byte);
        if authority.is_empty() || !authority.bytes().all(plain) {
            return None;
        }
        let authority = authority.to_ascii_lowercase();
        let authority = authority.strip_suffix(port).unwrap_or(&authority).to_owned();
        let (path, query) =
            target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        Some(Self { scheme, authority, path: if path.is_empty() { "/" } else { path }, query })
    }

    /// Returns the query with its question mark. Without a query, the question mark alone.
    pub(super) fn query_or_mark(&self) -> String {
        format!("?{}", self.query.unwrap_or_default())
    }

    /// Returns the path and the query.
    pub(super) fn target(&self) -> String {
        self.query.map_or_else(|| self.path.to_owned(), |query| format!("{}?{query}", self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_split_unambiguously() {
        let address = Address::parse("HTTPS://Api.Shop.example:443?a=b?c").expect("sound");
        assert_eq!(
            address,
            Address {
                scheme: "https",
                authority: "api.shop.example".into(),
                path: "/",
                query: Some("a=b?c")
            }
        );
        let address = Address::parse("http://[::1]:8080/a//b%2Fc?").expect("sound");
        assert_eq!(
            address,
            Address {
                scheme: "http",
                authority: "[::1]:8080".into(),
                path: "/a//b%2Fc",
                query: Some("")
            }
        );
        assert_eq!((address.query_or_mark(), address.target()), ("?".into(), "/a//b%2Fc?".into()));
        for url in [
            "ftp://a.example/",
            "https://",
            "https:///a",
            "https://user@a.example/",
            "https://a.example/ b",
            "https://a.example/#b",
            "/a",
            "https://\u{e9}.example",
        ] {
            assert_eq!(Address::parse(url), None, "{url}");
        }
    }
}
