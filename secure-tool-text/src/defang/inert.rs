//! Replacements for defanged URLs: takes a URL, returns the text that a person reads.

use url::Url;

/// Returns the replacement of a link or an image: `(link removed: evil[.]example)`. It contains
/// only constant text and the host.
pub(super) fn note(what: &str, address: &str) -> String {
    match host(address) {
        Some(host) => format!("({what} removed: {})", dotted(&host)),
        None => format!("({what} removed)"),
    }
}

/// Returns the host of a URL, if the URL contains it literally. A host that only decoding reveals
/// is not shown.
pub(super) fn host(address: &str) -> Option<String> {
    let address = address.trim();
    let parsed = if address.starts_with("//") {
        Url::parse(&format!("https:{address}"))
    } else {
        Url::parse(address)
    };
    let host = parsed.ok()?.host_str()?.to_owned();
    let is_plain = !host.is_empty()
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    (is_plain && address.to_ascii_lowercase().contains(&host)).then_some(host)
}

/// Returns a host that no parser reads as a host.
pub(super) fn dotted(host: &str) -> String {
    host.trim_matches('.').replace('.', "[.]")
}

/// Returns a readable part of an attribute: letters, digits, spaces and a few other characters,
/// truncated.
pub(super) fn words(text: &str) -> String {
    const MOST: usize = 80;
    let kept: String = text
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | ',' | '-'))
        .take(MOST)
        .collect();
    kept.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_name_the_host_that_a_browser_would_connect_to() {
        for (address, shown) in [
            ("https://evil.example/x?secret", "(link removed: evil[.]example)"),
            ("https://ok.example@www.evil.example:8/", "(link removed: www[.]evil[.]example)"),
            ("//evil.example/", "(link removed: evil[.]example)"),
            ("https:\\\\evil.example", "(link removed: evil[.]example)"),
            ("javascript:alert(1)", "(link removed)"),
            ("https://%65vil.example/", "(link removed)"),
            ("/help", "(link removed)"),
            ("", "(link removed)"),
        ] {
            assert_eq!(note("link", address), shown, "{address}");
        }
        assert_eq!(words("a [b](c) <d> \"e\", f-g"), "a bc d e, f-g");
    }
}
