//! An https URL that every parser reads alike.

use std::borrow::Cow;

use reqwest::Url;
use secure_tool_text::host_name::host_flaw;

use crate::spec::{Kind, Named, SecureValue, Shape};

/// A URL, `https://host/path?query`, of at most 2048 characters, with a single interpretation.
///
/// The parser of the [URL standard](https://url.spec.whatwg.org/), which the transport uses, must
/// return the text unchanged. The text must also have the narrow form on which older parsers agree.
/// These are rejected:
///
/// | rejected | reason |
/// |--|--|
/// | another scheme than `https`, also `HTTPS` | unencrypted, or another protocol |
/// | user names (`https://shop.example@evil.example`) | parsers disagree about the host |
/// | numeric hosts; names without a dot; local names | they reach the machine or its network |
/// | a port, also `:443` | other ports are other services |
/// | a fragment | it is not sent, and some parsers end the host at it |
/// | non-ASCII, space, `\` and others outside of [RFC 3986] | some parsers drop or convert them |
/// | `//` before the path; segments `.` and `..`, also encoded | parsers resolve them differently |
/// | `%` without two hex digits; encoded control characters | decoding them can start a new line |
///
/// [RFC 3986]: https://www.rfc-editor.org/rfc/rfc3986#section-3.3
///
/// A host in another script is written in its `xn--` form, which must survive decoding and
/// encoding. This form is shown to people and models and is used in comparisons, so a homoglyph
/// never makes two hosts equal.
///
/// A valid URL may still lead anywhere. An argument of this type declares its domains with
/// `#[secure(domains("shop.example"))]`; otherwise the tool does not compile (ST0004). The
/// transport checks the connection's destination separately.
///
/// ```
/// use secure_tool::value::WebUrl;
///
/// let url: WebUrl = "https://shop.example/kettles?page=2".parse()?;
/// assert_eq!(url.host(), "shop.example");
/// for refused in ["http://shop.example/", "https://127.1/", "https://shop.example@evil.example/", "https://shop.example\\@evil.example/"] {
///     assert!(refused.parse::<WebUrl>().is_err());
/// }
/// # Ok::<(), secure_tool::value::NotOne>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WebUrl(String);

impl WebUrl {
    const MAX_LENGTH: u32 = 2048; // a common limit of browsers and servers
    pub(crate) const PATTERN: Option<&'static str> = Some(
        "https://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*(?:\\?(?:[A-Za-z0-9._~!$&()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?)?",
    );

    fn parse(text: &str) -> Option<Self> {
        is_web_url(text).then(|| Self(text.to_owned()))
    }

    /// Returns the host, an ASCII name in lower case.
    #[must_use]
    pub fn host(&self) -> &str {
        split(&self.0).map_or("", |(host, _)| host)
    }

    /// Returns the path and the query, starting at the first slash.
    pub(crate) fn path_and_query(&self) -> &str {
        split(&self.0).map_or("/", |(_, rest)| if rest.is_empty() { "/" } else { rest })
    }
}

crate::value::text_value!(WebUrl, Some("uri"));

/// Returns the host and the rest, which is empty or starts with a slash.
fn split(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("https://")?;
    Some(rest.split_at(rest.find('/').unwrap_or(rest.len())))
}

/// Returns the host of a URL.
pub(crate) fn host_of(text: &str) -> Option<&str> {
    split(text).map(|(host, _)| host)
}

pub(crate) fn is_web_url(text: &str) -> bool {
    let Some((host, rest)) = split(text) else { return false };
    text.len() <= WebUrl::MAX_LENGTH as usize
        && host_flaw(host).is_none()
        && !rest.starts_with("//")
        && has_plain_characters(rest)
        && is_read_as_written(text, host, rest)
}

/// Checks for the characters of RFC 3986, at most one `?`, which begins the query, and valid
/// percent-encoding without encoded control characters.
fn has_plain_characters(path_and_query: &str) -> bool {
    let is_digit = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_hexdigit());
    let mut bytes = path_and_query.bytes();
    while let Some(byte) = bytes.next() {
        let sound = match byte {
            b'%' => match (bytes.next(), bytes.next()) {
                (Some(b'0' | b'1'), _) | (Some(b'7'), Some(b'f' | b'F')) => false,
                (high, low) => is_digit(high) && is_digit(low),
            },
            _ => byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?".contains(&byte),
        };
        if !sound {
            return false;
        }
    }
    true
}

/// Returns whether the transport's parser keeps the text unchanged. It may add the slash after a
/// host without a path.
fn is_read_as_written(text: &str, host: &str, rest: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        let same = if rest.is_empty() {
            url.as_str().strip_suffix('/') == Some(text)
        } else {
            url.as_str() == text
        };
        same && url.domain() == Some(host)
    })
}

/// Returns the form for comparison, with a slash after the host. For a URL typed by a user, scheme
/// and host are also converted to lower case, and the fragment is removed.
pub(crate) fn canonical(text: &str) -> Cow<'_, str> {
    let whole = text.split_once('#').map_or(text, |(whole, _)| whole);
    let Some((scheme, rest)) = whole.split_once("://") else { return text.into() };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let is_lower = |text: &str| !text.bytes().any(|b| b.is_ascii_uppercase());
    if whole == text && is_lower(scheme) && is_lower(host) && !path.is_empty() {
        return text.into();
    }
    let path = if path.is_empty() { "/" } else { path };
    format!("{}://{}{path}", scheme.to_ascii_lowercase(), host.to_ascii_lowercase()).into()
}

impl SecureValue for WebUrl {
    const SHAPE: &'static Shape = &Shape::Named(&Named {
        kind: Kind::WebUrl,
        name: "WebUrl",
        pattern: Self::PATTERN,
        max_length: Some(Self::MAX_LENGTH),
        closed: false, // a path can contain a sentence
        accepts: Some(is_web_url),
        canonical: Some(canonical),
        ..Named::DEFAULT
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_urls_are_accepted_unchanged() {
        for good in [
            "https://shop.example",
            "https://shop.example/",
            "https://www.shop.example/a/b.html?x=1&y=a+b%20c",
            "https://shop.example/@ann/kettles;v=2/(blue)",
            "https://shop.example/?next=https://shop.example/b?c=d@e:f",
            "https://xn--bcher-kva.example/%C3%BC",
            "https://shop.xn--p1ai/a//b",
            "https://shop.example/~ann/!$&'()*+,;=:@-._",
        ] {
            let url: WebUrl = good.parse().expect(good);
            assert_eq!(url.as_str(), good);
            let pattern =
                regex::Regex::new(&format!("^(?:{})$", WebUrl::PATTERN.unwrap_or_default()))
                    .expect("it compiles");
            assert!(pattern.is_match(good), "{good}");
        }
    }

    #[test]
    fn host_and_path_match_the_request() {
        let url: WebUrl =
            "https://shop.example/a?b=https://evil.example/".parse().expect("an address");
        assert_eq!(
            (url.host(), url.path_and_query()),
            ("shop.example", "/a?b=https://evil.example/")
        );
        let url: WebUrl = "https://shop.example".parse().expect("an address");
        assert_eq!((url.host(), url.path_and_query()), ("shop.example", "/"));
    }

    #[test]
    fn ambiguous_urls_are_rejected() {
        for bad in [
            "",
            "shop.example/a",
            "//shop.example/a",
            "https:shop.example",
            "https:/shop.example",
            "https:///shop.example",
            "http://shop.example/",
            "HTTPS://shop.example/",
            "ftp://shop.example/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "data:text/html,x",
            " https://shop.example/",
            "https://shop.example/ ",
            "https://shop.example/a b",
            "https://shop.example/a\tb",
            "https://sho\tp.example/",
            "https://shop.example/\r\nx: 1",
            "https://shop.example\n/",
            "https://shop.example/a\u{a0}b",
            "https://user@shop.example/",
            "https://user:secret@shop.example/",
            "https://shop.example@evil.example/",
            "https://shop.example#@evil.example/",
            "https://shop.example?@evil.example/",
            "https://shop.example?a=b",
            "https://shop.example\\@evil.example/",
            "https://shop.example/\\evil.example",
            "https:\\\\shop.example/",
            "https://shop.example:443/",
            "https://shop.example:8443/",
            "https://shop.example:/",
            "https://shop.example/a#b",
            "https://shop.example/#",
            "https://shop.example./",
            "https://Shop.Example/",
            "https://shop。example/",
            "https://shop.example%2eevil.example/",
            "https://shop%2eexample/",
            "https://ｓｈｏｐ.example/",
            "https://bücher.example/",
            "https://shοp.example/", // the third letter is Greek
            "https://xn--a.example/",
            "https://xn--shop-.example/",
            "https://xn--.example/",
            "https://xn--bcher-KVA.example/",
            "https://sh\u{ad}op.example/",
            "https://sh\u{200d}op.example/",
            "https://localhost/",
            "https://a.localhost/",
            "https://metadata.google.internal/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://①②⑦.⓪.⓪.①/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[fe80::1%25eth0]/",
            "https://8.8.8.8/",
            "https://shop.example//evil.example/",
            "https://shop.example/a/../b",
            "https://shop.example/..",
            "https://shop.example/a/%2e%2e/b",
            "https://shop.example/a/.%2E/b",
            "https://shop.example/./a",
            "https://shop.example/%",
            "https://shop.example/%4",
            "https://shop.example/%zz",
            "https://shop.example/%00",
            "https://shop.example/?a=%0d%0aset-cookie:x",
            "https://shop.example/%7F",
            "https://shop.example/?a='b'",
            "https://shop.example/<b>",
            "https://shop.example/{a}",
            "https://shop.example/a|b",
            "https://shop.example/a^b",
            "https://shop.example/`",
            "https://shop.example/\"",
            "https://shop.example/[a]",
            "https://shop_x.example/",
            "https://-shop.example/",
            "https://*.shop.example/",
            "https://",
            "https:///",
            "https://.shop.example/",
        ] {
            assert!(!is_web_url(bad), "{bad:?}");
        }
        assert!(is_web_url(&format!("https://shop.example/{}", "a".repeat(2027))));
        assert!(!is_web_url(&format!("https://shop.example/{}", "a".repeat(2028))));
    }

    #[test]
    fn canonical_forms_are_equal_only_for_the_same_url() {
        assert_eq!(canonical("https://shop.example"), "https://shop.example/");
        assert_eq!(canonical("HTTPS://Shop.Example/A#b"), "https://shop.example/A");
        assert_eq!(canonical("https://shop.example/A?B=C"), "https://shop.example/A?B=C");
        assert_eq!(canonical("no address"), "no address");
        assert_ne!(canonical("http://shop.example/"), canonical("https://shop.example/"));
    }
}
