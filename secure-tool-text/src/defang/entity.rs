//! Escapes of HTML and Markdown that hide characters of a URL: takes a word, returns it as a reader
//! sees it.

/// The decoded character and the length of its escape, in bytes.
pub(super) type DecodedChar = (char, usize);

/// The escape at an `&` or a backslash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    /// An escape that hides a character of a URL.
    Hides(DecodedChar),
    /// Any other text.
    Other,
    /// The result depends on more text.
    Wait,
}

/// The maximum length of an escape, in bytes. Numbers may have leading zeros.
const LONGEST: usize = 24;

/// Named characters that occur in URLs.
const NAMED: [(&str, char); 7] = [
    ("colon", ':'),
    ("sol", '/'),
    ("period", '.'),
    ("commat", '@'),
    ("hyphen", '-'),
    ("dash", '-'),
    ("lowbar", '_'),
];

/// Classifies the escape at the start of a text.
pub(super) fn at(text: &str, end: bool) -> Escape {
    if let Some(rest) = text.strip_prefix('\\') {
        return match rest.chars().next() {
            Some(c) if matches!(c, ':' | '/' | '.') => Escape::Hides((c, 2)),
            None if !end => Escape::Wait,
            _ => Escape::Other,
        };
    }
    let window = text.get(1..text.floor_char_boundary(LONGEST)).unwrap_or_default();
    let inside =
        window.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'#').count();
    let (name, behind) = window.split_at_checked(inside).unwrap_or((window, ""));
    if behind.is_empty() && !end && text.len() < LONGEST {
        return Escape::Wait;
    }
    let closed = usize::from(behind.starts_with(';'));
    let seen = match name.strip_prefix('#') {
        // Browsers also decode numbers without a semicolon.
        Some(number) => number_at(number).map(|c| (c, 1 + name.len() + closed)),
        None if closed == 1 => {
            NAMED.iter().find(|(named, _)| *named == name).map(|(_, c)| (*c, name.len() + 2))
        }
        None => None,
    };
    match seen.filter(|(c, _)| c.is_ascii_alphanumeric() || ":/.-@_".contains(*c)) {
        Some(seen) => Escape::Hides(seen),
        None => Escape::Other,
    }
}

fn number_at(number: &str) -> Option<char> {
    let (digits, radix) =
        number.strip_prefix(['x', 'X']).map_or((number, 10), |digits| (digits, 16));
    u32::from_str_radix(digits, radix).ok().and_then(char::from_u32)
}

/// The maximum nesting of decoded escapes.
const ROUNDS: usize = 8;

/// Decodes hidden characters of URLs, including nested escapes.
pub(super) fn decoded(text: &str) -> String {
    let mut seen = once(text);
    for _ in 1..ROUNDS {
        let again = once(&seen);
        if again == seen {
            break;
        }
        seen = again;
    }
    seen
}

fn once(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at_escape) = rest.find(['&', '\\']) {
        let (before, escape) = rest.split_at_checked(at_escape).unwrap_or((rest, ""));
        out.push_str(before);
        let (c, length) = match at(escape, true) {
            Escape::Hides(seen) => seen,
            _ => (escape.chars().next().unwrap_or_default(), 1),
        };
        out.push(c);
        rest = escape.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// Counts the URLs that a parser of plain text may find.
pub(super) fn addresses(text: &str) -> usize {
    let lower = text.to_ascii_lowercase();
    let has_scheme = |at: usize| {
        lower.get(..at).is_some_and(|before| before.ends_with(|c: char| c.is_ascii_alphanumeric()))
    };
    lower.match_indices("://").filter(|(at, _)| has_scheme(*at)).count()
        + lower.matches("www.").count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_characters_of_urls_are_decoded() {
        for hidden in [
            "https&colon;//x",
            "https&#58;//x",
            "https&#x3A;&#x2f;&sol;x",
            "https\\://x",
            "https:\\/\\/x",
            "h&#0000116;tps&#58;//x",
        ] {
            let seen = decoded(hidden);
            assert!(addresses(&seen) > addresses(hidden), "{hidden}: {seen}");
        }
        for honest in [
            "a &lt; b &amp;&amp; c",
            "&eacute;&nbsp;&#39;&quot;",
            "C:\\temp",
            "&",
            "&#;",
            "\\",
            "\\[x\\]",
        ] {
            assert_eq!(decoded(honest), honest);
        }
    }

    #[test]
    fn truncated_escapes_wait_for_more_text() {
        for cut in ["&", "&#", "&#5", "&col", "\\"] {
            assert_eq!(at(cut, false), Escape::Wait, "{cut}");
            assert_eq!(
                at(cut, true),
                if cut == "&#5" { at("&#5 ", true) } else { Escape::Other },
                "{cut}"
            );
        }
        assert_eq!(at("& ", false), Escape::Other);
    }
}
