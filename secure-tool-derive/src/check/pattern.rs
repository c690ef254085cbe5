//! Patterns: a regular expression in, its bounds out.

use regex_syntax::hir::{Hir, HirKind};
use syn::LitStr;

use crate::codes::{self, PatternFlaw};
use crate::diagnostics::Errors;
use crate::model::Pattern;

/// Checks a pattern, which is matched against the whole value by an engine without backtracking.
pub(super) fn pattern(literal: &LitStr, errors: &mut Errors) -> Option<Pattern> {
    let text = literal.value();
    match flaw_or_bounds(&text) {
        Ok((max, no_white_space)) => Some(Pattern { text, max, no_white_space }),
        Err(flaw) => {
            errors.at(literal, codes::pattern(&flaw));
            None
        }
    }
}

fn flaw_or_bounds(text: &str) -> Result<(Option<u32>, bool), PatternFlaw> {
    if text.is_empty() {
        return Err(PatternFlaw::Empty);
    }
    let hir = regex_syntax::parse(text).map_err(|error| PatternFlaw::of(&error))?;
    if !hir.properties().look_set().is_empty() {
        return Err(PatternFlaw::Anchor(without_anchors(text)));
    }
    // In verbose mode, a comment at the end of the pattern would hide the end of the enclosing
    // group.
    regex_syntax::parse(&format!("^(?:{text})$")).map_err(|error| PatternFlaw::of(&error))?;
    if holds_domain_class(text) {
        return Err(PatternFlaw::DomainInClass);
    }
    Ok((max(&hir), no_white_space(&hir)))
}

/// Returns a pattern to write instead of one with anchors: the same without those at its ends, if
/// that is a pattern without anchors.
fn without_anchors(text: &str) -> String {
    let inner = text.trim_start_matches('^').trim_start_matches("\\A");
    let inner = inner.trim_end_matches('$').trim_end_matches("\\z");
    let is_plain = !inner.is_empty()
        && regex_syntax::parse(inner).is_ok_and(|hir| hir.properties().look_set().is_empty());
    if is_plain { inner } else { "[a-z0-9-]{1,40}" }.to_owned()
}

/// The maximum number of characters of a match.
fn max(hir: &Hir) -> Option<u32> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(0),
        HirKind::Literal(literal) => {
            u32::try_from(String::from_utf8_lossy(&literal.0).chars().count()).ok()
        }
        HirKind::Class(_) => Some(1),
        HirKind::Repetition(repetition) => repetition.max?.checked_mul(max(&repetition.sub)?),
        HirKind::Capture(capture) => max(&capture.sub),
        HirKind::Concat(parts) => {
            parts.iter().try_fold(0_u32, |sum, part| sum.checked_add(max(part)?))
        }
        HirKind::Alternation(parts) => {
            parts.iter().try_fold(0, |most, part| Some(most.max(max(part)?)))
        }
    }
}

/// Whether no match contains white space.
fn no_white_space(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => {
            !String::from_utf8_lossy(&literal.0).contains(char::is_whitespace)
        }
        HirKind::Class(class) => match class {
            regex_syntax::hir::Class::Unicode(class) => {
                !class.iter().any(|range| holds_space(range.start(), range.end()))
            }
            regex_syntax::hir::Class::Bytes(_) => false,
        },
        HirKind::Repetition(repetition) => no_white_space(&repetition.sub),
        HirKind::Capture(capture) => no_white_space(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().all(no_white_space),
    }
}

/// The code points of Unicode's `White_Space`, as in `char::is_whitespace`.
const WHITE_SPACE: [std::ops::RangeInclusive<char>; 10] = [
    '\t'..='\r',
    ' '..=' ',
    '\u{85}'..='\u{85}',
    '\u{a0}'..='\u{a0}',
    '\u{1680}'..='\u{1680}',
    '\u{2000}'..='\u{200a}',
    '\u{2028}'..='\u{2029}',
    '\u{202f}'..='\u{202f}',
    '\u{205f}'..='\u{205f}',
    '\u{3000}'..='\u{3000}',
];

fn holds_space(start: char, end: char) -> bool {
    WHITE_SPACE.iter().any(|space| start <= *space.end() && *space.start() <= end)
}

/// Returns whether a character class contains a host name, as in `[shop.example]`. Such a class
/// matches one letter.
fn holds_domain_class(text: &str) -> bool {
    let classes = text.split('[').skip(1).filter_map(|rest| Some(rest.split_once(']')?.0));
    classes.into_iter().any(|class| match class.rsplit_once('.') {
        Some((host, top)) => {
            top.len() >= 2
                && top.bytes().all(|b| b.is_ascii_lowercase())
                && host.len() >= 2
                && host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
        }
        None => false,
    })
}

/// Returns whether no match can contain an instruction: no white space, and at most 64 characters.
pub(super) fn is_closed(pattern: &Pattern) -> bool {
    pattern.no_white_space && pattern.max.is_some_and(|max| max <= 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_match_is_counted_in_characters() {
        for (text, expected) in [
            ("[a-z0-9-]{1,40}", Some(40)),
            ("[A-Z]{2}-(?:äé|x){3}", Some(9)),
            ("[a-z]+", None),
            ("a*b", None),
            ("(ab|cde)?", Some(3)),
        ] {
            assert_eq!(flaw_or_bounds(text).map(|(max, _)| max).ok(), Some(expected), "{text}");
        }
    }

    #[test]
    fn white_space_is_seen_in_classes_and_literals() {
        for (text, expected) in [
            ("[a-z0-9-]{1,40}", true),
            (".{1,40}", false),
            ("[^a]", false),
            (r"\w{3}", true),
            (r"\S{3}", true),
            ("a b", false),
            (r"[\s\d]", false),
        ] {
            assert_eq!(
                flaw_or_bounds(text).map(|(_, no_white_space)| no_white_space).ok(),
                Some(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn patterns_that_do_not_mean_what_they_say_are_refused() {
        for text in [
            "^a$",
            r"\Aa\z",
            r"\ba",
            "a(?=b)",
            r"(a)\1",
            "a(",
            "[shop.example]",
            "(?x)a # b",
            "a|^b",
            "",
        ] {
            assert!(flaw_or_bounds(text).is_err(), "{text}");
        }
        for text in ["[a-z.]{3}", "[A-Za-z0-9._-]{1,9}", "a|b"] {
            assert!(flaw_or_bounds(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_pattern_is_proposed_without_its_anchors() {
        for (written, proposed) in [
            ("^[a-z]{1,40}$", "[a-z]{1,40}"),
            (r"\A[0-9]+\z", "[0-9]+"),
            ("^a|b$", "a|b"),
            ("(a|^b)", "[a-z0-9-]{1,40}"),
            (r"^cost\$", "[a-z0-9-]{1,40}"),
            ("^$", "[a-z0-9-]{1,40}"),
        ] {
            assert_eq!(without_anchors(written), proposed, "{written}");
        }
    }
}
