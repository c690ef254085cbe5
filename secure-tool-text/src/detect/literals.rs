//! Required literals of a pattern: takes a parsed pattern, returns sets of literals. Every match
//! contains one literal of each set.

use std::ops::Range;

use regex_syntax::hir::literal::{ExtractKind, Extractor};
use regex_syntax::hir::{Hir, HirKind};

use super::ordinary::ORDINARY;

/// The minimum length of a literal that the gate can search for.
pub(crate) const SHORTEST: usize = 4;

/// The maximum length of a stored literal. Longer ones are truncated.
const LONGEST: usize = 24;

/// The maximum number of literals in a set.
const MOST: usize = 320;

/// Returns sets of literals. Each match contains a literal of each set. Literals are in lower case and
/// have at least [`SHORTEST`] bytes. Returns `None` if a pattern has no such set.
pub(crate) fn required(pattern: &Hir) -> Option<Required> {
    let mut sets = match pattern.kind() {
        HirKind::Concat(parts) => sets_of(parts),
        _ => Vec::new(),
    };
    sets.sort_by_key(|(_, set)| cost(set));
    // A try is cheap where a match starts with a literal.
    let cheapest = sets.first().map_or(usize::MAX, |(_, set)| cost(set));
    if let Some(first) = heads(pattern).filter(|heads| cost(heads) / 4 <= cheapest) {
        return Some(Required { first, second: None, leads: true });
    }
    let Some((range, first)) = sets.first() else {
        return best(pattern).map(|first| Required {
            first: tidy(first),
            second: None,
            leads: false,
        });
    };
    let apart = |other: &Range<usize>| other.end <= range.start || other.start >= range.end;
    let rare = |set: &[Vec<u8>]| {
        set.iter().all(|literal| literal.len() > SHORTEST && !is_ordinary(literal))
    };
    let second = sets
        .iter()
        .find(|(other, set)| apart(other) && rare(set))
        .map(|(_, set)| tidy(set.clone()));
    Some(Required { first: tidy(first.clone()), second, leads: false })
}

/// The required literals: every match contains one of the first set and one of the second.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Required {
    pub(crate) first: Vec<Vec<u8>>,
    pub(crate) second: Option<Vec<Vec<u8>>>,
    /// Whether every match starts with its literal of the first set.
    pub(crate) leads: bool,
}

/// Returns a set of literals. Every match starts with one of them.
fn heads(pattern: &Hir) -> Option<Vec<Vec<u8>>> {
    let mut extractor = Extractor::new();
    extractor.kind(ExtractKind::Prefix).limit_class(4).limit_literal_len(LONGEST).limit_total(MOST);
    let set: Vec<Vec<u8>> = extractor
        .extract(pattern)
        .literals()?
        .iter()
        .map(|literal| literal.as_bytes().to_ascii_lowercase())
        .collect();
    let set = usable(Some(set))?;
    let shorter = |literal: &Vec<u8>| {
        set.iter().any(|other| other.len() < literal.len() && literal.starts_with(other))
    };
    let mut kept: Vec<Vec<u8>> = set.iter().filter(|literal| !shorter(literal)).cloned().collect();
    kept.sort();
    kept.dedup();
    Some(kept)
}

/// Returns a set in lower case, truncated, without literals that contain another one.
fn tidy(mut set: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    for literal in &mut set {
        literal.make_ascii_lowercase();
        literal.truncate(LONGEST);
    }
    set.sort();
    set.dedup();
    let holds = |literal: &[u8], other: &[u8]| {
        other.len() < literal.len() && literal.windows(other.len()).any(|part| part == other)
    };
    set.iter().filter(|literal| !set.iter().any(|other| holds(literal, other))).cloned().collect()
}

/// Returns the sets of the parts of a sequence, each with the range of its parts.
fn sets_of(parts: &[Hir]) -> Vec<(Range<usize>, Vec<Vec<u8>>)> {
    let mut sets: Vec<_> =
        parts.iter().enumerate().filter_map(|(at, part)| Some((at..at + 1, best(part)?))).collect();
    for start in 0..parts.len() {
        let mut heads = vec![Vec::new()];
        for (length, part) in parts.get(start..).unwrap_or_default().iter().enumerate() {
            let Some(more) = strings(part).and_then(|tails| product(&heads, &tails)) else { break };
            heads = more;
            sets.extend(usable(Some(heads.clone())).map(|set| (start..start + length + 1, set)));
        }
    }
    sets
}

/// Returns the strings that a pattern can match, if they are few.
fn strings(pattern: &Hir) -> Option<Vec<Vec<u8>>> {
    match pattern.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(vec![Vec::new()]),
        HirKind::Literal(literal) => Some(vec![literal.0.to_vec()]),
        HirKind::Capture(capture) => strings(&capture.sub),
        HirKind::Class(class) => {
            let literal = class.literal();
            let few = || {
                let regex_syntax::hir::Class::Bytes(class) = class else { return None };
                let bytes: Vec<Vec<u8>> = class
                    .ranges()
                    .iter()
                    .flat_map(|range| range.start()..=range.end())
                    .map(|byte| vec![byte])
                    .collect();
                (bytes.len() <= 3).then_some(bytes)
            };
            literal.map(|literal| vec![literal]).or_else(few)
        }
        HirKind::Alternation(parts) => {
            let all: Vec<Vec<Vec<u8>>> = parts.iter().map(strings).collect::<Option<_>>()?;
            let all = all.concat();
            (all.len() <= MOST).then_some(all)
        }
        HirKind::Concat(parts) => {
            parts.iter().try_fold(vec![Vec::new()], |heads, part| product(&heads, &strings(part)?))
        }
        HirKind::Repetition(repeated) if repeated.max == Some(1) && repeated.min == 0 => {
            let mut some = strings(&repeated.sub)?;
            some.push(Vec::new());
            Some(some)
        }
        HirKind::Repetition(_) => None,
    }
}

fn product(heads: &[Vec<u8>], tails: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
    let all: Vec<Vec<u8>> = heads
        .iter()
        .flat_map(|head| tails.iter().map(move |tail| [head.as_slice(), tail].concat()))
        .collect();
    (all.len() <= MOST).then_some(all)
}

/// Returns the set without strings that are too short, if the set stays complete.
fn usable(set: Option<Vec<Vec<u8>>>) -> Option<Vec<Vec<u8>>> {
    set.filter(|set| !set.is_empty() && set.iter().all(|literal| literal.len() >= SHORTEST))
}

fn best(pattern: &Hir) -> Option<Vec<Vec<u8>>> {
    if let Some(whole) = usable(strings(pattern)) {
        return Some(whole);
    }
    match pattern.kind() {
        HirKind::Capture(capture) => best(&capture.sub),
        HirKind::Repetition(repeated) if repeated.min > 0 => best(&repeated.sub),
        HirKind::Alternation(parts) => parts
            .iter()
            .map(best)
            .collect::<Option<Vec<_>>>()
            .map(|all| all.concat())
            .filter(|all| all.len() <= MOST),
        HirKind::Concat(parts) => {
            sets_of(parts).into_iter().map(|(_, set)| set).min_by_key(|set| cost(set))
        }
        _ => None,
    }
}

/// Estimates the cost of a set of literals. Common words cost most.
fn cost(set: &[Vec<u8>]) -> usize {
    let of = |literal: &Vec<u8>| {
        let cost = 1_000_000_usize >> (2 * literal.len().min(9));
        if is_ordinary(literal) { 1_000_000 } else { cost }
    };
    set.iter().map(of).sum()
}

/// Returns whether a literal is common in ordinary text.
fn is_ordinary(literal: &[u8]) -> bool {
    memchr::memmem::find(ORDINARY.as_bytes(), literal).is_some()
}
