//! Pages, the summary, the doctests and links agree.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::{docs, pages, read};

/// The targets of the links of a page, outside of its code.
fn targets(text: &str) -> Vec<String> {
    let text = without_code(text);
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.to_owned())
        .collect()
}

/// The text of a page without fenced blocks and code spans.
fn without_code(text: &str) -> String {
    let mut fenced = false;
    let mut out = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            let outside: String = line.split('`').step_by(2).collect();
            out.push_str(&outside);
            out.push('\n');
        }
    }
    out
}

/// The anchors of a page, by the rules of mdBook.
fn anchors(text: &str) -> Vec<String> {
    let mut fenced = false;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut anchors = Vec::new();
    for line in text.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        }
        let heading = line.trim_start_matches('#');
        if fenced || heading.len() == line.len() || !heading.starts_with(' ') {
            continue;
        }
        let anchor: String = heading
            .trim()
            .chars()
            .filter_map(|c| match c {
                c if c.is_alphanumeric() || c == '_' || c == '-' => Some(c.to_ascii_lowercase()),
                c if c.is_whitespace() => Some('-'),
                _ => None,
            })
            .collect();
        let count = seen.entry(anchor.clone()).or_default();
        anchors.push(if *count == 0 { anchor } else { format!("{anchor}-{count}") });
        *count += 1;
    }
    anchors
}

/// A path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut normal, part| {
        match part {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            part => normal.push(part),
        }
        normal
    })
}

#[test]
fn summary_lists_every_page_once() {
    let mut listed: Vec<PathBuf> =
        targets(&read(Path::new("SUMMARY.md"))).into_iter().map(PathBuf::from).collect();
    listed.sort();
    assert_eq!(listed, pages());
}

#[test]
fn code_blocks_of_every_page_are_doctests() {
    let library = fs::read_to_string(docs().join("lib.rs")).expect("the library");
    for page in pages() {
        let included = format!("\"src/{}\"", page.display());
        assert!(library.contains(&included), "lib.rs does not include {}", page.display());
        let ignored =
            read(&page).lines().any(|line| line.starts_with("```") && line.contains("ignore"));
        assert!(!ignored, "{} has a code block that is not compiled", page.display());
    }
}

#[test]
fn links_lead_to_pages_and_anchors() {
    let mut missing = Vec::new();
    for page in pages() {
        let text = read(&page);
        for target in targets(&text) {
            if target.starts_with("https://") {
                continue;
            }
            let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let to = if path.is_empty() {
                page.clone()
            } else {
                normal(&page.parent().expect("a folder").join(path))
            };
            let is_there = pages().contains(&to)
                && (anchor.is_empty() || anchors(&read(&to)).iter().any(|known| known == anchor));
            if !is_there {
                missing.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(missing.is_empty(), "these links lead nowhere:\n{}", missing.join("\n"));
}

#[test]
fn lines_outside_of_code_and_links_are_at_most_100_columns() {
    let mut long = Vec::new();
    for page in pages() {
        let mut fenced = false;
        for (number, line) in read(&page).lines().enumerate() {
            fenced ^= line.starts_with("```");
            let is_table = line.starts_with('|');
            if !fenced && !is_table && line.chars().count() > 100 && line.contains(' ') {
                long.push(format!("{}:{}", page.display(), number + 1));
            }
        }
    }
    assert!(long.is_empty(), "these lines are too long:\n{}", long.join("\n"));
}
