//! What a pattern can't match without: a parsed pattern in, sets of literals of which one each stands in every match out.

use std::ops::Range;

use regex_syntax::hir::{Hir, HirKind};

/// The shortest literal that the gate can look for.
pub(crate) const SHORTEST: usize = 4;

/// The longest part of a literal that is kept: enough to be rare.
const LONGEST: usize = 24;

/// The most literals of a set.
const MOST: usize = 320;

/// A set of literals of which each match has one, all at least [`SHORTEST`] bytes long and in lower case; `None` if there is none to be found.
pub(crate) fn required(pattern: &Hir) -> Option<Required> {
    let mut sets = match pattern.kind() {
        HirKind::Concat(parts) => sets_of(parts),
        _ => Vec::new(),
    };
    sets.sort_by_key(|(_, set)| cost(set));
    let Some((range, first)) = sets.first() else { return best(pattern).map(|first| Required { first: tidy(first), second: None }) };
    let apart = |other: &Range<usize>| other.end <= range.start || other.start >= range.end;
    let second = sets.iter().find(|(other, _)| apart(other)).map(|(_, set)| tidy(set.clone()));
    Some(Required { first: tidy(first.clone()), second })
}

/// What every match has: one literal of the first set, and one of the second.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Required {
    /// The rarer ones.
    pub(crate) first: Vec<Vec<u8>>,
    pub(crate) second: Option<Vec<Vec<u8>>>,
}

fn tidy(mut set: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    for literal in &mut set {
        literal.make_ascii_lowercase();
        literal.truncate(LONGEST);
    }
    set.sort();
    set.dedup();
    set
}

/// The sets that parts of a sequence have, and the parts that each is of.
fn sets_of(parts: &[Hir]) -> Vec<(Range<usize>, Vec<Vec<u8>>)> {
    let mut sets: Vec<_> = parts.iter().enumerate().filter_map(|(at, part)| Some((at..at + 1, best(part)?))).collect();
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

/// The strings that a pattern can be, if they are few.
fn strings(pattern: &Hir) -> Option<Vec<Vec<u8>>> {
    match pattern.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(vec![Vec::new()]),
        HirKind::Literal(literal) => Some(vec![literal.0.to_vec()]),
        HirKind::Capture(capture) => strings(&capture.sub),
        HirKind::Class(class) => {
            let literal = class.literal();
            let few = || {
                let regex_syntax::hir::Class::Bytes(class) = class else { return None };
                let bytes: Vec<Vec<u8>> =
                    class.ranges().iter().flat_map(|range| range.start()..=range.end()).map(|byte| vec![byte]).collect();
                (bytes.len() <= 3).then_some(bytes)
            };
            literal.map(|literal| vec![literal]).or_else(few)
        }
        HirKind::Alternation(parts) => {
            let all: Vec<Vec<Vec<u8>>> = parts.iter().map(strings).collect::<Option<_>>()?;
            let all = all.concat();
            (all.len() <= MOST).then_some(all)
        }
        HirKind::Concat(parts) => parts.iter().try_fold(vec![Vec::new()], |heads, part| product(&heads, &strings(part)?)),
        HirKind::Repetition(repeated) if repeated.max == Some(1) && repeated.min == 0 => {
            let mut some = strings(&repeated.sub)?;
            some.push(Vec::new());
            Some(some)
        }
        HirKind::Repetition(_) => None,
    }
}

fn product(heads: &[Vec<u8>], tails: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
    let all: Vec<Vec<u8>> = heads.iter().flat_map(|head| tails.iter().map(move |tail| [head.as_slice(), tail].concat())).collect();
    (all.len() <= MOST).then_some(all)
}

/// A set without strings that are too short, if there is one.
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
        HirKind::Alternation(parts) => {
            parts.iter().map(best).collect::<Option<Vec<_>>>().map(|all| all.concat()).filter(|all| all.len() <= MOST)
        }
        HirKind::Concat(parts) => sets_of(parts).into_iter().map(|(_, set)| set).min_by_key(|set| cost(set)),
        _ => None,
    }
}

/// How much a set of literals makes of work: common words cost most.
fn cost(set: &[Vec<u8>]) -> usize {
    set.iter().map(|literal| 1_000_000_usize >> (2 * literal.len().min(9))).sum()
}
