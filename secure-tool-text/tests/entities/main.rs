//! Entities and keys in free text: which are found, which texts are kept, and robustness against
//! hostile text.

mod generated;
mod keys;
mod real;
mod values;
mod walk;

use std::collections::BTreeMap;

use secure_tool_text::entities::{Entities, Kinds};

/// Returns the kinds and texts of the entities.
fn found(text: &str) -> Vec<(&'static str, &str)> {
    Entities::new()
        .find(text)
        .into_iter()
        .map(|entity| (entity.kind.id(), &text[entity.span]))
        .collect()
}

fn redacted(text: &str) -> String {
    Entities::new().redact(text, &Kinds::all(), &mut BTreeMap::new()).into_owned()
}

/// Checks that exactly this entity is found alone, in a sentence, in JSON, in quotes and at the end
/// of a line.
#[track_caller]
fn is_found(kind: &str, entity: &str, word: &str) {
    for (before, after) in [
        ("", ""),
        ("", " is it"),
        ("It is ", "."),
        ("{\"value\":\"", "\"}"),
        ("(", ")"),
        ("so:\n", "\nand"),
        ("é ", " é"),
        ("it's '", "', is it?"),
    ] {
        let text = format!("{word}{before}{entity}{after}");
        assert_eq!(found(&text), [(kind, entity)], "in {text:?}");
    }
}

#[track_caller]
fn is_left_alone(text: &str) {
    for text in [
        text.to_owned(),
        format!("It is {text}, I think."),
        format!("{{\"value\":\"{text}\"}}"),
        format!("{{\"value\":{text}}}"),
    ] {
        assert_eq!(found(&text), [], "in {text:?}");
    }
}

/// Returns a seeded pseudorandom text over an alphabet.
#[expect(clippy::expect_used, clippy::indexing_slicing, reason = "a helper of tests")]
fn random(seed: u64, alphabet: &str, count: usize) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let alphabet: Vec<char> = alphabet.chars().collect();
    (0..count)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            alphabet[usize::try_from(state >> 33).expect("small") % alphabet.len()]
        })
        .collect()
}

const B62: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const B32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const HEX: &str = "0123456789abcdef";
