//! Recorded answers of real APIs through the response half: none lost, none altered beyond what the labels say, none that hangs.
#![expect(clippy::print_stderr, reason = "it says what was skipped")]
//!
//! The records are not part of the project. They are read from `../shared/data/detector`, or from `detector` in the folder that `SECURE_TOOL_DATA` names; where they
//! are missing, the test says that it was skipped.

use std::path::PathBuf;
use std::time::Duration;

use secure_tool::{Rule, marked_regions};
use secure_tool_testkit::hostile::Answer;
use serde_json::{Value, json};
use tests::{Bench, rule};

#[expect(clippy::disallowed_methods, reason = "a test reads where its data is")]
fn records(name: &str) -> Option<Vec<String>> {
    let root = std::env::var("SECURE_TOOL_DATA")
        .map_or_else(|_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"), PathBuf::from);
    let text = std::fs::read_to_string(root.join("detector").join(name)).ok()?;
    let record = |line: &str| serde_json::from_str::<Value>(line).ok()?["text"].as_str().map(str::to_owned);
    Some(text.lines().filter_map(record).collect())
}

/// What the model may see of a text: the same, but for hidden characters and the brackets of markers.
fn expected(text: &str) -> String {
    text.replace('⟦', "[").replace('⟧', "]")
}

/// The same of a document.
fn expected_in(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(expected(&text)),
        Value::Array(items) => items.into_iter().map(expected_in).collect(),
        Value::Object(members) => Value::Object(members.into_iter().map(|(key, value)| (expected(&key), expected_in(value))).collect()),
        other => other,
    }
}

/// Serves a body, and gives what the model reads of it.
async fn read(bench: &Bench, session: &secure_tool::Session, body: &str) -> Result<Value, Rule> {
    bench.shop.answer(Answer::json(body));
    bench.clock.advance(Duration::from_secs(1)); // the API's quota is not what is tested here
    let outcome = session.call("read_document", "{}").await;
    let Some(answer) = outcome.answer() else { return Err(rule(&outcome).expect("refused")) };
    let text = outcome.for_model();
    let regions = marked_regions(&text).expect("soundly marked");
    assert_eq!(regions.len(), 1);
    assert!(outcome.structured().is_some_and(|value| !value.is_null()));
    // Honest text has words that attacks have too; it is flagged by none of them, and nothing is taken out of it.
    let acted_upon = |id: &str| id == "scan.flagged" || id.starts_with("hidden.");
    assert!(!answer.findings().iter().any(|finding| acted_upon(finding.id)), "{:?} in {body}", answer.findings());
    Ok(serde_json::from_str(regions.first().expect("one")).expect("the region is JSON"))
}

#[tokio::test]
async fn recorded_answers_pass_whole() {
    let bench = Bench::new().await;
    let session = bench.session();
    let (mut documents, mut texts, mut broken) = (0, 0, 0);
    for name in ["octokit.jsonl", "stripe_fixtures.jsonl", "slack_specs.jsonl"] {
        let Some(records) = records(name) else {
            eprintln!("skipped: {name} is not here");
            continue;
        };
        for record in records {
            match serde_json::from_str::<Value>(&record) {
                Ok(document) => {
                    assert_eq!(read(&bench, &session, &record).await, Ok(expected_in(document)), "{record}");
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
            assert_eq!(read(&bench, &session, &wrapped.to_string()).await, Ok(expected_in(wrapped)));
            texts += 1;
        }
    }
    eprintln!("{documents} documents and {texts} texts passed whole, {broken} cut documents were refused");
}
