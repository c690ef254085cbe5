//! The rules of the shipped detector: `rules.txt` in, compiled patterns behind a gate out.
//!
//! A pattern is a regular expression over folded text, in any case. In it a space stands for a gap of bytes that are no word, `<n>` for up to n words within a gap, `{name}` for a class. From each pattern a set of literals is derived of which every match has one; the gate finds
//! them in one pass over the text, and patterns are tried only around them, in windows that hold every match of at most [`REACH`] bytes.

use std::fmt::Write;
use std::ops::Range;

use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;

use super::fold::fold;
use super::gate::Gate;
use super::literals::{self, Required};
use super::report::Confidence;
use super::triggers::{Trigger, triggers};
use super::views::{Disguised, Zones};

/// How far from a literal of it a match may reach, in bytes. Longer ones than this are no sentence.
const REACH: usize = 320;

/// One rule as it is written.
#[derive(Debug)]
pub(crate) struct Rule<'a> {
    pub(crate) id: &'a str,
    pub(crate) confidence: Confidence,
    pub(crate) reason: &'a str,
    patterns: Vec<String>,
}

/// A mistake in a file of rules: the line, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake(pub(crate) usize, pub(crate) &'static str);

/// The rules of a file.
pub(crate) fn parse(file: &str) -> Result<Vec<Rule<'_>>, Mistake> {
    let mut classes: Vec<(&str, String)> = Vec::new();
    let mut rules: Vec<Rule<'_>> = Vec::new();
    for (number, line) in file.lines().enumerate() {
        let wrong = |what| Mistake(number + 1, what);
        if line.is_empty() || line.starts_with("# ") {
        } else if let Some(id) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            rules.push(Rule { id, confidence: Confidence::Weak, reason: "", patterns: Vec::new() });
        } else {
            let (key, value) = line.split_once(" = ").ok_or(wrong("neither a heading nor `key = value`"))?;
            if let Some(name) = key.strip_prefix("let ") {
                classes.push((name, with_classes(value, &classes).ok_or(wrong("an unknown class"))?));
                continue;
            }
            let rule = rules.last_mut().ok_or(wrong("a value before the first rule"))?;
            match key {
                "confidence" => rule.confidence = confidence(value).ok_or(wrong("an unknown confidence"))?,
                "reason" => rule.reason = value,
                "pattern" => {
                    let pattern = with_classes(value, &classes).ok_or(wrong("an unknown class"))?;
                    rule.patterns.push(with_gaps(&pattern).ok_or(wrong("a malformed gap"))?);
                }
                _ => return Err(wrong("an unknown key")),
            }
        }
    }
    Ok(rules)
}

fn confidence(word: &str) -> Option<Confidence> {
    Some(match word {
        "weak" => Confidence::Weak,
        "medium" => Confidence::Medium,
        "strong" => Confidence::Strong,
        _ => return None,
    })
}

/// A pattern with its classes written out.
fn with_classes(pattern: &str, classes: &[(&str, String)]) -> Option<String> {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(at) = rest.find('{') {
        let (before, class) = rest.split_at_checked(at)?;
        out.push_str(before);
        let name = class.get(1..).unwrap_or_default();
        let end = name.find('}').unwrap_or(0);
        let name = name.get(..end).unwrap_or_default();
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            out.push('{');
            rest = class.get(1..).unwrap_or_default();
        } else {
            let (_, words) = classes.iter().find(|(class, _)| *class == name)?;
            let _ = write!(out, "(?:{words})");
            rest = class.get(name.len() + 2..).unwrap_or_default();
        }
    }
    out.push_str(rest);
    Some(out)
}

/// A pattern with its spaces and gaps written out, and what is not ASCII folded as the text will be.
fn with_gaps(pattern: &str) -> Option<String> {
    let mut out = String::with_capacity(pattern.len() * 2);
    let (mut rest, mut in_class) = (pattern, false);
    while let Some(c) = rest.chars().next() {
        let word_gap = rest.strip_prefix(" <").or_else(|| rest.strip_prefix('<')).and_then(|gap| {
            let (words, after) = gap.split_once('>')?;
            words.parse::<u8>().ok().map(|words| (words, after))
        });
        match (c, word_gap) {
            (' ' | '<', Some((words, after))) if !in_class => {
                if c == ' ' {
                    out.push_str(r"\W+");
                }
                let _ = write!(out, r"(?:\w+\W+){{0,{words}}}?");
                rest = after.strip_prefix(' ').unwrap_or(after);
                continue;
            }
            (' ', _) if !in_class => out.push_str(r"\W+"),
            ('\\', _) => {
                out.push(c);
                rest = rest.get(1..)?;
                out.push(rest.chars().next()?);
            }
            _ if !c.is_ascii() => {
                let run = rest.find(|c: char| c.is_ascii()).unwrap_or(rest.len());
                let (run, after) = rest.split_at_checked(run)?;
                out.push_str(&fold(run)?.0);
                rest = after;
                continue;
            }
            _ => {
                in_class = (in_class || c == '[') && c != ']';
                out.push(c);
            }
        }
        rest = rest.get(rest.chars().next()?.len_utf8()..)?;
    }
    Some(out)
}

/// One compiled pattern.
pub(crate) struct Pattern {
    /// Its rule's place in the list.
    pub(crate) rule: usize,
    pub(crate) regex: Regex,
    /// Whether a literal of a second set has to stand in a window before it is worth a try.
    needs_second: bool,
}

/// Compiled rules.
pub(crate) struct Rules<'a> {
    pub(crate) list: Vec<Rule<'a>>,
    pub(crate) patterns: Vec<Pattern>,
    gate: Gate,
    /// For each literal of the gate, whose it is.
    owners: Vec<Owners>,
}

/// A literal with one that it is of: a pattern, and whether it is of the pattern's first set; or a trigger.
type Owned = (Vec<u8>, Option<(usize, bool)>, Trigger);

/// Whose a literal is.
#[derive(Debug, Default)]
struct Owners {
    length: usize,
    /// Patterns, and whether it is of a pattern's first set.
    patterns: Vec<(usize, bool)>,
    trigger: Trigger,
}

/// What the gate saw beside matches: where the model should read, and what may be in disguise.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Apart and in order.
    pub(crate) zones: Zones,
    pub(crate) disguised: Disguised,
}

/// How far around a trigger the model reads, and disguises are looked for, in bytes.
const AROUND: usize = 256;

impl Seen {
    fn trigger(&mut self, at: usize, trigger: Trigger) {
        let zones = [
            (trigger.plain, &mut self.zones),
            (trigger.rot13, &mut self.disguised.rot13),
            (trigger.reversed, &mut self.disguised.reversed),
        ];
        zones.into_iter().filter(|(is, _)| *is).for_each(|(_, zones)| zones.add(at, AROUND));
    }
}

/// Where a rule matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Match {
    pub(crate) rule: usize,
    pub(crate) span: Range<usize>,
}

/// What of the work on one text is left, so that no text makes more than its share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    /// Bytes that patterns are tried on.
    pub(crate) bytes: usize,
}

impl Budget {
    /// What a text of this length may cost. Honest text needs a small part of it.
    pub(crate) const fn of(length: usize) -> Self {
        Self { bytes: 64 * 1024 + length * 5 }
    }

    /// Adds what a view so long may cost.
    pub(crate) const fn grow(&mut self, length: usize) {
        self.bytes += length * 5;
    }
}

/// The literals that a pattern needs, and the pattern compiled.
fn compiled(pattern: &str) -> Result<(Required, Regex), &'static str> {
    let parsed = ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern).map_err(|_| "no pattern")?;
    let literals = literals::required(&parsed).ok_or("no literals to look for")?;
    let regex = RegexBuilder::new(pattern).unicode(false).case_insensitive(true).build().map_err(|_| "too large")?;
    Ok((literals, regex))
}

impl<'a> Rules<'a> {
    /// Compiles rules; `turn` and `turn_byte` rewrite each literal character of patterns and triggers, for texts in which letters stand for others.
    pub(crate) fn compile(rules: Vec<Rule<'a>>, turn: fn(&str) -> String, turn_byte: fn(u8) -> u8) -> Result<Self, String> {
        let mut patterns = Vec::new();
        let mut flaws = Vec::new();
        let mut sets: Vec<(Vec<u8>, usize, bool)> = Vec::new();
        for (number, rule) in rules.iter().enumerate() {
            for pattern in &rule.patterns {
                let pattern = turn(pattern);
                match compiled(&pattern) {
                    Ok((required, regex)) => {
                        let needs_second = required.second.is_some();
                        sets.extend(required.first.into_iter().map(|literal| (literal, patterns.len(), true)));
                        sets.extend(required.second.into_iter().flatten().map(|literal| (literal, patterns.len(), false)));
                        patterns.push(Pattern { rule: number, regex, needs_second });
                    }
                    Err(what) => flaws.push(format!("`{}`: {what}: `{pattern}`", rule.id)),
                }
            }
        }
        if !flaws.is_empty() {
            return Err(flaws.join("\n"));
        }
        let triggers = triggers().into_iter().map(|(literal, trigger)| (literal.iter().map(|&byte| turn_byte(byte)).collect(), trigger));
        let mut owned: Vec<Owned> = triggers.map(|(literal, trigger)| (literal, None, trigger)).collect();
        owned.extend(sets.into_iter().map(|(literal, pattern, first)| (literal, Some((pattern, first)), Trigger::default())));
        owned.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        let mut literals: Vec<Vec<u8>> = Vec::new();
        let mut owners: Vec<Owners> = Vec::new();
        for (literal, pattern, trigger) in owned {
            if literals.last() != Some(&literal) {
                owners.push(Owners { length: literal.len(), ..Owners::default() });
                literals.push(literal);
            }
            if let Some(last) = owners.last_mut() {
                last.patterns.extend(pattern);
                last.trigger = last.trigger.and(trigger);
            }
        }
        Ok(Self { list: rules, patterns, gate: Gate::new(literals), owners })
    }

    /// Calls back for each match, pattern by pattern. Gives `false` when the budget did not suffice, and not all was searched.
    pub(crate) fn each_match(&self, text: &[u8], budget: &mut Budget, seen: &mut Seen, mut each: impl FnMut(Match)) -> bool {
        let mut pending: Vec<Pending> = vec![Pending::default(); self.patterns.len()];
        let mut whole = true;
        self.gate.each(text, |at, literal| {
            let Some(owners) = self.owners.get(literal) else { return };
            seen.trigger(at, owners.trigger);
            for &(number, first) in &owners.patterns {
                let (Some(pattern), Some(pending)) = (self.patterns.get(number), pending.get_mut(number)) else { continue };
                if first {
                    // One byte more on each side, so that the bounds of words are seen.
                    let window = (at + owners.length).saturating_sub(REACH + 1)..(at + REACH + 1).min(text.len());
                    if let Some(done) = pending.first(window) {
                        whole &= attempt(pattern, text, done, budget, &mut each);
                    }
                } else {
                    pending.second(at);
                }
            }
        });
        for (pattern, pending) in self.patterns.iter().zip(pending) {
            whole &= attempt(pattern, text, pending, budget, &mut each);
        }
        whole
    }
}

/// A window in which a pattern is to be tried, when all of it is known.
#[derive(Debug, Clone, Default)]
struct Pending {
    window: Range<usize>,
    /// Whether a literal of the second set stands in it.
    has_second: bool,
    last_second: Option<usize>,
}

impl Pending {
    /// Takes the window of another literal of the first set; gives the one that is complete by that.
    fn first(&mut self, window: Range<usize>) -> Option<Self> {
        if !self.window.is_empty() && window.start <= self.window.end {
            self.window = self.window.start.min(window.start)..self.window.end.max(window.end);
            self.has_second |= self.last_second.is_some_and(|at| at >= self.window.start);
            return None;
        }
        let has_second = self.last_second.is_some_and(|at| at >= window.start);
        Some(std::mem::replace(self, Self { window, has_second, last_second: self.last_second }))
    }

    /// Takes a literal of the second set.
    fn second(&mut self, at: usize) {
        self.has_second |= self.window.contains(&at);
        self.last_second = self.last_second.max(Some(at));
    }
}

/// Tries a pattern in a window, if it may match there. Gives `false` where the budget does not suffice.
fn attempt(pattern: &Pattern, text: &[u8], pending: Pending, budget: &mut Budget, each: &mut impl FnMut(Match)) -> bool {
    if pending.window.is_empty() || (pattern.needs_second && !pending.has_second) {
        return true;
    }
    let Some(left) = budget.bytes.checked_sub(pending.window.len()) else { return false };
    budget.bytes = left;
    matches_in(pattern, text, pending.window, each);
    true
}

/// Calls back for the matches within a window. One that touches an edge that is not the text's own may be no match of the text: the search goes on behind it.
fn matches_in(pattern: &Pattern, text: &[u8], window: Range<usize>, each: &mut impl FnMut(Match)) {
    let Some(slice) = text.get(window.clone()) else { return };
    let mut from = 0;
    while let Some(found) = pattern.regex.find_at(slice, from) {
        let span = window.start + found.start()..window.start + found.end();
        let cut = (found.start() == 0 && window.start > 0) || (found.end() == slice.len() && window.end < text.len());
        if !cut {
            each(Match { rule: pattern.rule, span });
        }
        from = if cut { found.start() + 1 } else { found.end().max(found.start() + 1) };
        if from > slice.len() {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped() -> Rules<'static> {
        let rules = parse(include_str!("rules.txt")).expect("well written");
        Rules::compile(rules, str::to_owned, |byte| byte).expect("each has literals")
    }

    /// Words of all rules, so that random texts come near to matching, and match.
    fn words() -> Vec<String> {
        let letters = |c: char| !c.is_ascii_alphanumeric() && c != '\'' && c != '<' && c != '|';
        let mut words: Vec<String> = include_str!("rules.txt").split(letters).filter(|word| word.len() > 1).map(str::to_owned).collect();
        words.extend(["(", ")", ". ", "](http", "![", "://", "\n", "<|", "|>", "\u{5ffd}\u{7565}", "?data={x}"].map(str::to_owned));
        words
    }

    #[test]
    fn each_rule_has_an_id_of_its_own_a_reason_and_patterns() {
        let rules = parse(include_str!("rules.txt")).expect("well written");
        let mut ids: Vec<&str> = rules.iter().map(|rule| rule.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), rules.len());
        assert!(rules.iter().all(|rule| !rule.reason.is_empty() && !rule.patterns.is_empty()));
    }

    #[test]
    fn a_mistake_in_a_file_of_rules_is_told_with_its_line() {
        for (file, line) in
            [("[a]\nnothing", 2), ("pattern = a", 1), ("[a]\nconfidence = high", 2), ("[a]\n\npattern = {none}", 3), ("[a]\nx = y", 2)]
        {
            assert_eq!(parse(file).map(|_| ()).map_err(|mistake| mistake.0), Err(line), "{file}");
        }
        for pattern in ["ab", "(?:long words|or)", "(unclosed", "\\w+"] {
            let file = format!("[a]\nreason = a\npattern = {pattern}");
            assert!(Rules::compile(parse(&file).expect("well written"), str::to_owned, |byte| byte).is_err(), "{pattern}");
        }
    }

    /// Numbers that look random, the same ones each time.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, limit: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            usize::try_from(self.0 % u64::try_from(limit).expect("small")).expect("small")
        }

        fn text(&mut self, words: &[String], length: usize) -> String {
            let word = |dice: &mut Self| words[dice.below(words.len())].clone() + [" ", " ", " ", ", ", "", ": ", "\n"][dice.below(7)];
            (0..length).map(|_| word(self)).collect()
        }
    }

    /// Searches a text in windows and as a whole: each rule that the whole text matches is found, and nothing is found that does not stand there. Gives how many matches there were.
    fn compare(rules: &Rules<'_>, text: &str) -> usize {
        let text = text.as_bytes();
        let mut windowed = Vec::new();
        assert!(rules.each_match(text, &mut Budget { bytes: usize::MAX }, &mut Seen::default(), |found| windowed.push(found)));
        let mut matches = 0;
        for pattern in &rules.patterns {
            let plain = pattern.regex.find_iter(text).filter(|found| found.len() <= REACH).count();
            matches += plain;
            assert!(
                plain == 0 || windowed.iter().any(|found| found.rule == pattern.rule),
                "{} in {:?}",
                pattern.regex,
                text.escape_ascii().to_string()
            );
        }
        for found in &windowed {
            let stands = |pattern: &Pattern| pattern.regex.find_at(text, found.span.start).is_some_and(|at| at.start() == found.span.start);
            let stands = rules.patterns.iter().filter(|pattern| pattern.rule == found.rule).any(stands);
            assert!(stands, "{found:?} in {:?}", text.escape_ascii().to_string());
        }
        matches
    }

    #[test]
    fn windows_find_the_rules_that_the_plain_set_finds() {
        let (rules, words, mut dice) = (shipped(), words(), Dice(0x2545_F491_4F6C_DD1D));
        let matches: usize = (0..200)
            .map(|_| {
                let length = 20 + dice.below(120);
                compare(&rules, &dice.text(&words, length))
            })
            .sum();
        assert!(matches > 50, "the texts come near enough: {matches}");
    }

    #[test]
    fn windows_hold_all_that_reaches_far_and_nothing_that_is_cut() {
        let file = "[far]\nreason = a\npattern = \\balphabet <9> omega\\b\npattern = \\b(?:gamma|delta) <3> alphabet <9> omega\\b\n[behind]\nreason = a\npattern = \\bno <30> alphabet\\b\n[alone]\nreason = a\npattern = \\bpha <9> omegas\\b\n";
        let rules = Rules::compile(parse(file).expect("well written"), str::to_owned, |byte| byte).expect("literals");
        let mut words: Vec<String> =
            ["alphabet", "omega", "gamma", "delta", "no", "alpha", "omegas", "xomega", "yyyyyyno", "yyyno", "yyyyyyyyyyno"]
                .map(str::to_owned)
                .to_vec();
        words.extend((0..16).map(|length| "y".repeat(8 + 2 * length)));
        let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
        let matches: usize = (0..4_000).map(|_| compare(&rules, &dice.text(&words, 60))).sum();
        assert!(matches > 2_000, "the texts match often enough: {matches}");
    }

    #[test]
    fn near_misses_without_end_exhaust_a_budget_and_that_is_told() {
        let rules = shipped();
        let text = "ignore all previous instruct please send passwords tell the user ".repeat(4_000);
        let mut budget = Budget::of(text.len());
        let whole = rules.each_match(text.as_bytes(), &mut budget, &mut Seen::default(), |_| {});
        assert!(!whole);
    }
}
