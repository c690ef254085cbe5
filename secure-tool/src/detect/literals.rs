//! What a pattern can't match without: a parsed pattern in, a set of literals of which one stands in every match out.

use regex_syntax::hir::{Hir, HirKind};

/// The shortest literal that the gate can look for.
pub(crate) const SHORTEST: usize = 4;

/// The longest part of a literal that is kept: enough to be rare.
const LONGEST: usize = 24;

/// The most literals of a set.
const MOST: usize = 160;

/// A set of literals of which each match has one, all at least [`SHORTEST`] bytes long and in lower case; `None` if there is none to be found.
pub(crate) fn required(pattern: &Hir) -> Option<Vec<Vec<u8>>> {
    let mut set = best(pattern)?;
    for literal in &mut set {
        literal.make_ascii_lowercase();
        literal.truncate(LONGEST);
    }
    set.sort();
    set.dedup();
    Some(set)
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
                let bytes: Vec<Vec<u8>> = class.ranges().iter().flat_map(|range| range.start()..=range.end()).map(|byte| vec![byte]).collect();
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
        HirKind::Alternation(parts) => parts.iter().map(best).collect::<Option<Vec<_>>>().map(|all| all.concat()).filter(|all| all.len() <= MOST),
        HirKind::Concat(parts) => {
            // Runs of parts that are a few strings each, and parts that have a set within.
            let mut sets: Vec<Vec<Vec<u8>>> = parts.iter().filter_map(best).collect();
            for start in 0..parts.len() {
                let mut heads = vec![Vec::new()];
                for part in parts.get(start..).unwrap_or_default() {
                    let Some(more) = strings(part).and_then(|tails| product(&heads, &tails)) else { break };
                    heads = more;
                    sets.extend(usable(Some(heads.clone())));
                }
            }
            sets.into_iter().min_by_key(|set| cost(set))
        }
        _ => None,
    }
}

/// How much a set of literals makes of work: common words cost most.
fn cost(set: &[Vec<u8>]) -> usize {
    set.iter().map(|literal| 1_000_000_usize >> (2 * literal.len().min(9))).sum()
}
