//! Independent parsers: the URLs that a renderer would load or make clickable.

use html5gum::{Token, Tokenizer};
use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, html};
use reqwest::Url;

/// The allowed host of links in these tests.
pub const OK: &str = "ok.example";

/// Returns whether a URL is allowed.
pub fn is_allowed(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| {
        // With the dot of the root behind it, it is the same host.
        let host = url.host_str().unwrap_or_default();
        let host = host.strip_suffix('.').unwrap_or(host);
        url.scheme() == "https"
            && (host == OK || host.ends_with(".ok.example"))
            && url.username().is_empty()
            && url.port().is_none()
    })
}

/// Returns all URLs outside the allowed host that any parser would load or link to.
pub fn live(text: &str) -> Vec<String> {
    let mut found = tags(text, "as HTML");
    let gfm = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM;
    let rest = Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_MATH
        | Options::ENABLE_SMART_PUNCTUATION;
    for options in [Options::empty(), gfm, gfm | rest, Options::ENABLE_OLD_FOOTNOTES] {
        found.extend(markdown(text, options));
    }
    found.extend(addresses(text).into_iter().map(|address| format!("plain text: {address}")));
    found
}

fn markdown(text: &str, options: Options) -> Vec<String> {
    let mut found = Vec::new();
    let mut plain = String::new();
    for event in Parser::new_ext(text, options) {
        match event {
            Event::Start(Tag::Link { link_type, dest_url, .. })
                if link_type != LinkType::Email
                    && !dest_url.is_empty()
                    && !is_allowed(&dest_url) =>
            {
                found.push(format!("link: {dest_url}"));
            }
            Event::Start(Tag::Image { dest_url, .. })
                if !dest_url.is_empty() && !is_allowed(&dest_url) =>
            {
                found.push(format!("image: {dest_url}"));
            }
            // Readers look for addresses in the texts as they are shown, behind escapes.
            Event::Text(text) => plain.push_str(&text),
            _ => {
                found.extend(
                    addresses(&plain).into_iter().map(|address| format!("shown text: {address}")),
                );
                plain.clear();
            }
        }
    }
    found.extend(addresses(&plain).into_iter().map(|address| format!("shown text: {address}")));
    let mut rendered = String::new();
    html::push_html(&mut rendered, Parser::new_ext(text, options));
    found.extend(tags(&rendered, "rendered"));
    found
}

/// Returns the tags of an HTML text.
fn tags(text: &str, how: &str) -> Vec<String> {
    let mut found = Vec::new();
    for token in Tokenizer::new(text) {
        let Ok(Token::StartTag(tag)) = token else { continue };
        let name = String::from_utf8_lossy(&tag.name).into_owned();
        if ["script", "style"].contains(&name.as_str()) {
            found.push(format!("{how}: <{name}>"));
        }
        for (attribute, value) in &tag.attributes {
            let (attribute, value) = (
                String::from_utf8_lossy(attribute).into_owned(),
                String::from_utf8_lossy(value).into_owned(),
            );
            if acts(&name, &attribute, value.trim(), how) {
                found.push(format!("{how}: <{name} {attribute}={value}>"));
            }
        }
    }
    found
}

fn acts(name: &str, attribute: &str, value: &str, how: &str) -> bool {
    const ADDRESSES: [&str; 24] = [
        "src",
        "href",
        "srcset",
        "action",
        "formaction",
        "poster",
        "background",
        "data",
        "xlink:href",
        "cite",
        "ping",
        "longdesc",
        "manifest",
        "codebase",
        "classid",
        "archive",
        "lowsrc",
        "dynsrc",
        "profile",
        "icon",
        "imagesrcset",
        "srcdoc",
        "content",
        "values",
    ];
    let ours = how == "rendered"
        && (value.starts_with('#')
            || value.is_empty()
            || value.starts_with("mailto:") && !value.contains('?'));
    let address = ADDRESSES.contains(&attribute)
        && !value.is_empty()
        && !ours
        && (!["src", "href", "poster", "cite"].contains(&attribute) || !is_allowed(value));
    let style = attribute == "style"
        && ["url", "image", "@", "\\", "expression", "src("]
            .iter()
            .any(|word| value.to_lowercase().contains(word));
    let element =
        ["base", "meta", "link", "iframe", "object", "embed", "form", "svg", "math", "template"]
            .contains(&name)
            && !value.is_empty();
    address || style || element || attribute.starts_with("on") && !value.is_empty()
}

/// Returns the autolinks of plain text by the rules of GFM: from `http://`, `https://`, `ftp://` or
/// `www.` to the next whitespace or `<`, without trailing punctuation.
fn addresses(text: &str) -> Vec<String> {
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for start in ["http://", "https://", "ftp://", "www."] {
        for (at, _) in lower.match_indices(start) {
            if lower[..at].ends_with(|c: char| c.is_ascii_alphanumeric()) {
                continue;
            }
            let rest = &text[at..];
            let whole =
                &rest[..rest.find(|c: char| c.is_whitespace() || c == '<').unwrap_or(rest.len())];
            let trimmed = whole.trim_end_matches(|c: char| "?!.,:*_~'\";)]}".contains(c));
            let names = trimmed.get(start.len()..).is_some_and(|name| {
                name.starts_with(|c: char| c.is_alphanumeric() || "_-".contains(c))
                    || start != "www." && name.contains(char::is_alphanumeric)
            });
            if names && leads_out(whole, trimmed) && !is_nested(text, at) {
                found.push(whole.to_owned());
            }
        }
    }
    found
}

/// Returns whether a browser would open another host, with or without the trimmed punctuation.
fn leads_out(whole: &str, trimmed: &str) -> bool {
    [whole, trimmed].into_iter().any(|address| {
        let address = if address.to_ascii_lowercase().starts_with("www.") {
            format!("http://{address}")
        } else {
            address.to_owned()
        };
        let Ok(url) = Url::parse(&address) else { return false };
        // A top-level domain has no punctuation, so a host such as ok.example` does not exist.
        let signs = |rest: &str| {
            rest.starts_with(|c: char| !c.is_ascii_alphanumeric() && !".-".contains(c))
        };
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        let nobodys =
            host.strip_prefix(OK).is_some_and(signs) || host.starts_with("ok.xn--example");
        let only_signs = host
            .strip_prefix(OK)
            .is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_alphanumeric));
        let nobodys =
            (nobodys && host.matches('.').count() == 1 || only_signs) && url.username().is_empty();
        !nobodys && !is_allowed(&address)
    })
}

/// Returns whether a URL is a query value of an allowed URL.
fn is_nested(text: &str, at: usize) -> bool {
    let word =
        text[..at].rfind(|c: char| c.is_whitespace() || c == '<').map_or(0, |space| space + 1);
    word < at && is_allowed(text[word..].split_whitespace().next().unwrap_or_default())
}
