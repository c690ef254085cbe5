//! Compile-fail and compile-pass cases: one `cargo check` of all files in `tests/ui`, whose errors
//! are compared with the expected ones.
//!
//! Each file is a binary of its own. In a folder called `pass` it has to compile without a warning.
//! Elsewhere the errors have to be those that its comments name, at their lines and no others: `//~
//! ST0001` for a code of ours, `//~ E0277` for one of rustc's.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a test")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use serde_json::Value;

/// One case.
#[derive(Debug)]
struct Case {
    path: PathBuf,
    passes: bool,
    /// Lines and codes, sorted.
    expected: Vec<(u64, String)>,
    found: Vec<(u64, String)>,
    /// The output of rustc for the case.
    rendered: String,
}

#[test]
fn every_case_compiles_or_fails_as_declared() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = tests.parent().expect("the package stands in the workspace");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("the folder for temporary files stands in the target folder");
    let mut cases = collect(&tests.join("ui"));
    write_package(root, &target.join("ui"), &cases);
    check(&target.join("ui"), &target.join("ui-build"), &mut cases);

    let mut report = String::new();
    for case in cases.values_mut() {
        case.found.sort();
        if case.found != case.expected {
            let missing = without(&case.expected, &case.found);
            let surplus = without(&case.found, &case.expected);
            let _ = writeln!(
                report,
                "== {}\nexpected and not found: {missing:?}\nfound and not expected: {surplus:?}",
                case.path.display()
            );
            report.push_str(&case.rendered);
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

/// Returns the files of all folders in `ui`, by the names of their binaries.
fn collect(ui: &Path) -> BTreeMap<String, Case> {
    let mut cases = BTreeMap::new();
    let mut folders: Vec<PathBuf> = folders_in(ui);
    while let Some(folder) = folders.pop() {
        folders.extend(folders_in(&folder));
        let passes = folder.file_name().is_some_and(|name| name == "pass");
        for path in entries(&folder)
            .into_iter()
            .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        {
            let name = path
                .strip_prefix(ui)
                .unwrap_or(&path)
                .with_extension("")
                .display()
                .to_string()
                .replace(['/', '\\'], "-");
            let text = fs::read_to_string(&path)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let expected = annotations(&text);
            assert!(
                passes == expected.is_empty(),
                "{}: a case that fails names its errors, and one that passes has none",
                path.display()
            );
            cases.insert(
                name,
                Case { path, passes, expected, found: Vec::new(), rendered: String::new() },
            );
        }
    }
    cases
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("an entry of a folder").path()).collect()
}

fn folders_in(folder: &Path) -> Vec<PathBuf> {
    entries(folder).into_iter().filter(|path| path.is_dir()).collect()
}

/// The codes behind `//~`, with their lines, sorted.
fn annotations(text: &str) -> Vec<(u64, String)> {
    let mut found = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        if let Some((_, codes)) = text.split_once("//~") {
            found.extend(codes.split_whitespace().map(|code| (line, code.to_owned())));
        }
    }
    found.sort();
    found
}

/// Writes a package with a binary for each case. It is not a member of this workspace, but has the
/// same lock file.
fn write_package(root: &Path, folder: &Path, cases: &BTreeMap<String, Case>) {
    let workspace = fs::read_to_string(root.join("Cargo.toml")).expect("the workspace's manifest");
    let mut manifest =
        "[package]\nname = \"ui\"\nversion = \"0.0.0\"\nedition = \"2024\"\nautobins = false\n\n[workspace]\n\n[dependencies]\n".to_owned();
    let _ = writeln!(
        manifest,
        "secure-tool = {{ path = {:?} }}",
        root.join("secure-tool").display().to_string()
    );
    for name in ["serde", "serde_json", "schemars", "validator"] {
        let version = workspace
            .lines()
            .find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(" =")));
        let _ = writeln!(
            manifest,
            "{}",
            version.unwrap_or_else(|| panic!("the workspace has no version of {name}"))
        );
    }
    for (name, case) in cases {
        let _ = writeln!(
            manifest,
            "\n[[bin]]\nname = {name:?}\npath = {:?}",
            case.path.display().to_string()
        );
    }
    fs::create_dir_all(folder).expect("a folder for the package");
    // An unchanged manifest keeps its time, so that cargo does nothing twice.
    let path = folder.join("Cargo.toml");
    if fs::read_to_string(&path).ok().as_deref() != Some(&manifest) {
        fs::write(&path, manifest).expect("the package's manifest");
    }
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))
        .expect("the workspace's lock file");
}

/// Runs one `cargo check` for all cases.
#[expect(clippy::disallowed_methods, reason = "cargo is what is tested")]
fn check(folder: &Path, build: &Path, cases: &mut BTreeMap<String, Case>) {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["check", "--bins", "--keep-going", "--message-format=json", "--offline", "--quiet"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", build)
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .output()
        .expect("cargo runs");
    let mut seen = 0;
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(line) = serde_json::from_str::<Value>(line) else { continue };
        if line["reason"] == "build-finished" {
            seen += 1;
        }
        if line["reason"] != "compiler-message" {
            continue;
        }
        match line["target"]["name"].as_str().and_then(|name| cases.get_mut(name)) {
            Some(case) => add(case, &line["message"]),
            None => {
                assert!(
                    line["message"]["level"] != "error",
                    "a dependency of the cases does not compile:\n{}",
                    line["message"]["rendered"]
                );
            }
        }
    }
    assert!(
        seen == 1,
        "cargo check did not come to an end:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Adds an error to its case. A warning is added only in a `pass` folder.
fn add(case: &mut Case, message: &Value) {
    let level = message["level"].as_str().unwrap_or_default();
    let text = message["message"].as_str().unwrap_or_default();
    let spans = message["spans"].as_array().map(Vec::as_slice).unwrap_or_default();
    // "aborting due to 3 previous errors".
    let is_summary = spans.is_empty() && message["code"].is_null();
    if is_summary || level != "error" && !(case.passes && level == "warning") {
        return;
    }
    let line = spans
        .iter()
        .find(|span| span["is_primary"] == true)
        .map_or(0, |span| line_in(span, &case.path));
    let code = own_code(text).or_else(|| message["code"]["code"].as_str()).unwrap_or(level);
    case.found.push((line, code.to_owned()));
    case.rendered.push_str(message["rendered"].as_str().unwrap_or_default());
}

/// Returns the line in the case's file, outside of macro expansions.
fn line_in(span: &Value, path: &Path) -> u64 {
    let mut span = span;
    while !span["file_name"]
        .as_str()
        .is_some_and(|name| path.ends_with(name) || Path::new(name) == path)
        && !span["expansion"].is_null()
    {
        span = &span["expansion"]["span"];
    }
    span["line_start"].as_u64().unwrap_or_default()
}

/// `ST0001` of a message that starts with it, or of a constant whose evaluation panicked with it.
fn own_code(text: &str) -> Option<&str> {
    let text = text.strip_prefix("evaluation panicked: ").unwrap_or(text);
    let code = text.split(':').next()?;
    (code.len() == 6 && code.starts_with("ST") && code.bytes().skip(2).all(|b| b.is_ascii_digit()))
        .then_some(code)
}

/// Returns the elements of one sorted list that the other lacks, by count.
fn without(list: &[(u64, String)], other: &[(u64, String)]) -> Vec<(u64, String)> {
    let mut rest = other.to_vec();
    let mut left = Vec::new();
    for item in list {
        match rest.iter().position(|one| one == item) {
            Some(index) => drop(rest.swap_remove(index)),
            None => left.push(item.clone()),
        }
    }
    left
}
