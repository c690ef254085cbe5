//! The documents name tests, files and layers: each one that is named is there.

#![expect(
    clippy::case_sensitive_file_extension_comparisons,
    reason = "extensions of the project are in lower case"
)]

mod layers;

use std::fs;
use std::path::Path;

/// The functions of all Rust files below a folder.
fn functions(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder)
        .expect("a folder of the workspace")
        .map(|entry| entry.expect("an entry").path())
    {
        if entry.is_dir() {
            functions(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&entry).expect("a source");
            found.extend(
                text.split("fn ")
                    .skip(1)
                    .filter_map(|rest| rest.split('(').next())
                    .map(str::to_owned),
            );
        }
    }
}

/// The words in backticks that can only be names of tests: a sentence of small letters.
fn tests_named(document: &str) -> impl Iterator<Item = &str> {
    let is_sentence = |word: &&str| {
        word.matches('_').count() >= 3
            && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    document.split('`').skip(1).step_by(2).filter(is_sentence)
}

/// The documents, as paths from the root: those at the top level, and the pages of the guide.
fn documents(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    all_files(&root.join("docs/src"), root, &mut files);
    let mut documents = ["README.md", "ARCHITECTURE.md", "SECURITY.md", "CONTRIBUTING.md"]
        .map(str::to_owned)
        .to_vec();
    let pages = files.iter().filter(|file| file.ends_with(".md"));
    documents.extend(pages.map(|page| page.trim_start_matches('/').to_owned()));
    documents
}

#[test]
fn every_test_named_by_a_document_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let mut known = Vec::new();
    for folder in [
        "tests/tests",
        "secure-tool/src",
        "secure-tool-derive/src",
        "secure-tool-testkit/src",
        "secure-tool-text",
        "text-eval",
        "docs",
    ] {
        functions(&root.join(folder), &mut known);
    }
    let mut named = 0;
    for document in documents(root) {
        let text = fs::read_to_string(root.join(&document)).expect("a document");
        for test in tests_named(&text) {
            named += 1;
            assert!(
                known.iter().any(|name| name == test),
                "{document} names `{test}`, and there is no such test"
            );
        }
    }
    assert!(named > 50, "the documents name their tests: {named}");
}

/// All files below the project's folders, as paths with a slash before them.
fn all_files(folder: &Path, root: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder of the workspace").flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && name != "target" && name != ".git" {
            all_files(&path, root, found);
        } else if path.is_file() {
            let below = path.strip_prefix(root).expect("it is below");
            found.push(format!("/{}", below.display()));
        }
    }
}

/// The words in backticks that are paths of sources or of their folders.
fn paths_named(document: &str) -> impl Iterator<Item = &str> {
    let is_path = |word: &&str| {
        (word.ends_with(".rs") || word.ends_with('/') && word.len() > 1)
            && !word.contains([' ', '{', '*', '<', ':', '@'])
            && !word.contains(|c: char| c.is_ascii_uppercase()) // a placeholder
            && !word.starts_with(['/', '.'])
    };
    document.split('`').skip(1).step_by(2).filter(is_path)
}

#[test]
fn every_file_named_by_a_document_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let mut files = Vec::new();
    all_files(root, root, &mut files);
    let mut missing = Vec::new();
    let mut named = 0;
    // Generated from the texts of errors, whose paths are those of users.
    let generated = "docs/src/reference/errors.md";
    for document in documents(root).into_iter().filter(|document| document != generated) {
        let text = fs::read_to_string(root.join(&document)).expect("a document");
        for path in paths_named(&text) {
            named += 1;
            let is_there = |file: &String| {
                let path = format!("/{path}");
                if path.ends_with('/') { file.contains(&path) } else { file.ends_with(&path) }
            };
            if !files.iter().any(is_there) {
                missing.push(format!("{document} names `{path}`"));
            }
        }
    }
    assert!(named > 50, "the documents name files: {named}");
    assert!(missing.is_empty(), "there is no such file:\n{}", missing.join("\n"));
}
