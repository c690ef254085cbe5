//! Where a web address begins in, whether it is one of the hosts that links may lead to out.
//!
//! What is allowed is decided on the letters as they are written: `https://`, then a host of
//! letters, digits, hyphens and dots and nothing else, then what ends a host for every reader. So
//! nothing has to be decoded to allow an address, and two readers can't see two hosts in it. The
//! parser of the URL standard has to agree.

use url::Url;

use crate::error::Error;
use crate::host_name::{host_flaw, is_within};

/// The hosts that links and images may lead to, each with its subdomains. Default: empty.
///
/// ```
/// use secure_tool_text::defang::Allowlist;
///
/// assert!(Allowlist::new(vec!["shop.example".into()]).is_ok());
/// assert!(Allowlist::new(vec!["https://shop.example/".into()]).is_err());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowlist(Vec<String>);

/// What a text is at a place where an address may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// An address that is allowed. So many bytes, to the end of its host.
    Allowed(usize),
    /// Anything else.
    Outside,
    /// More of the text has to be known.
    Wait,
}

const SCHEME: &str = "https://";
/// The longest host, with its last dot.
pub(super) const LONGEST_HOST: usize = 254;
/// How far behind a host is looked for what could be more of it.
const BEHIND: usize = 64;

impl Allowlist {
    /// Creates a list of host names, in ASCII and in lower case, without scheme, port or path.
    ///
    /// # Errors
    ///
    /// If an entry is not a host name with at least one dot, or if it is a name of a local network.
    pub fn new(hosts: Vec<String>) -> Result<Self, Error> {
        for host in &hosts {
            if let Some(flaw) = host_flaw(host) {
                return Err(Error::new(format!(
                    "`{host}` can't be a host that links lead to: it {flaw}"
                )));
            }
        }
        Ok(Self(hosts))
    }

    /// Judges what begins where the text does. With `end`, nothing comes behind the text.
    pub(super) fn at(&self, text: &str, end: bool) -> Verdict {
        let known = text.len().min(SCHEME.len());
        let (start, scheme) = (
            text.as_bytes().get(..known).unwrap_or_default(),
            SCHEME.as_bytes().get(..known).unwrap_or_default(),
        );
        if !start.eq_ignore_ascii_case(scheme) || end && known < SCHEME.len() {
            return Verdict::Outside;
        }
        let Some(rest) = text.get(SCHEME.len()..) else { return Verdict::Wait };
        let length = rest
            .bytes()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b".-".contains(byte))
            .count();
        let (host, behind) = rest.split_at_checked(length).unwrap_or((rest, ""));
        if length > LONGEST_HOST {
            return Verdict::Outside;
        }
        match ends_host(behind, end) {
            Some(true) if self.holds(host) => Verdict::Allowed(SCHEME.len() + length),
            Some(_) => Verdict::Outside,
            None => Verdict::Wait,
        }
    }

    /// Whether a whole text is an allowed address.
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

/// Whether a host ends here for every reader; `None` if more has to be known.
///
/// It does at a slash, a question mark, a hash, white space and angle brackets. Punctuation is the
/// sentence's to one reader and the host's to another, so what is behind it must not go on as a
/// host or a user's name would: with a dot, a port, an `@`, or letters of other scripts, of which
/// some are taken for dots.
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
    fn only_the_host_itself_and_what_is_below_it_is_allowed() {
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
            assert_eq!(list().at(bad, true), Verdict::Outside, "{bad}");
        }
        assert_eq!(Allowlist::default().at("https://shop.example/", true), Verdict::Outside);
    }

    #[test]
    fn a_text_that_is_not_there_yet_is_waited_for_no_longer_than_it_matters() {
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
        assert_eq!(list().at("httpx", false), Verdict::Outside);
        assert_eq!(list().at(&format!("https://{}", "a".repeat(255)), false), Verdict::Outside);
        assert_eq!(
            list().at(&format!("https://shop.example{}", ")".repeat(65)), false),
            Verdict::Outside
        );
    }

    #[test]
    fn what_is_no_host_is_no_entry() {
        for bad in ["https://shop.example", "*.shop.example", "com", "127.0.0.1", "Shop.example"] {
            assert!(Allowlist::new(vec![bad.into()]).is_err(), "{bad}");
        }
    }
}
