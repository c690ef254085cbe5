//! Allowed links: takes the start of a URL, returns whether its host is on the allowlist.
//!
//! The decision uses the characters as written: `https://`, then a host of letters, digits, hyphens
//! and dots, then a character that ends a host for every parser. No decoding is needed to allow a
//! URL, so two parsers can't read two hosts. The URL parser of the standard must agree.

use url::Url;

use crate::error::Error;
use crate::host_name::{host_flaw, is_within};

/// The hosts that links and images may lead to, including their subdomains. Default: no host.
///
/// ```
/// use secure_tool_text::defang::Allowlist;
///
/// assert!(Allowlist::new(vec!["shop.example".into()]).is_ok());
/// assert!(Allowlist::new(vec!["https://shop.example/".into()]).is_err());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowlist(Vec<String>);

/// The verdict on a possible URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// An allowed URL, with the number of bytes up to the end of its host.
    Allowed(usize),
    /// Any other text.
    NotAllowed,
    /// The verdict depends on more text.
    Wait,
}

const SCHEME: &str = "https://";
/// The maximum length of a host with its final dot, in bytes.
pub(super) const LONGEST_HOST: usize = 254;
/// How many bytes after a host are checked for a continuation of the host.
const BEHIND: usize = 64;

impl Allowlist {
    /// Creates an allowlist from host names in lower-case ASCII, without scheme, port or path.
    ///
    /// # Errors
    ///
    /// If an entry is not a host name with at least one dot, or is a name of a local network.
    ///
    /// ```
    /// use secure_tool_text::{Allowlist, defang_except};
    ///
    /// let allowed = Allowlist::new(vec!["shop.example".into()])?;
    /// let text = "See https://www.shop.example/kettles";
    /// assert_eq!(defang_except(text, &allowed).text, text);
    /// # Ok::<(), secure_tool_text::Error>(())
    /// ```
    pub fn new(hosts: Vec<String>) -> Result<Self, Error> {
        for host in &hosts {
            if let Some(flaw) = host_flaw(host) {
                return Err(Error::new(format!(
                    "`{host}` is not a valid host for links: it {flaw}"
                )));
            }
        }
        Ok(Self(hosts))
    }

    /// Judges the URL at the start of a text. `end` means that no more text follows.
    pub(super) fn at(&self, text: &str, end: bool) -> Verdict {
        let known = text.len().min(SCHEME.len());
        let (start, scheme) = (
            text.as_bytes().get(..known).unwrap_or_default(),
            SCHEME.as_bytes().get(..known).unwrap_or_default(),
        );
        if !start.eq_ignore_ascii_case(scheme) || end && known < SCHEME.len() {
            return Verdict::NotAllowed;
        }
        let Some(rest) = text.get(SCHEME.len()..) else { return Verdict::Wait };
        let length = rest
            .bytes()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b".-".contains(byte))
            .count();
        let (host, behind) = rest.split_at_checked(length).unwrap_or((rest, ""));
        if length > LONGEST_HOST {
            return Verdict::NotAllowed;
        }
        match ends_host(behind, end) {
            Some(true) if self.holds(host) => Verdict::Allowed(SCHEME.len() + length),
            Some(_) => Verdict::NotAllowed,
            None => Verdict::Wait,
        }
    }

    /// Returns whether a whole text is an allowed URL.
    pub(super) fn is(&self, text: &str) -> bool {
        match self.at(text, true) {
            Verdict::Allowed(length) => text
                .get(length..)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#'])),
            _ => false,
        }
    }

    fn holds(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let named = host.strip_suffix('.').unwrap_or(&host);
        let agrees = || {
            Url::parse(&format!("{SCHEME}{host}/"))
                .is_ok_and(|url| url.host_str() == Some(host.as_str()) && url.port().is_none())
        };
        is_within(named, &self.0.iter().map(String::as_str).collect::<Vec<_>>()) && agrees()
    }
}

/// Returns whether a host ends here for every parser. `None` means that more text is needed.
///
/// A slash, a question mark, a hash, white space and angle brackets end a host. For some parsers,
/// punctuation ends the host; for others it is part of it. So punctuation must not be followed by a
/// continuation of a host or a user name: a dot, a port, an `@`, or letters of other scripts, since
/// some parsers read some of these as dots.
fn ends_host(behind: &str, end: bool) -> Option<bool> {
    let stops = |c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, '/' | '?' | '#' | '\\' | '<' | '>')
    };
    let window = behind.get(..behind.floor_char_boundary(BEHIND)).unwrap_or(behind);
    let stop = window.find(stops);
    if stop.is_none() && behind.len() > window.len() {
        return Some(false);
    }
    if stop.is_none() && !end {
        return if behind.len() < BEHIND { None } else { Some(false) };
    }
    let (more, stopper) =
        window.split_at_checked(stop.unwrap_or(window.len())).unwrap_or((window, ""));
    if stopper.starts_with('\\') || more.contains(['@', '%', '&']) {
        return Some(false);
    }
    if !more.contains(char::is_alphanumeric) {
        return Some(true);
    }
    let goes_on = more.ends_with(':')
        || more
            .find(['.', ':'])
            .and_then(|at| more.get(at..))
            .is_some_and(|rest| rest.contains(char::is_alphanumeric));
    Some(more.is_ascii() && !goes_on)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> Allowlist {
        Allowlist::new(vec!["shop.example".into()]).expect("a host")
    }

    #[test]
    fn only_listed_hosts_and_their_subdomains_are_allowed() {
        for good in [
            "https://shop.example",
            "HTTPS://Shop.Example/",
            "https://a.b.shop.example/x?y#z",
            "https://shop.example?x",
            "https://shop.example. And",
            "https://shop.example), (see",
            "https://shop.example's",
            "https://shop.example: this",
            "https://shop.example\u{3002}",
        ] {
            assert!(matches!(list().at(good, true), Verdict::Allowed(_)), "{good}");
        }
        for bad in [
            "",
            "https:",
            "http://shop.example/",
            "//shop.example/",
            "https:/shop.example/",
            "https:\\\\shop.example/",
            "https://shop.example@evil.example/",
            "https://shop.example:8443/",
            "https://shop.example\\@evil.example/",
            "https://shop.example.evil.example/",
            "https://shop.example,x.evil.example/",
            "https://shop.example'x.evil.example/",
            "https://shop.example\"@evil.example",
            "https://shop.example\u{3002}evil.example",
            "https://shop.example&period;evil.example",
            "https://shop.example%2eevil.example",
            "https://evilshop.example/",
            "https://shop%2eexample/",
            "https://\u{ff53}hop.example/",
            "https://u:p@shop.example/",
            "https://shop.example..",
            "https:// shop.example",
            "https://",
        ] {
            assert_eq!(list().at(bad, true), Verdict::NotAllowed, "{bad}");
        }
        assert_eq!(Allowlist::default().at("https://shop.example/", true), Verdict::NotAllowed);
    }

    #[test]
    fn incomplete_urls_wait_only_while_the_verdict_is_open() {
        for text in [
            "",
            "h",
            "https:/",
            "https://",
            "https://shop.exam",
            "https://shop.example",
            "https://shop.example).",
        ] {
            assert_eq!(list().at(text, false), Verdict::Wait, "{text}");
        }
        assert_eq!(list().at("https://shop.example/", false), Verdict::Allowed(20));
        assert_eq!(list().at("httpx", false), Verdict::NotAllowed);
        assert_eq!(list().at(&format!("https://{}", "a".repeat(255)), false), Verdict::NotAllowed);
        assert_eq!(
            list().at(&format!("https://shop.example{}", ")".repeat(65)), false),
            Verdict::NotAllowed
        );
    }

    #[test]
    fn entries_that_are_not_hosts_are_rejected() {
        for bad in ["https://shop.example", "*.shop.example", "com", "127.0.0.1", "Shop.example"] {
            assert!(Allowlist::new(vec![bad.into()]).is_err(), "{bad}");
        }
    }
}
