//! Base URLs and path templates: text in, its parts or its flaws out.
//!
//! A constant of the runtime decides whether a host is a public name.

use crate::codes::{self, Message};
use crate::model::PathPart;

/// A URL as it is written into a spec, and its host for the rule on hosts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BaseUrl {
    pub(super) url: String,
    /// In lower case, without the dot that may end a name.
    pub(super) host: String,
}

/// Reads a base URL: https, a host, an optional port and path, no trailing slash.
pub(super) fn base(url: &str) -> Result<BaseUrl, Message> {
    let Some((scheme, rest)) = url.split_once("://") else { return Err(codes::not_https()) };
    if !scheme.eq_ignore_ascii_case("https") {
        return Err(codes::not_https());
    }
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if authority.contains('@') {
        return Err(codes::userinfo());
    }
    let authority = authority.to_ascii_lowercase();
    let host = host(&authority)?;
    let path = path.trim_end_matches('/');
    if path.contains(['?', '#', '{', '}', '\\', '*']) || !path.bytes().all(|b| b.is_ascii_graphic())
    {
        return Err(codes::url("the base URL contains a character that is not allowed there"));
    }
    if has_odd_segment(path) {
        return Err(codes::url("the path of the base URL has an empty, `.` or `..` segment"));
    }
    Ok(BaseUrl { url: format!("https://{authority}{path}"), host: host.to_owned() })
}

/// Reads a URL that requests go to as it is: a base URL whose trailing slash stays.
pub(super) fn endpoint(url: &str) -> Result<BaseUrl, Message> {
    let mut base = base(url)?;
    if url.ends_with('/') {
        base.url.push('/');
    }
    Ok(base)
}

/// Returns the host of an authority, without the port.
fn host(authority: &str) -> Result<&str, Message> {
    let end_of_literal = authority.find(']').map_or(0, |end| end + 1);
    let port_at = authority.get(end_of_literal..).and_then(|rest| rest.find(':'));
    let (host, port) =
        authority.split_at(port_at.map_or(authority.len(), |at| end_of_literal + at));
    if !port.is_empty()
        && port
            .strip_prefix(':')
            .and_then(|port| port.parse::<u16>().ok())
            .is_none_or(|port| port == 0)
    {
        return Err(codes::url("the port is not a number from 1 to 65535"));
    }
    Ok(host.strip_suffix('.').unwrap_or(host))
}

fn has_odd_segment(path: &str) -> bool {
    path.split('/').skip(1).any(|segment| segment.is_empty() || segment == "." || segment == "..")
}

/// Reads a path below the base URL, with `{field}` for an argument.
pub(super) fn template(path: &str) -> Result<Vec<PathPart>, Message> {
    if !path.starts_with('/') {
        return Err(codes::path("the path does not start with `/`"));
    }
    if path.contains(['?', '#', '\\', '*', '%']) || !path.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(codes::path(
            "the path contains a character that is not allowed there (fields form the query)",
        ));
    }
    if has_odd_segment(path.strip_suffix('/').unwrap_or(path)) {
        return Err(codes::path(
            "the path has an empty, `.` or `..` segment, which could leave the base URL",
        ));
    }
    let mut parts = Vec::new();
    let mut rest = path;
    while let Some((literal, after)) = rest.split_once('{') {
        let Some((field, after)) = after.split_once('}') else {
            return Err(codes::path("a `{` of the path is not closed"));
        };
        if !literal.is_empty() {
            parts.push(PathPart::Literal(literal.to_owned()));
        }
        parts.push(PathPart::Field(field.to_owned()));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(PathPart::Literal(rest.to_owned()));
    }
    let stray =
        parts.iter().any(|part| matches!(part, PathPart::Literal(text) if text.contains('}')));
    if stray { Err(codes::path("a `}` of the path was not opened")) } else { Ok(parts) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_loses_its_trailing_slash_and_an_endpoint_keeps_it() {
        for (written, base_url, endpoint_url, host) in [
            (
                "https://api.shop.example/v1/",
                "https://api.shop.example/v1",
                "https://api.shop.example/v1/",
                "api.shop.example",
            ),
            (
                "HTTPS://API.shop.example:8443",
                "https://api.shop.example:8443",
                "https://api.shop.example:8443",
                "api.shop.example",
            ),
            ("https://LOCALHOST.", "https://localhost.", "https://localhost.", "localhost"),
            (
                "https://[FD00::1]:80/a",
                "https://[fd00::1]:80/a",
                "https://[fd00::1]:80/a",
                "[fd00::1]",
            ),
            ("https://", "https://", "https://", ""),
        ] {
            let read = |url: &str| BaseUrl { url: url.to_owned(), host: host.to_owned() };
            assert_eq!(base(written).ok(), Some(read(base_url)), "{written}");
            if written != "https://" {
                assert_eq!(endpoint(written).ok(), Some(read(endpoint_url)), "{written}");
            }
        }
    }

    #[test]
    fn flaws_of_a_url_have_their_own_codes() {
        for (url, code) in [
            ("http://api.shop.example", "ST0005"),
            ("api.shop.example", "ST0005"),
            ("ftp://api.shop.example", "ST0005"),
            ("https://user:pass@api.shop.example", "ST0007"),
            ("https://api.shop.example@evil.example", "ST0007"),
            ("https://api.shop.example:0", "ST0103"),
            ("https://[::1]:x", "ST0103"),
            ("https://api.shop.example/v1?key=1", "ST0103"),
            ("https://api.shop.example/../v1", "ST0103"),
        ] {
            let text = base(url).err().map(Message::into_text).unwrap_or_default();
            assert!(text.starts_with(code), "{url}: {text}");
        }
    }

    #[test]
    fn a_template_is_split_at_its_fields() {
        let parts = template("/categories/{category}/products").ok();
        let expected = [
            PathPart::Literal("/categories/".into()),
            PathPart::Field("category".into()),
            PathPart::Literal("/products".into()),
        ];
        assert_eq!(parts.as_deref(), Some(expected.as_slice()));
        for bad in ["orders", "/a?b", "/a#b", "/../a", "/a//b", "/{a", "/a}", "/a b", "/%2e%2e/a"] {
            assert!(template(bad).is_err(), "{bad}");
        }
    }
}
