//! The guide holds together: its pages, links, tutorial and generated pages.

mod errors;
mod links;
mod rules;
mod tutorial;
mod words;

use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the guide's package.
fn docs() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All pages, as paths below `src`, without the summary.
fn pages() -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder of the guide").flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    let src = docs().join("src");
    let mut found = Vec::new();
    walk(&src, &mut found);
    let below = found.iter().map(|path| path.strip_prefix(&src).expect("below").to_owned());
    let mut pages: Vec<_> = below.filter(|page| page != Path::new("SUMMARY.md")).collect();
    pages.sort();
    pages
}

fn read(page: &Path) -> String {
    fs::read_to_string(docs().join("src").join(page)).expect("a page")
}
