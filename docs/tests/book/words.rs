//! `reference/words.md` has one section for each word of the derives, with its positions, its
//! default and an example.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::read;

const FIELD_ROWS: &str = include_str!("../../../secure-tool-derive/src/attr/rows.rs");
const REDACTION_ROWS: &str = include_str!("../../../secure-tool-derive/src/redaction.rs");

/// The tables of words on structs: the source, the name of the table, and its position.
const STRUCT_TABLES: [(&str, &str, &str); 5] = [
    (include_str!("../../../secure-tool-derive/src/attr/api.rs"), "const WORDS:", "API struct"),
    (include_str!("../../../secure-tool-derive/src/attr/tool.rs"), "const WORDS:", "tool struct"),
    (
        include_str!("../../../secure-tool-derive/src/attr/toolset.rs"),
        "const WORDS:",
        "toolset struct",
    ),
    (include_str!("../../../secure-tool-derive/src/attr/value.rs"), "const WORDS:", "value type"),
    (
        include_str!("../../../secure-tool-derive/src/attr/value.rs"),
        "const RESPONSE_WORDS:",
        "response struct",
    ),
];

type Positions = BTreeMap<String, BTreeSet<&'static str>>;

/// Returns the text between two markers.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    text.split_once(start)
        .and_then(|(_, rest)| rest.split_once(end))
        .map_or_else(|| panic!("no `{start}` … `{end}` in the source"), |(inner, _)| inner)
}

/// Returns the positions that a constant of `rows.rs` or `redaction.rs` lists.
fn positions_of(list: &str) -> BTreeSet<&'static str> {
    [
        ("Position::Argument", "argument field"),
        ("Position::Value", "value field"),
        ("Position::Response", "response field"),
        ("Position::Keys", "`keys(…)`"),
    ]
    .into_iter()
    .filter(|(variant, _)| list.contains(variant))
    .map(|(_, position)| position)
    .collect()
}

/// Returns all words with their positions, from the sources of the derives.
fn known() -> Positions {
    let mut known = Positions::new();
    for (source, table, position) in STRUCT_TABLES {
        // Quotes within a usage are escaped, so `("` starts a row.
        let rows: String = between(source, table, "];").split_whitespace().collect();
        for row in rows.split("(\"").skip(1) {
            let (word, _) = row.split_once('"').expect("a word");
            known.entry(word.to_owned()).or_default().insert(position);
        }
    }
    let rows = between(FIELD_ROWS, "\nrows! {", "\n}\n");
    let mut positions = BTreeSet::new();
    for line in rows.lines().map(str::trim) {
        if let Some((header, "")) = line.split_once(':') {
            let constant = header.split(' ').next().expect("a constant");
            let list = format!("const {constant}: &[Position] =");
            positions = positions_of(between(FIELD_ROWS, &list, ";"));
        } else if let Some((word, _)) = line.strip_prefix('"').and_then(|row| row.split_once('"')) {
            known.entry(word.to_owned()).or_default().extend(&positions);
        }
    }
    let rows = between(REDACTION_ROWS, "const ROWS: &[Row] = &[", "\n];");
    let is_comment = |line: &&str| line.trim_start().starts_with("//");
    let rows: Vec<&str> = rows.lines().filter(|line| !is_comment(line)).collect();
    for row in rows.concat().split("row(").skip(1) {
        let (word, rest) =
            row.split_once('"').and_then(|(_, row)| row.split_once('"')).expect("a word");
        let positions = if rest.contains("&[Position::Keys]") {
            positions_of("Position::Keys")
        } else {
            let constant = rest.trim_end().rsplit(", ").next().expect("positions");
            let constant = constant.trim_end_matches(|c: char| !c.is_alphanumeric());
            let list = format!("const {constant}: &[Position] =");
            positions_of(between(REDACTION_ROWS, &list, ";"))
        };
        known.entry(word.to_owned()).or_default().extend(positions);
    }
    known
}

/// The sections of the page: the words of each heading, and the text below it.
fn sections(page: &str) -> Vec<(Vec<&str>, &str)> {
    page.split("\n### ")
        .skip(1)
        .map(|section| {
            let (heading, text) = section.split_once('\n').expect("a section has text");
            let text = text.split("\n## ").next().unwrap_or(text);
            (heading.split('`').skip(1).step_by(2).collect(), text)
        })
        .collect()
}

#[test]
fn every_word_of_the_derives_has_one_section_with_its_positions() {
    let page = read(Path::new("reference/words.md"));
    let known = known();
    assert!(known.len() > 55, "the sources have words: {}", known.len());
    let mut described = BTreeSet::new();
    for (words, text) in sections(&page) {
        for word in words {
            assert!(described.insert(word.to_owned()), "`{word}` has two sections");
            let expected =
                known.get(word).unwrap_or_else(|| panic!("`{word}` is not a word of a derive"));
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix("Positions: ")?.strip_suffix('.'))
                .unwrap_or_else(|| panic!("`{word}` has no line `Positions: ….`"));
            let listed: BTreeSet<&str> = line.split(", ").collect();
            assert_eq!(&listed, expected, "the positions of `{word}`");
        }
    }
    let missing: Vec<_> = known.keys().filter(|word| !described.contains(*word)).collect();
    assert!(missing.is_empty(), "these words have no section: {missing:?}");
}

#[test]
fn every_section_of_a_word_has_a_default_and_a_compiled_example() {
    let page = read(Path::new("reference/words.md"));
    for (words, text) in sections(&page) {
        // The limits have their defaults in a table.
        let has_default = text.contains("\nDefault: ") || text.contains("| default |");
        assert!(has_default, "{words:?} have no default");
        let example = between(text, "```rust\n", "\n```");
        let uses = words.iter().any(|word| example.contains(word));
        assert!(uses, "the example of {words:?} does not use the word");
    }
}
