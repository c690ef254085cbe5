//! The rules of a text: generates texts that satisfy them, and checks a given text.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::string::{string_regex, string_regex_parsed};
use regex::Regex;
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Repetition};
use secure_tool::spec::Named;

use super::NoValue;

/// The number of characters by which a generated text may exceed its minimum length.
const SLACK: usize = 14;

/// The place of a text in the request. Honest texts avoid characters that the place can't carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum TextPlace {
    /// In JSON or a query: any text.
    #[default]
    Anywhere,
    /// In the path: not empty, `.` or `..`.
    Path,
    /// In a header: printable ASCII without leading or trailing spaces.
    Header,
}

/// The rules of a text.
#[derive(Debug, Clone, Default)]
pub(crate) struct TextRule {
    pub(super) patterns: Vec<Pattern>,
    /// Whether the first pattern is the field's own, which is narrower than its type.
    pub(super) own: bool,
    /// The format that the schema names.
    pub(crate) format: Option<String>,
    /// The minimum length, in characters.
    pub(crate) least: usize,
    pub(crate) most: Option<usize>,
    pub(crate) named: Option<&'static Named>,
    pub(crate) place: TextPlace,
    /// The allowed domains of a URL.
    pub(crate) domains: &'static [&'static str],
    /// Whether a user must be able to type it in quotes.
    pub(crate) sayable: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Pattern {
    text: String,
    compiled: Arc<Regex>,
}

impl TextRule {
    /// Adds a pattern of a schema, which is not anchored.
    pub(crate) fn search(&mut self, pattern: &str) -> Result<(), NoValue> {
        if self.patterns.iter().any(|known| known.text == pattern) {
            return Ok(());
        }
        let compiled =
            Regex::new(pattern).map_err(|_| format!("the pattern `{pattern}` does not compile"))?;
        self.patterns.push(Pattern { text: pattern.to_owned(), compiled: Arc::new(compiled) });
        Ok(())
    }

    /// Adds a pattern of a spec, which the whole text must match.
    pub(crate) fn whole(&mut self, pattern: &str) -> Result<(), NoValue> {
        self.search(&format!("^(?:{pattern})$"))
    }

    /// Adds the field's own pattern, before all others.
    pub(crate) fn own(&mut self, pattern: &str) -> Result<(), NoValue> {
        self.own = true;
        self.whole(pattern)
    }

    /// Returns whether a pattern, a format or a type restricts the text.
    pub(crate) fn is_narrow(&self) -> bool {
        !self.patterns.is_empty()
            || self.format.is_some()
            || self.named.is_some_and(|named| named.accepts.is_some())
    }

    /// Returns whether this text certainly satisfies the rules.
    ///
    /// For a format without one of our types, the result is always `false`.
    pub(crate) fn admits(&self, text: &str) -> bool {
        let accepts = self.named.and_then(|named| named.accepts);
        self.satisfied_by(text) && (self.format.is_none() || accepts.is_some())
    }

    fn satisfied_by(&self, text: &str) -> bool {
        let length = text.chars().count();
        length >= self.least
            && self.most.is_none_or(|most| length <= most)
            && self.patterns.iter().all(|pattern| pattern.compiled.is_match(text))
            && self.named.and_then(|named| named.accepts).is_none_or(|accepts| accepts(text))
    }

    /// Returns whether the text satisfies the rules and fits its place.
    fn is_honest(&self, text: &str) -> bool {
        let place = match self.place {
            TextPlace::Anywhere => true,
            TextPlace::Path => !matches!(text, "" | "." | ".."),
            TextPlace::Header => {
                text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && text.trim() == text
            }
        };
        let said = !self.sayable
            || !text.trim().is_empty()
                && text.len() <= 900
                && !text.contains(['"', '`', '\'', '“', '”', '‘', '’', '«', '»']);
        place && said && self.satisfied_by(text) && self.is_of_a_domain(text)
    }

    /// Returns whether the host of a URL is one of the domains or below it.
    fn is_of_a_domain(&self, text: &str) -> bool {
        let host = text
            .strip_prefix("https://")
            .and_then(|rest| rest.split('/').next())
            .unwrap_or_default();
        self.domains.is_empty()
            || self
                .domains
                .iter()
                .any(|domain| host == *domain || host.ends_with(&format!(".{domain}")))
    }

    /// Returns a strategy for texts that satisfy the rules.
    pub(crate) fn strategy(&self) -> Result<BoxedStrategy<String>, NoValue> {
        let named = self.named.map(|named| named.kind).filter(|kind| *kind == "iban");
        let format = named.or(self.format.as_deref()).filter(|_| !self.own);
        let texts = match (format, format.and_then(of_format), self.patterns.first()) {
            (Some("iban"), ..) => ibans(),
            _ if !self.domains.is_empty() && !self.own => urls(self.domains),
            (_, Some(regex), _) => string_regex(regex).map_err(|error| error.to_string())?.boxed(),
            (_, None, Some(first)) => of_pattern(&first.text, self.least)?,
            (Some(format), None, None) => {
                return Err(format!("the testkit generates no text of the format `{format}`"));
            }
            (None, None, None) => self.plain()?,
        };
        let rule = self.clone();
        Ok(texts
            .prop_filter("a text that satisfies all rules", move |text| rule.is_honest(text))
            .boxed())
    }

    /// Returns a strategy for letters, digits and inner spaces.
    fn plain(&self) -> Result<BoxedStrategy<String>, NoValue> {
        let least = self
            .least
            .max(usize::from(self.place != TextPlace::Anywhere || self.sayable))
            .max(self.most.unwrap_or(3).min(3));
        let most = self.most.unwrap_or(usize::MAX).min(least.saturating_add(SLACK));
        let letters =
            if self.place == TextPlace::Anywhere { "[a-zA-Z0-9éßñ ]" } else { "[a-zA-Z0-9 ]" };
        let regex = match (least, most) {
            (_, 0) => String::new(),
            (_, 1) => "[a-z]".to_owned(),
            (least, most) => format!(
                "[A-Za-z]{letters}{{{},{}}}[a-z0-9]",
                least.saturating_sub(2),
                most.saturating_sub(2)
            ),
        };
        Ok(string_regex(&regex).map_err(|error| error.to_string())?.boxed())
    }
}

fn of_pattern(pattern: &str, least: usize) -> Result<BoxedStrategy<String>, NoValue> {
    let no_value = |error: &dyn std::fmt::Display| {
        format!("proptest generates no text of the pattern `{pattern}`: {error}")
    };
    let parsed = regex_syntax::parse(pattern).map_err(|error| no_value(&error))?;
    Ok(string_regex_parsed(&narrowed(&parsed, least)).map_err(|error| no_value(&error))?.boxed())
}

/// Returns a regular expression for a format of JSON Schema or of secure-tool.
fn of_format(format: &str) -> Option<&'static str> {
    Some(match format {
        "email" => r"[a-z][a-z0-9]{2,8}@[a-z]{4,9}\.example",
        "date" => "20[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])",
        "time" => "(?:0[0-9]|1[0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z",
        "date-time" => {
            "20[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])T(?:0[0-9]|1[0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"
        }
        "duration" => "P[1-9][0-9]{0,2}D",
        "uuid" => "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
        "uri" | "uri-reference" | "iri" | "iri-reference" => {
            r"https://[a-z]{4,9}\.example/[a-z0-9]{1,8}"
        }
        "hostname" | "idn-hostname" => r"[a-z]{4,9}\.example",
        "ipv4" | "ip" => r"203\.0\.113\.[1-9]",
        "ipv6" => "2001:db8:[1-9a-f][0-9a-f]{0,3}::[1-9]",
        _ => return None,
    })
}

/// Returns a strategy for URLs of these domains and their subdomains.
fn urls(domains: &'static [&'static str]) -> BoxedStrategy<String> {
    let path = "/[a-z0-9]{1,8}(?:/[a-z]{1,6}|\\?page=[1-9])?";
    (proptest::sample::select(domains), any::<bool>(), path)
        .prop_map(|(domain, below, path)| {
            format!("https://{}{domain}{path}", if below { "www." } else { "" })
        })
        .boxed()
}

/// Returns a strategy for IBANs with valid check digits (ISO 7064, MOD 97-10).
fn ibans() -> BoxedStrategy<String> {
    proptest::collection::vec(0_u8..10, 18)
        .prop_map(|digits| {
            // The letters D and E are 13 and 14.
            let rest = digits
                .iter()
                .copied()
                .chain([1, 3, 1, 4, 0, 0])
                .fold(0_u32, |rest, digit| (rest * 10 + u32::from(digit)) % 97);
            let account: String = digits.iter().map(|digit| char::from(b'0' + digit)).collect();
            format!("DE{:02}{account}", 98 - rest)
        })
        .boxed()
}

/// Removes anchors, prefers printable characters, and shortens repetitions.
fn narrowed(hir: &Hir, least: usize) -> Hir {
    match hir.kind() {
        HirKind::Class(Class::Unicode(class)) => {
            let mut printable = class.clone();
            printable.intersect(&ClassUnicode::new([ClassUnicodeRange::new(' ', '~')]));
            if printable.ranges().is_empty() {
                hir.clone()
            } else {
                Hir::class(Class::Unicode(printable))
            }
        }
        HirKind::Look(_) => Hir::empty(),
        HirKind::Repetition(repetition) => {
            let long = u32::try_from(least.saturating_add(SLACK)).unwrap_or(u32::MAX / 4);
            let most = repetition.min.saturating_add(long);
            let sub = Box::new(narrowed(&repetition.sub, least));
            Hir::repetition(Repetition {
                max: Some(repetition.max.map_or(most, |max| max.min(most))),
                sub,
                ..*repetition
            })
        }
        HirKind::Capture(capture) => narrowed(&capture.sub, least),
        HirKind::Concat(parts) => {
            Hir::concat(parts.iter().map(|part| narrowed(part, least)).collect())
        }
        HirKind::Alternation(parts) => {
            Hir::alternation(parts.iter().map(|part| narrowed(part, least)).collect())
        }
        HirKind::Class(Class::Bytes(_)) | HirKind::Empty | HirKind::Literal(_) => hir.clone(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::strategy::{Strategy, ValueTree};
    use secure_tool::value::{Date, Email, Iban};
    use secure_tool::{SecureValue, spec::Shape};

    use super::*;

    fn sample(rule: &TextRule) -> Vec<String> {
        let mut runner = crate::strategy::runner(7, "texts");
        let texts = rule.strategy().expect("a satisfiable rule");
        (0..50).map(|_| texts.new_tree(&mut runner).expect("a text").current()).collect()
    }

    fn of<T: SecureValue>(format: Option<&str>) -> TextRule {
        let Shape::Named(named) = T::SHAPE else { panic!("a named type") };
        TextRule { named: Some(named), format: format.map(str::to_owned), ..TextRule::default() }
    }

    #[test]
    fn generated_texts_parse_as_their_value_types() {
        assert!(
            sample(&of::<Email>(Some("email"))).iter().all(|text| text.parse::<Email>().is_ok())
        );
        assert!(sample(&of::<Date>(Some("date"))).iter().all(|text| text.parse::<Date>().is_ok()));
        assert!(sample(&of::<Iban>(None)).iter().all(|text| text.parse::<Iban>().is_ok()));
    }

    #[test]
    fn pattern_generates_printable_texts_within_the_length() {
        let mut rule = TextRule { least: 4, most: Some(150), ..TextRule::default() };
        rule.whole(r"[^/\n]{1,200}").expect("it compiles");
        for text in sample(&rule) {
            assert!(
                rule.satisfied_by(&text)
                    && text.chars().count() < 40
                    && text.bytes().all(|b| (b' '..=b'~').contains(&b)),
                "{text:?}"
            );
        }
    }

    #[test]
    fn generated_text_fits_its_place() {
        let header = TextRule { place: TextPlace::Header, ..TextRule::default() };
        assert!(sample(&header).iter().all(|text| text.is_ascii() && text.trim() == text));
        let mut path = TextRule { place: TextPlace::Path, ..TextRule::default() };
        path.whole("[a.]{1,2}").expect("it compiles");
        assert!(sample(&path).iter().all(|text| text != "." && text != ".."));
    }

    #[test]
    fn same_seed_generates_the_same_texts() {
        let rule = TextRule { most: Some(30), ..TextRule::default() };
        assert_eq!(sample(&rule), sample(&rule));
    }
}
