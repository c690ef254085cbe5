//! The modules of the runtime import downwards only, in the order that ARCHITECTURE.md draws.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The position of each module in the drawing, counted from the top.
fn order(architecture: &str) -> BTreeMap<&str, usize> {
    let drawing = architecture
        .split_once("```text\nlayer ")
        .and_then(|(_, rest)| rest.split_once("```"))
        .map(|(drawing, _)| drawing)
        .expect("ARCHITECTURE.md has a drawing of the layers");
    let rows = drawing.lines().skip(1).enumerate();
    let mut order = BTreeMap::new();
    for (row, line) in rows {
        // The first column holds the name of the layer, which only its first row has.
        let (_, modules) = line.split_at_checked(11).expect("a row has two columns");
        for module in modules.split_whitespace() {
            assert_eq!(order.insert(module, row), None, "`{module}` is drawn twice");
        }
    }
    order
}

/// What the tokens of a file import from the root of the crate. `depth` is the number of `super`
/// that leads to the root.
fn imports(tokens: TokenStream, depth: usize, found: &mut BTreeSet<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let word = |at: usize| match tokens.get(at) {
        Some(TokenTree::Ident(word)) => Some(word.to_string()),
        _ => None,
    };
    let is_path = |at: usize| {
        [at, at + 1].iter().all(
            |at| matches!(tokens.get(*at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':'),
        )
    };
    for (at, token) in tokens.iter().enumerate() {
        if let TokenTree::Group(group) = token {
            let is_module = group.delimiter() == Delimiter::Brace
                && at.checked_sub(2).and_then(word).is_some_and(|word| word == "mod");
            imports(group.stream(), depth + usize::from(is_module), found);
            continue;
        }
        let starts_path = at.checked_sub(1).is_none_or(|before| !is_path_end(&tokens, before));
        let (mut next, mut supers) = (at, 0);
        while starts_path && word(next).as_deref() == Some("super") && is_path(next + 1) {
            (next, supers) = (next + 3, supers + 1);
        }
        let from_root = if supers > 0 {
            supers == depth
        } else if word(at).as_deref() == Some("crate") && is_path(at + 1) {
            next = at + 3;
            true
        } else {
            false
        };
        if !from_root {
            continue;
        }
        match tokens.get(next) {
            Some(TokenTree::Ident(name)) => {
                found.insert(name.to_string());
            }
            Some(TokenTree::Group(group)) => found.extend(heads(group.stream())),
            _ => {}
        }
    }
}

fn is_path_end(tokens: &[TokenTree], at: usize) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':')
}

/// The first word of each item of `{a::b, c}`.
fn heads(group: TokenStream) -> Vec<String> {
    let mut starts = true;
    let mut heads = Vec::new();
    for token in group {
        match token {
            TokenTree::Ident(name) if starts => heads.push(name.to_string()),
            TokenTree::Punct(punct) if punct.as_char() == ',' => {
                starts = true;
                continue;
            }
            _ => {}
        }
        starts = false;
    }
    heads
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the sources are here").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Module, number of `super` to the root, path below `src`.
fn place(file: &Path, root: &Path) -> (String, usize, String) {
    let below = file.strip_prefix(root).expect("it is below").with_extension("");
    let mut parts: Vec<_> = below.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let shown = file.strip_prefix(root).expect("it is below").display().to_string();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    (parts.first().cloned().unwrap_or_default(), parts.len(), shown)
}

#[test]
fn modules_import_downwards_only() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let architecture = fs::read_to_string(project.join("ARCHITECTURE.md")).expect("it is here");
    let order = order(&architecture);
    let root = project.join("secure-tool/src");
    let mut all = Vec::new();
    files(&root, &mut all);
    let mut wrong = Vec::new();
    let mut modules = BTreeSet::new();
    for file in &all {
        let (module, depth, shown) = place(file, &root);
        if module == "lib" {
            continue;
        }
        let source = fs::read_to_string(file).expect("it is readable");
        let mut found = BTreeSet::new();
        imports(source.parse().expect("it is Rust"), depth, &mut found);
        found.remove(&module);
        for import in found {
            match (order.get(&*module), order.get(&*import)) {
                (Some(own), Some(other)) if own < other => {}
                (_, None) => {
                    wrong.push(format!("{shown}: `{import}` is not a module in the drawing"));
                }
                _ => wrong.push(format!("{shown}: `{import}` is not below `{module}`")),
            }
        }
        modules.insert(module);
    }
    assert!(wrong.is_empty(), "imports that lead upwards:\n{}", wrong.join("\n"));
    let drawn: BTreeSet<String> = order.keys().map(|module| (*module).to_owned()).collect();
    assert_eq!(drawn, modules, "the drawing in ARCHITECTURE.md has all modules and no others");
}

#[test]
fn imports_are_found_in_every_form() {
    let source = "use crate::a; use crate::{b::c, d}; fn f() { crate::e::g(); super::super::h(); }
        mod tests { use super::super::super::i; use super::super::j; } use crate::a::super_k;
        /// [crate::doc] \n fn k() { \"crate::text\"; $crate::l!() } // crate::comment";
    let mut found = BTreeSet::new();
    imports(source.parse().expect("it is Rust"), 2, &mut found);
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(found, ["a", "b", "d", "e", "h", "i", "l"]);
}
