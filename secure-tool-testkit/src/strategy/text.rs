//! The rules on a text in, texts that keep them out, and whether a given text keeps them.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::string::{string_regex, string_regex_parsed};
use regex::Regex;
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Repetition};
use secure_tool::spec::{Kind, Named};

use super::Unmade;

/// How much longer than it must be a text is made.
const SLACK: usize = 14;

/// Where a text will stand; each place has characters that no honest caller puts there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Stands {
    /// In JSON or in a query: anything.
    #[default]
    Anywhere,
    /// In the path: not empty, not dots only.
    Path,
    /// In a header: printable ASCII, no space at either end.
    Header,
}

/// What a text must be.
#[derive(Debug, Clone, Default)]
pub(crate) struct TextRule {
    pub(super) patterns: Vec<Pattern>,
    /// The first pattern is the field's own: narrower than what its type says.
    pub(super) own: bool,
    /// The format that the schema names.
    pub(crate) format: Option<String>,
    /// The fewest and the most characters.
    pub(crate) least: usize,
    pub(crate) most: Option<usize>,
    pub(crate) named: Option<&'static Named>,
    pub(crate) stands: Stands,
    /// Of a web address: the domains that it may be of.
    pub(crate) domains: &'static [&'static str],
    /// A user must be able to say it in quotes.
    pub(crate) sayable: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Pattern {
    text: String,
    compiled: Arc<Regex>,
}

impl TextRule {
    /// Adds a pattern of a schema, which may match anywhere unless it says otherwise.
    pub(crate) fn search(&mut self, pattern: &str) -> Result<(), Unmade> {
        if self.patterns.iter().any(|known| known.text == pattern) {
            return Ok(());
        }
        let compiled =
            Regex::new(pattern).map_err(|_| format!("the pattern `{pattern}` does not compile"))?;
        self.patterns.push(Pattern { text: pattern.to_owned(), compiled: Arc::new(compiled) });
        Ok(())
    }

    /// Adds a pattern of a spec, which the whole text must match.
    pub(crate) fn whole(&mut self, pattern: &str) -> Result<(), Unmade> {
        self.search(&format!("^(?:{pattern})$"))
    }

    /// Adds the field's own pattern, before all others.
    pub(crate) fn own(&mut self, pattern: &str) -> Result<(), Unmade> {
        self.own = true;
        self.whole(pattern)
    }

    /// Whether a pattern, a format or a type says more than a length does.
    pub(crate) fn is_narrow(&self) -> bool {
        !self.patterns.is_empty()
            || self.format.is_some()
            || self.named.is_some_and(|named| named.accepts.is_some())
    }

    /// Whether it is known that this text keeps the rules. Of a format without a type of ours it
    /// never is.
    pub(crate) fn admits(&self, text: &str) -> bool {
        let accepts = self.named.and_then(|named| named.accepts);
        self.keeps(text) && (self.format.is_none() || accepts.is_some())
    }

    fn keeps(&self, text: &str) -> bool {
        let length = text.chars().count();
        length >= self.least
            && self.most.is_none_or(|most| length <= most)
            && self.patterns.iter().all(|pattern| pattern.compiled.is_match(text))
            && self.named.and_then(|named| named.accepts).is_none_or(|accepts| accepts(text))
    }

    /// Whether an honest caller would send it: beside the rules, what the place allows.
    fn is_honest(&self, text: &str) -> bool {
        let place = match self.stands {
            Stands::Anywhere => true,
            Stands::Path => !matches!(text, "" | "." | ".."),
            Stands::Header => {
                text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && text.trim() == text
            }
        };
        let said = !self.sayable
            || !text.trim().is_empty()
                && text.len() <= 900
                && !text.contains(['"', '`', '\'', '“', '”', '‘', '’', '«', '»']);
        place && said && self.keeps(text) && self.is_of_a_domain(text)
    }

    /// Of a web address that must be of a domain: whether it is, by the label.
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

    /// Texts that keep the rules.
    pub(crate) fn strategy(&self) -> Result<BoxedStrategy<String>, Unmade> {
        let is_iban = self.named.is_some_and(|named| named.kind == Kind::Iban);
        let format = is_iban.then_some("iban").or(self.format.as_deref()).filter(|_| !self.own);
        let texts = match (format, format.and_then(of_format), self.patterns.first()) {
            (Some("iban"), ..) => ibans(),
            _ if !self.domains.is_empty() && !self.own => addresses(self.domains),
            (_, Some(regex), _) => string_regex(regex).map_err(|error| error.to_string())?.boxed(),
            (_, None, Some(first)) => of_pattern(&first.text, self.least)?,
            (Some(format), None, None) => {
                return Err(format!("no text of the format `{format}` is known"));
            }
            (None, None, None) => self.plain()?,
        };
        let rule = self.clone();
        Ok(texts
            .prop_filter("a text that keeps all rules", move |text| rule.is_honest(text))
            .boxed())
    }

    /// Letters, digits and spaces between letters.
    fn plain(&self) -> Result<BoxedStrategy<String>, Unmade> {
        let least = self
            .least
            .max(usize::from(self.stands != Stands::Anywhere || self.sayable))
            .max(self.most.unwrap_or(3).min(3));
        let most = self.most.unwrap_or(usize::MAX).min(least.saturating_add(SLACK));
        let letters =
            if self.stands == Stands::Anywhere { "[a-zA-Z0-9éßñ ]" } else { "[a-zA-Z0-9 ]" };
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

fn of_pattern(pattern: &str, least: usize) -> Result<BoxedStrategy<String>, Unmade> {
    let unmade = |error: &dyn std::fmt::Display| {
        format!("no text of the pattern `{pattern}` can be made: {error}")
    };
    let parsed = regex_syntax::parse(pattern).map_err(|error| unmade(&error))?;
    Ok(string_regex_parsed(&narrowed(&parsed, least)).map_err(|error| unmade(&error))?.boxed())
}

/// A regular expression for the texts of a format of JSON schema, or of one of this crate's kinds.
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

/// Web addresses of these domains and of names below them.
fn addresses(domains: &'static [&'static str]) -> BoxedStrategy<String> {
    let path = "/[a-z0-9]{1,8}(?:/[a-z]{1,6}|\\?page=[1-9])?";
    (proptest::sample::select(domains), any::<bool>(), path)
        .prop_map(|(domain, below, path)| {
            format!("https://{}{domain}{path}", if below { "www." } else { "" })
        })
        .boxed()
}

/// Account numbers with right check digits (ISO 7064: the number that country and zeros at the end
/// spell, modulo 97, makes up 98).
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

/// The expression without anchors, with printable characters only where there are some, and with
/// short repetitions.
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
        let texts = rule.strategy().expect("a rule that can be kept");
        (0..50).map(|_| texts.new_tree(&mut runner).expect("a text").current()).collect()
    }

    fn of<T: SecureValue>(format: Option<&str>) -> TextRule {
        let Shape::Named(named) = T::SHAPE else { panic!("a named type") };
        TextRule { named: Some(named), format: format.map(str::to_owned), ..TextRule::default() }
    }

    #[test]
    fn texts_of_the_value_types_are_of_them() {
        assert!(
            sample(&of::<Email>(Some("email"))).iter().all(|text| text.parse::<Email>().is_ok())
        );
        assert!(sample(&of::<Date>(Some("date"))).iter().all(|text| text.parse::<Date>().is_ok()));
        assert!(sample(&of::<Iban>(None)).iter().all(|text| text.parse::<Iban>().is_ok()));
    }

    #[test]
    fn a_pattern_gives_printable_texts_of_the_length() {
        let mut rule = TextRule { least: 4, most: Some(150), ..TextRule::default() };
        rule.whole(r"[^/\n]{1,200}").expect("it compiles");
        for text in sample(&rule) {
            assert!(
                rule.keeps(&text)
                    && text.chars().count() < 40
                    && text.bytes().all(|b| (b' '..=b'~').contains(&b)),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_text_keeps_its_place() {
        let header = TextRule { stands: Stands::Header, ..TextRule::default() };
        assert!(sample(&header).iter().all(|text| text.is_ascii() && text.trim() == text));
        let mut path = TextRule { stands: Stands::Path, ..TextRule::default() };
        path.whole("[a.]{1,2}").expect("it compiles");
        assert!(sample(&path).iter().all(|text| text != "." && text != ".."));
    }

    #[test]
    fn the_same_seed_gives_the_same_texts() {
        let rule = TextRule { most: Some(30), ..TextRule::default() };
        assert_eq!(sample(&rule), sample(&rule));
    }
}
