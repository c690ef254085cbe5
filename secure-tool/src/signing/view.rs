//! Checked views of messages: takes a request or a response, returns its unambiguous parts. Schemes
//! sign and verify views only.

use std::fmt;

use super::message::{Address, Message, Request, Response, text};
use super::unverified::Unverified;

/// A request whose method, URL and header fields are valid, as a [`Signer`](super::Signer) or a
/// [`Verifier`](super::Verifier) sees it. [`Request::view`] creates one.
///
/// A guard passes a signer the request that it sends: the method, the URL, the header fields of the
/// API and the tool, `content-type`, and the body. It never passes the credential. The transport
/// adds a few fields afterwards, such as `host`, `accept` and `content-length`.
///
/// `Debug` shows the method, the authority, the path and the size of the body only.
#[derive(Clone)]
pub struct RequestView<'a> {
    pub(super) request: &'a Request<'a>,
    address: Address<'a>,
}

impl<'a> RequestView<'a> {
    pub(super) fn new(request: &'a Request<'a>) -> Result<Self, Unverified> {
        request.check()?;
        Ok(Self { request, address: request.address()? })
    }

    /// Returns the method, such as `POST`.
    #[must_use]
    pub fn method(&self) -> &'a str {
        self.request.method
    }

    /// Returns the whole URL, not decoded.
    #[must_use]
    pub fn url(&self) -> &'a str {
        self.request.url
    }

    /// Returns the host in lower case, with the port unless it is the default of the scheme.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.address.authority
    }

    /// Returns the path, not decoded. It starts with `/`.
    #[must_use]
    pub fn path(&self) -> &'a str {
        self.address.path
    }

    /// Returns the query without its question mark, not decoded.
    #[must_use]
    pub fn query(&self) -> Option<&'a str> {
        self.address.query
    }

    /// Returns the value of a header field, or `None` if the request has no such field. The case of
    /// the name does not matter.
    ///
    /// # Errors
    ///
    /// [`Unverified::Malformed`] if the request has the field twice, or the value is not printable
    /// ASCII.
    ///
    /// ```
    /// use secure_tool::signing::{Request, Unverified};
    ///
    /// let request = Request::new("GET", "https://api.shop.example/").field("X-Id", b"7");
    /// assert_eq!(request.view()?.header("x-id")?, Some("7"));
    /// let twice = request.field("x-id", b"8");
    /// assert_eq!(twice.view()?.header("x-id"), Err(Unverified::Malformed));
    /// # Ok::<(), Unverified>(())
    /// ```
    pub fn header(&self, name: &str) -> Result<Option<&'a str>, Unverified> {
        self.request.message.once(name)
    }

    /// Returns all header fields in the order of the message.
    pub fn headers(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        self.request.message.fields.iter().copied()
    }

    /// Returns the body.
    #[must_use]
    pub fn body(&self) -> &'a [u8] {
        self.request.message.body
    }
}

impl fmt::Debug for RequestView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestView")
            .field("method", &self.method())
            .field("authority", &self.authority())
            .field("path", &self.path())
            .field("bytes", &self.body().len())
            .finish_non_exhaustive()
    }
}

/// A response whose header fields are valid, as a [`Verifier`](super::Verifier) sees it.
///
/// `Debug` shows the status and the size of the body only.
#[derive(Clone)]
pub struct ResponseView<'a> {
    pub(super) response: &'a Response<'a>,
}

impl<'a> ResponseView<'a> {
    pub(super) fn new(response: &'a Response<'a>) -> Result<Self, Unverified> {
        response.message.check()?;
        Ok(Self { response })
    }

    fn message(&self) -> &'a Message<'a> {
        &self.response.message
    }

    /// Returns the status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.response.status
    }

    /// Returns the value of a header field, or `None` if the response has no such field. The case
    /// of the name does not matter.
    ///
    /// # Errors
    ///
    /// [`Unverified::Malformed`] if the response has the field twice, or the value is not printable
    /// ASCII.
    pub fn header(&self, name: &str) -> Result<Option<&'a str>, Unverified> {
        self.message().once(name)
    }

    /// Returns all header fields in the order of the message.
    pub fn headers(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        self.message().fields.iter().copied()
    }

    /// Returns the body.
    #[must_use]
    pub fn body(&self) -> &'a [u8] {
        self.message().body
    }
}

impl fmt::Debug for ResponseView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseView")
            .field("status", &self.status())
            .field("bytes", &self.body().len())
            .finish_non_exhaustive()
    }
}

impl<'a> Message<'a> {
    /// Returns the value of a field that occurs at most once.
    fn once(&self, name: &str) -> Result<Option<&'a str>, Unverified> {
        let mut all = self.all(name);
        match (all.next(), all.next()) {
            (None, _) => Ok(None),
            (Some(value), None) => text(value).map(Some),
            (Some(_), Some(_)) => Err(Unverified::Malformed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicate_and_non_ascii_headers_are_rejected() {
        let request = Request::new("POST", "https://API.shop.example:443/v1/a?b=c")
            .field("X-One", b" 1 ")
            .field("x-two", b"1")
            .field("X-Two", b"2")
            .field("x-byte", b"\xff")
            .body(b"secret text");
        let view = request.view().expect("a valid request");
        assert_eq!((view.authority(), view.path()), ("api.shop.example", "/v1/a"));
        assert_eq!((view.query(), view.method()), (Some("b=c"), "POST"));
        assert_eq!(view.header("x-one"), Ok(Some("1")));
        assert_eq!(view.header("x-none"), Ok(None));
        assert_eq!(view.header("x-two"), Err(Unverified::Malformed));
        assert_eq!(view.header("x-byte"), Err(Unverified::Malformed));
        assert!(!format!("{view:?}").contains("secret"), "{view:?}");
    }

    #[test]
    fn ambiguous_requests_have_no_view() {
        for request in [
            Request::new("GET\nhost", "https://a.example/"),
            Request::new("GET", "https://user@a.example/"),
            Request::new("GET", "https://a.example/").field("x", b"1\nhost: b"),
        ] {
            assert_eq!(request.view().map(drop), Err(Unverified::Malformed), "{request:?}");
        }
    }
}
