//! The entities in the text that a user typed.
//!
//! An entity is a source for an argument only as a whole, by the rules of its kind.
//! `john@corp.com.au` is not a source for `john@corp.com`, and the `13` of `June 13` is never a
//! source. Plain words are not entities, because they occur in every sentence. A name must be
//! capitalized, quoted or marked.

use std::collections::HashSet;

use serde_json::Value;

use crate::spec::Kind;
use crate::value;

/// The entities in all text that the user typed, in canonical form.
#[derive(Debug, Default)]
pub(crate) struct Prompt {
    bytes: usize,
    emails: HashSet<String>,
    ibans: HashSet<String>,
    dates: HashSet<String>,
    urls: HashSet<String>,
    /// Text entities: quoted spans, file names, addresses, names, marks and codes.
    texts: HashSet<String>,
    /// Numbers marked as IDs: `#13`, `id 13`.
    ids: HashSet<String>,
    /// Other numbers.
    numbers: HashSet<String>,
    words: HashSet<String>,
}

/// The maximum size of a user's texts per session, in bytes. Later text is not a source for
/// arguments.
const MOST: usize = 256 * 1024;

/// The opening and closing characters of quoted spans.
const QUOTES: [(char, char); 6] = [
    ('"', '"'),
    ('\u{201c}', '\u{201d}'),
    ('`', '`'),
    ('\'', '\''),
    ('\u{2018}', '\u{2019}'),
    ('\u{ab}', '\u{bb}'),
];

/// The maximum length of a quoted span, in bytes.
const LONGEST_SPAN: usize = 1_000;

impl Prompt {
    /// Reads one text from the user. Returns false if the session has reached its limit.
    pub(crate) fn read(&mut self, text: &str) -> bool {
        self.bytes = self.bytes.saturating_add(text.len());
        if self.bytes > MOST {
            return false;
        }
        let around = self.read_quoted(text);
        self.read_ibans(&around);
        self.read_words(&around);
        true
    }

    /// Returns whether the prompt contains a text of this kind.
    pub(crate) fn grounds_text(&self, kind: Kind, canonical: &str) -> bool {
        match kind {
            Kind::Email => self.emails.contains(canonical),
            Kind::Iban => self.ibans.contains(canonical),
            Kind::Date => self.dates.contains(canonical),
            Kind::WebUrl => self.urls.contains(canonical),
            Kind::Nominal(_) => self.texts.contains(canonical) || self.ids.contains(canonical),
        }
    }

    /// Returns whether the prompt contains a word of a closed list.
    pub(crate) fn grounds_choice(&self, word: &str) -> bool {
        self.words.contains(&word.to_lowercase())
    }

    /// Returns whether the prompt contains a number. For an ID, the number must be marked as one.
    pub(crate) fn grounds_number(&self, number: &Value, is_id: bool) -> bool {
        let text = number.to_string();
        self.ids.contains(&text)
            || is_id && self.texts.contains(&text)
            || !is_id && self.numbers.contains(&text)
    }

    /// Reads the quoted spans and returns the remaining text. A quoted span is one entity; its
    /// words are not entities.
    fn read_quoted(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        for (open, close) in QUOTES {
            let mut around = String::with_capacity(text.len());
            let mut rest = text.as_str();
            while let Some((before, after)) = rest.split_once(open) {
                // An apostrophe within a word is not an opening quote.
                let opens = open != '\'' || !before.ends_with(char::is_alphanumeric);
                // The search for the closing quote is bounded, so that many opening quotes cost
                // linear time.
                let near = after.get(..after.floor_char_boundary(LONGEST_SPAN)).unwrap_or_default();
                match near.split_once(close).filter(|(span, _)| opens && !span.trim().is_empty()) {
                    Some((span, _)) => {
                        self.texts.insert(span.to_owned());
                        self.read_token(span);
                        if value::is_iban(span) {
                            self.ibans.insert(value::canonical_iban(span).into_owned());
                        }
                        around.push_str(before);
                        around.push_str(" ; "); // a name or number ends here
                        rest = after.get(span.len() + close.len_utf8()..).unwrap_or_default();
                    }
                    None => {
                        around.push_str(before);
                        around.push(open);
                        rest = after;
                    }
                }
            }
            around.push_str(rest);
            text = around;
        }
        text
    }

    /// Account numbers may contain spaces, so the search covers several words.
    fn read_ibans(&mut self, text: &str) {
        let words: Vec<&str> = text.split_whitespace().map(bare).collect();
        for from in 0..words.len() {
            for many in 1..=10 {
                let Some(window) = words.get(from..from + many) else { break };
                let joined = window.join(" ");
                if value::is_iban(&joined) {
                    self.ibans.insert(value::canonical_iban(&joined).into_owned());
                }
            }
        }
    }

    fn read_words(&mut self, text: &str) {
        let words: Vec<&str> = text.split_whitespace().collect();
        let mut name: Vec<&str> = Vec::new();
        let mut starts_sentence = true;
        let mut name_starts_sentence = true;
        for (at, raw) in words.iter().enumerate() {
            let word = bare(raw);
            let neighbour = |at: Option<usize>| {
                at.and_then(|at| words.get(at))
                    .map(|word| bare(word).to_lowercase())
                    .unwrap_or_default()
            };
            let (before, after) = (neighbour(at.checked_sub(1)), neighbour(Some(at + 1)));
            self.words.insert(word.to_lowercase());
            let second = neighbour(at.checked_sub(2));
            let is_year = is_month(&second) && word.len() == 4;
            if !(is_month(&before) || is_month(&after) || is_year) {
                self.read_token(word);
                let says_id = before == "id"
                    || before == "number"
                    || before == "nr"
                    || at > 0 && words.get(at - 1) == Some(&"no.");
                if says_id && word.bytes().any(|b| b.is_ascii_digit()) {
                    self.ids.insert(word.to_owned());
                }
            }
            if word.starts_with(char::is_uppercase) {
                if name.is_empty() {
                    name_starts_sentence = starts_sentence;
                }
                name.push(word);
            }
            let ends = raw.ends_with(['.', '!', '?', ':', ',', ';']);
            if !word.starts_with(char::is_uppercase) || ends {
                self.read_name(&name, name_starts_sentence);
                name.clear();
            }
            starts_sentence = raw.ends_with(['.', '!', '?', ':']);
        }
        self.read_name(&name, name_starts_sentence);
    }

    /// Reads consecutive capitalized words. A single one counts only if it does not start a
    /// sentence.
    fn read_name(&mut self, name: &[&str], starts_sentence: bool) {
        if name.len() > 1 || !starts_sentence && !name.is_empty() {
            self.texts.insert(name.join(" "));
        }
    }

    fn read_token(&mut self, token: &str) {
        let url = value::canonical_web_url(token);
        if value::is_web_url(&url) {
            self.urls.insert(url.into_owned());
        }
        if value::is_email(token) {
            self.emails.insert(value::canonical_email(token).into_owned());
        } else if value::is_date(token) {
            self.dates.insert(token.to_owned());
        } else if let Some(id) = token
            .strip_prefix('#')
            .filter(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()))
        {
            self.ids.insert(id.to_owned());
        } else if let Some(number) = number(token) {
            self.numbers.insert(number);
        } else if stands_for_something(token) {
            self.texts.insert(token.to_owned());
        }
    }
}

/// Returns the word without surrounding punctuation.
fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| {
        matches!(
            c,
            '.' | ','
                | ';'
                | ':'
                | '!'
                | '?'
                | '('
                | ')'
                | '['
                | ']'
                | '{'
                | '}'
                | '<'
                | '>'
                | '"'
                | '\''
                | '`'
                | '\u{201c}'
                | '\u{201d}'
                | '\u{2018}'
                | '\u{2019}'
        )
    })
}

/// Returns a number in JSON form. A currency sign may precede or follow it.
fn number(token: &str) -> Option<String> {
    let digits = token.trim_matches(['$', '\u{20ac}', '\u{a3}', '\u{a5}']);
    let digits = if digits.contains(',')
        && digits
            .split(',')
            .skip(1)
            .all(|group| group.split('.').next().is_some_and(|g| g.len() == 3))
    {
        digits.replace(',', "")
    } else {
        digits.to_owned()
    };
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
        return None;
    }
    serde_json::from_str::<serde_json::Number>(&digits).ok().map(|number| number.to_string())
}

/// Returns whether it is an address, a file name, a mark such as `#general` or `@ann`, or a code
/// such as `KT-2041`.
fn stands_for_something(token: &str) -> bool {
    let inner =
        |c: char| token.strip_prefix(c).is_some_and(|rest| rest.starts_with(char::is_alphanumeric));
    let is_address = token.starts_with("https://") || token.starts_with("http://");
    let is_file = token.rsplit_once('.').is_some_and(|(stem, ending)| {
        !stem.is_empty()
            && (1..=5).contains(&ending.len())
            && ending.bytes().all(|b| b.is_ascii_alphanumeric())
    });
    let is_code = token.len() >= 2
        && token.bytes().any(|b| b.is_ascii_digit())
        && token.bytes().any(|b| b.is_ascii_alphabetic() || b == b'-' || b == b'_');
    is_address || is_file || is_code || inner('#') || inner('@')
}

fn is_month(word: &str) -> bool {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    const FULL: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    MONTHS.contains(&word) || FULL.contains(&word) || word == "sept"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt(text: &str) -> Prompt {
        let mut prompt = Prompt::default();
        assert!(prompt.read(text));
        prompt
    }

    #[test]
    fn entities_match_only_as_a_whole() {
        let prompt = prompt(
            "Write to John@Corp.COM.au, then pay DE89 3704 0044 0532 0130 00. Share 'Q3 plan' and notes.txt with Ann Lee in #general; order KT-2041 on 2026-09-01.",
        );
        assert!(prompt.grounds_text(Kind::Email, "John@corp.com.au"));
        assert!(!prompt.grounds_text(Kind::Email, "John@corp.com"));
        assert!(prompt.grounds_text(Kind::Iban, "DE89370400440532013000"));
        assert!(prompt.grounds_text(Kind::Date, "2026-09-01"));
        for text in ["Q3 plan", "notes.txt", "Ann Lee", "#general", "KT-2041"] {
            assert!(prompt.grounds_text(Kind::Nominal(""), text), "{text}");
        }
        for text in [
            "Q3",
            "plan",
            "Write",
            "then",
            "Ann",
            "general",
            "KT",
            "2041",
            "DE89370400440532013000",
        ] {
            assert!(!prompt.grounds_text(Kind::Nominal(""), text), "{text}");
        }
    }

    #[test]
    fn url_matches_only_itself() {
        let prompt = prompt(
            "Read HTTPS://Shop.Example/Kettles?page=2#reviews, 'https://shop.example/tea' (and https://partner.example).",
        );
        for url in [
            "https://shop.example/Kettles?page=2",
            "https://shop.example/tea",
            "https://partner.example/",
        ] {
            assert!(prompt.grounds_text(Kind::WebUrl, url), "{url}");
        }
        for url in [
            "https://shop.example/Kettles",
            "https://shop.example/kettles?page=2",
            "https://shop.example/Kettles?page=21",
            "https://shop.example/",
            "https://partner.example/tea",
            "http://partner.example/",
        ] {
            assert!(!prompt.grounds_text(Kind::WebUrl, url), "{url}");
        }
    }

    #[test]
    fn quoted_entity_has_its_kind() {
        let prompt = prompt(
            "Pay \"DE89 3704 0044 0532 0130 00\" on '2026-09-01' and tell `ann@corp.example`.",
        );
        assert!(prompt.grounds_text(Kind::Iban, "DE89370400440532013000"));
        assert!(prompt.grounds_text(Kind::Date, "2026-09-01"));
        assert!(prompt.grounds_text(Kind::Email, "ann@corp.example"));
    }

    #[test]
    fn number_is_an_id_only_if_marked() {
        let prompt = prompt(
            "On June 13 delete file id 26, ticket #7 and '99', and spend $1,200.50 or 40 euros.",
        );
        for id in [26, 7, 99] {
            assert!(prompt.grounds_number(&id.into(), true), "{id}");
        }
        assert!(!prompt.grounds_number(&13.into(), true));
        assert!(!prompt.grounds_number(&13.into(), false));
        assert!(!prompt.grounds_number(&40.into(), true));
        assert!(prompt.grounds_number(&40.into(), false));
        assert!(prompt.grounds_number(&serde_json::json!(1200.5), false));
    }

    #[test]
    fn text_beyond_the_limit_is_not_a_source() {
        let mut prompt = Prompt::default();
        assert!(!prompt.read(&"'Q3 plan' ".repeat(40_000)));
        assert!(!prompt.grounds_text(Kind::Nominal(""), "Q3 plan"));
    }
}
