//! Inputs of the trainer in `text-eval`: takes a text, returns the features of its words and the
//! points of the rules. No other caller uses them.

use super::fold::fold;
use super::model::Model;
use super::report::Report;
use super::rules::{Budget, GateFindings, Rules};
use super::scanner::{points, scan_with, shipped_rules};
use super::words::each_word;

pub use super::model::{HEADER, STRETCH, penalty};
pub use super::words::FEATURES;

/// A text with its features, ready for training.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Prepared {
    /// The features of all words, concatenated.
    pub features: Vec<u16>,
    /// The end index of the features of each word.
    pub ends: Vec<u32>,
    /// The length of the text, in bytes.
    pub length: usize,
    /// The points of the rules at each word.
    pub points: Vec<i32>,
}

/// Prepares a text. If the rules do not compile, there are no points.
#[must_use]
pub fn prepare(text: &str) -> Prepared {
    let folded = fold(text);
    let text = folded.as_ref().map_or(text, |(folded, _)| folded).as_bytes();
    let mut given = Vec::new();
    if let Some(rules) = shipped_rules() {
        let mut matches = Vec::new();
        rules.each_match(
            text,
            &mut Budget::of(text.len()),
            &mut GateFindings::default(),
            |found| {
                matches.push(found);
            },
        );
        matches.sort_by_key(|found| (found.span.end, found.rule));
        given = points(rules, &matches);
    }
    let mut given = given.into_iter().peekable();
    let mut prepared = Prepared { length: text.len(), ..Prepared::default() };
    each_word(text, |word| {
        prepared.features.extend_from_slice(word.features);
        prepared.ends.push(u32::try_from(prepared.features.len()).unwrap_or(u32::MAX));
        let mut points = 0;
        while let Some((_, more)) = given.next_if(|(at, _)| *at < word.end) {
            points += more;
        }
        prepared.points.push(points);
    });
    prepared
}

/// Scans with the weights of a file instead of the built-in ones.
pub fn scan(weights: &[u8], text: &str, report: &mut Report) {
    scan_with(&Model::of(weights), text, report);
}

/// Checks the built-in rules and returns their number.
///
/// # Errors
///
/// Returns the invalid rule and what is wrong with it.
pub fn check_rules() -> Result<usize, String> {
    let rules = super::rule_file::parse(include_str!("rules.txt"))
        .map_err(|mistake| format!("line {}: {}", mistake.0, mistake.1))?;
    let count = rules.len();
    Rules::compile(rules, str::to_owned, |byte| byte)?;
    Ok(count)
}

/// Returns the number of rule matches in a plain text. For benchmarks.
#[must_use]
pub fn match_rules(text: &str) -> usize {
    shipped_rules().map_or(0, |rules| count(rules, text))
}

fn count(rules: &Rules<'_>, text: &str) -> usize {
    let mut matches = 0;
    rules.each_match(
        text.as_bytes(),
        &mut Budget::of(text.len()),
        &mut GateFindings::default(),
        |_| {
            matches += 1;
        },
    );
    matches
}

/// Returns a matcher of generated rules, each with its own words. For benchmarks.
pub fn synthetic_rules(number: usize) -> impl Fn(&str) -> usize {
    let word = |seed: usize| -> String {
        let letter = |at: u32| {
            char::from(
                b'a' + u8::try_from((seed * 7919 / 3_usize.pow(at) + seed) % 26)
                    .unwrap_or_default(),
            )
        };
        (0..8).map(letter).collect()
    };
    let rule = |number: usize| {
        let (first, second) = (word(number * 2 + 1), word(number * 2 + 2));
        format!(
            "[rule{number}]\nconfidence = weak\nreason = none\npattern = \\b(?:{first}|{second}x) <4> (?:{second}|{first}y)\\b\n"
        )
    };
    let file: String = (0..number).map(rule).collect();
    // A benchmark creates only two of them, so the leak is bounded.
    let file: &'static str = Box::leak(file.into_boxed_str());
    let rules = super::rule_file::parse(file)
        .ok()
        .and_then(|rules| Rules::compile(rules, str::to_owned, |byte| byte).ok());
    move |text| rules.as_ref().map_or(0, |rules| count(rules, text))
}
