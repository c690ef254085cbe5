//! Recorded responses of real APIs. They are not part of the project. Without them the test reports
//! that it was skipped.
#![expect(clippy::print_stderr, reason = "it says what was skipped")]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

use secure_tool_text::entities::{Class, Entities, Kinds};

#[expect(clippy::disallowed_methods, reason = "a test reads where its data is")]
fn data(name: &str) -> Option<String> {
    let root = std::env::var("SECURE_TOOL_DATA").map_or_else(
        |_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    );
    std::fs::read_to_string(root.join(name)).ok()
}

/// Counts the entities in responses of three APIs by kind. None is a national number.
#[test]
fn responses_of_real_apis_are_rarely_redacted() {
    for name in ["octokit", "stripe_fixtures", "slack_specs"] {
        let Some(text) = data(&format!("detector/{name}.jsonl")) else {
            eprintln!("{name}: SKIPPED, because the data is not here");
            continue;
        };
        let rows: Vec<String> = text
            .lines()
            .filter_map(|line| {
                serde_json::from_str::<serde_json::Value>(line).ok()?["text"]
                    .as_str()
                    .map(str::to_owned)
            })
            .collect();
        let mut counts = BTreeMap::new();
        let touched = rows
            .iter()
            .filter(|row| {
                matches!(Entities::new().redact(row, &Kinds::all(), &mut counts), Cow::Owned(_))
            })
            .count();
        eprintln!("{name}: {touched} of {} rows touched: {counts:?}", rows.len());
        for row in &rows {
            for entity in Entities::new().find(row) {
                let contact_or_key =
                    matches!(entity.kind.class(), Class::Contact | Class::Credential);
                assert!(
                    contact_or_key,
                    "{name}: {:?} in {:?}",
                    entity.kind,
                    &row[entity.span.start.saturating_sub(20)..]
                );
            }
        }
    }
}
