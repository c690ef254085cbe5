//! The parser of `rules.txt`: takes the file, returns rules with expanded patterns, or the
//! malformed line.
//!
//! A pattern is a case-insensitive regular expression over folded text. In it a space matches a gap
//! of non-word bytes, `<n>` up to n words within a gap, and `{name}` a class.

use std::fmt::Write;

use super::fold::fold;
use super::report::Confidence;

/// A rule of the file.
#[derive(Debug)]
pub(crate) struct Rule<'a> {
    pub(crate) id: &'a str,
    pub(crate) confidence: Confidence,
    pub(crate) reason: &'a str,
    pub(crate) patterns: Vec<String>,
}

/// A malformed line: its number and the mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake(pub(crate) usize, pub(crate) &'static str);

/// Parses the rules of a file.
pub(crate) fn parse(file: &str) -> Result<Vec<Rule<'_>>, Mistake> {
    let mut classes: Vec<(&str, String)> = Vec::new();
    let mut rules: Vec<Rule<'_>> = Vec::new();
    for (number, line) in file.lines().enumerate() {
        let wrong = |what| Mistake(number + 1, what);
        if line.is_empty() || line.starts_with("# ") {
        } else if let Some(id) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            rules.push(Rule { id, confidence: Confidence::Weak, reason: "", patterns: Vec::new() });
        } else {
            let (key, value) =
                line.split_once(" = ").ok_or(wrong("expected `[id]` or `key = value`"))?;
            if let Some(name) = key.strip_prefix("let ") {
                classes
                    .push((name, with_classes(value, &classes).ok_or(wrong("an unknown class"))?));
                continue;
            }
            let rule = rules.last_mut().ok_or(wrong("a key before the first rule"))?;
            match key {
                "confidence" => {
                    rule.confidence = confidence(value).ok_or(wrong("an unknown confidence"))?;
                }
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

/// Expands the classes of a pattern.
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

/// Expands the gaps of a pattern and folds its other characters as the text is folded.
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

#[cfg(test)]
mod tests {
    use super::super::rules::Rules;
    use super::*;

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
        for (file, line) in [
            ("[a]\nnothing", 2),
            ("pattern = a", 1),
            ("[a]\nconfidence = high", 2),
            ("[a]\n\npattern = {none}", 3),
            ("[a]\nx = y", 2),
        ] {
            assert_eq!(parse(file).map(|_| ()).map_err(|mistake| mistake.0), Err(line), "{file}");
        }
        for pattern in ["ab", "(?:long words|or)", "(unclosed", "\\w+"] {
            let file = format!("[a]\nreason = a\npattern = {pattern}");
            assert!(
                Rules::compile(parse(&file).expect("well written"), str::to_owned, |byte| byte)
                    .is_err(),
                "{pattern}"
            );
        }
    }
}
