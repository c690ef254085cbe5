//! Labelled texts: takes files of JSON lines `{text, label, source}`, returns rows, or the
//! malformed line.

use std::path::{Path, PathBuf};

use serde::Deserialize;

/// One labelled text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Row {
    /// The text.
    pub text: String,
    /// Whether it is an attack: 1, or 0 for an honest text.
    #[serde(deserialize_with = "label")]
    pub label: bool,
    /// The source, by which rows are counted.
    pub source: String,
    /// The kind of text within its source, if known.
    #[serde(default)]
    pub kind: String,
}

impl Row {
    /// Creates a generated row.
    #[must_use]
    pub fn new(text: String, label: bool, source: &str) -> Self {
        Self { text, label, source: source.to_owned(), kind: String::new() }
    }
}

fn label<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match u8::deserialize(deserializer)? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(serde::de::Error::custom("a label must be 0 or 1")),
    }
}

/// Reads files, and all `.jsonl` files of folders, sorted by name.
///
/// # Errors
///
/// If a path can't be read, a folder has no such file, or a line is malformed. The error names the
/// file and the line.
pub fn read(paths: &[PathBuf]) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    for path in paths {
        for file in files(path)? {
            let text = std::fs::read_to_string(&file)
                .map_err(|error| format!("{}: {error}", file.display()))?;
            for (number, line) in
                text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty())
            {
                let row = serde_json::from_str(line)
                    .map_err(|error| format!("{}:{}: {error}", file.display(), number + 1))?;
                rows.push(row);
            }
        }
    }
    Ok(rows)
}

fn files(path: &Path) -> Result<Vec<PathBuf>, String> {
    let wrong = |error: std::io::Error| format!("{}: {error}", path.display());
    if !std::fs::metadata(path).map_err(wrong)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(path).map_err(wrong)? {
        let file = entry.map_err(wrong)?.path();
        if file.extension().is_some_and(|extension| extension == "jsonl") {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(format!("{}: contains no `.jsonl` file", path.display()));
    }
    Ok(files)
}
