//! Recorded responses of real APIs pass the response stages: none is lost, and each changes only as
//! its labels declare.
#![expect(clippy::print_stderr, reason = "it says what was skipped")]
//!
//! The records are not part of the project. They are read from `../shared/data/detector`, or from
//! `detector` in the folder that `SECURE_TOOL_DATA` names; where they are missing, the test says
//! that it was skipped.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use secure_tool::entities::{Class, Entities, Kind, Kinds};
use secure_tool::guard::Builder;
use secure_tool::prelude::*;
use secure_tool::{Rule, marked_regions, regions};
use secure_tool_testkit::hostile::Response;
use serde_json::{Value, json};
use tests::{Bench, Session, SpotlightingTools, agent, rule};

#[expect(clippy::disallowed_methods, reason = "a test reads where its data is")]
fn root() -> PathBuf {
    std::env::var("SECURE_TOOL_DATA").map_or_else(
        |_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    )
}

fn records(name: &str) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(root().join("detector").join(name)).ok()?;
    let record =
        |line: &str| serde_json::from_str::<Value>(line).ok()?["text"].as_str().map(str::to_owned);
    Some(text.lines().filter_map(record).collect())
}

/// Returns a text as an agent with clearance for personal data sees it: without keys, payment
/// cards, hidden characters and delimiter brackets.
fn expected(text: &str) -> String {
    without_keys(text).replace('⟦', "[").replace('⟧', "]")
}

fn without_keys(text: &str) -> Cow<'_, str> {
    Entities::new().redact(
        text,
        &Kinds::of(&[Class::Credential]).with(Kind::CARD),
        &mut BTreeMap::new(),
    )
}

/// Opens a session with clearance for personal data.
fn cleared(bench: &Bench) -> Session {
    bench.guard.session(agent().clearance(Clearance::Pii)).expect("declared scopes")
}

/// Applies [`expected`] to each text of a document.
fn expected_in(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(expected(&text)),
        Value::Array(items) => items.into_iter().map(expected_in).collect(),
        Value::Object(members) => Value::Object(
            members.into_iter().map(|(key, value)| (expected(&key), expected_in(value))).collect(),
        ),
        other => other,
    }
}

/// Serves a body, and returns the document that the model reads.
async fn read(bench: &Bench, session: &Session, body: &str) -> Result<Value, Rule> {
    bench.shop.respond(Response::json(body));
    bench.clock.advance(Duration::from_secs(1)); // the API's quota is not what is tested here
    let outcome = session.call("read_document", "{}").await;
    let Some(answer) = outcome.answer() else { return Err(rule(&outcome).expect("refused")) };
    let text = outcome.for_model();
    let regions = marked_regions(&text).expect("soundly marked");
    assert_eq!(regions.len(), 1);
    assert!(outcome.structured().is_some_and(|value| !value.is_null()));
    assert!(
        !answer.findings().iter().any(|finding| finding.id.starts_with("hidden.")),
        "{:?} in {body}",
        answer.findings()
    );
    Ok(serde_json::from_str(regions.first().expect("one")).expect("the region is JSON"))
}

#[tokio::test]
async fn recorded_answers_pass_whole() {
    let bench = Bench::new().await;
    let session = cleared(&bench);
    let (mut documents, mut texts, mut broken) = (0, 0, 0);
    for name in ["octokit.jsonl", "stripe_fixtures.jsonl", "slack_specs.jsonl"] {
        let Some(records) = records(name) else {
            eprintln!("skipped: {name} is not here");
            continue;
        };
        for record in records {
            match serde_json::from_str::<Value>(&record) {
                Ok(document) => {
                    assert_eq!(
                        read(&bench, &session, &record).await,
                        Ok(expected_in(document)),
                        "{record}"
                    );
                    documents += 1;
                }
                // A document that was cut is refused, and never lost in silence.
                _ => {
                    assert_eq!(read(&bench, &session, &record).await, Err(Rule::Drift), "{record}");
                    broken += 1;
                }
            }
            // The text itself, as an API would send it in a field.
            let wrapped = json!({ "text": record, record.as_str(): [1.5, null, true] });
            assert_eq!(
                read(&bench, &session, &wrapped.to_string()).await,
                Ok(expected_in(wrapped))
            );
            texts += 1;
        }
    }
    let flagged = bench.audit.lines().iter().filter(|line| line.contains("scan.flagged")).count();
    eprintln!(
        "{documents} documents and {texts} texts passed whole, {broken} cut documents were refused; {flagged} answers were flagged"
    );
    assert!(flagged * 100 <= documents + texts, "honest answers are rarely flagged");
}

/// Returns all honest texts, in batches of about 200 KB.
fn honest_texts() -> Option<Vec<Vec<String>>> {
    let mut batches: Vec<Vec<String>> = vec![Vec::new()];
    let mut size = 0;
    for file in std::fs::read_dir(root().join("detector")).ok()? {
        for line in std::fs::read_to_string(file.ok()?.path()).ok()?.lines() {
            let row: Value = serde_json::from_str(line).ok()?;
            let text = row["text"].as_str().filter(|text| row["label"] == 0 && !text.is_empty());
            let Some(text) = text else { continue };
            size += text.len();
            if size > 200_000 {
                size = text.len();
                batches.push(Vec::new());
            }
            batches.last_mut()?.push(text.to_owned());
        }
    }
    (batches.len() > 1).then_some(batches)
}

/// Returns the part of a text that must stay unchanged.
fn visible(text: &str) -> String {
    expected(text).chars().filter(char::is_ascii_graphic).collect()
}

#[tokio::test]
async fn honest_texts_pass_byte_for_byte() {
    let Some(batches) = honest_texts() else {
        eprintln!("skipped: the labelled texts are not here");
        return;
    };
    let bench = Bench::with(Builder::toolset::<SpotlightingTools>).await;
    let session = cleared(&bench);
    let (mut count, mut cleaned, mut defanged) = (0, 0, 0);
    for (at, batch) in batches.iter().enumerate() {
        // Each text in the form that is the default, a fifth of them in the others too.
        let tools = ["read_everything", "read_datamarked", "read_coded"];
        for tool in tools.into_iter().take(if at % 5 == 0 { 3 } else { 1 }) {
            bench.shop.respond(Response::json(json!(batch).to_string()));
            bench.clock.advance(Duration::from_secs(1));
            let outcome = session.call(tool, "{}").await;
            let value = outcome.structured().expect("answered");
            let read: Vec<String> = value
                .as_array()
                .expect("a list")
                .iter()
                .map(|text| isolated(text.as_str().expect("a text")))
                .collect();
            assert_eq!(read.len(), batch.len());
            let sent = batch.iter().map(|text| without_keys(text));
            let changed: Vec<_> =
                read.iter().zip(sent).filter(|(read, sent)| **read != *sent).collect();
            // In what detectors flag, though it is honest, links are inert.
            let (changed, inert): (Vec<_>, Vec<_>) =
                changed.into_iter().partition(|(read, sent)| visible(read) == visible(sent));
            let found = |id: &str| {
                outcome
                    .answer()
                    .expect("answered")
                    .findings()
                    .iter()
                    .any(|finding| finding.id.starts_with(id))
            };
            assert_eq!(
                found("hidden."),
                !changed.is_empty(),
                "a text that changed was reported, and nothing else changed one"
            );
            assert_eq!(found("defanged."), !inert.is_empty(), "nor a link");
            assert!(inert.is_empty() || found("scan.flagged"), "{inert:?}");
            if tool == "read_everything" {
                (count, cleaned, defanged) =
                    (count + batch.len(), cleaned + changed.len(), defanged + inert.len());
            }
        }
    }
    eprintln!(
        "{count} honest texts passed whole, a fifth of them in three forms; {cleaned} of them without hidden characters that they had, \
         {defanged} with inert links because they were flagged"
    );
    assert!(cleaned * 100 <= count && defanged * 500 <= count);
}

/// Returns the text of the only region of a value.
fn isolated(text: &str) -> String {
    let mut found = regions(text).unwrap_or_else(|| panic!("unsound delimiters in {text:?}"));
    assert_eq!(found.len(), 1, "{text:?}");
    found.remove(0).text
}
