//! Measures the recognizers of entities: `entities-eval [--json] [--misses] FILE`.
//!
//! The file has a JSON object a line: `text`, and `label`, a list of `[label, start, end, span]`
//! with places in characters. What it prints, by label that a pattern can find: how many spans have
//! it, how many entities were found, which part of those touches such a span (precision), which
//! part of the spans is covered (recall); and how long 64 KiB take. `--misses` names the rows, not
//! their text, in which something was missed or found that is not labelled.

use std::process::ExitCode;

use secure_tool_text::entities::Entities;
use text_eval::command::{end, words};
use text_eval::entities::{Labelled, count, measure, read};

const USAGE: &str = "entities-eval [--json] [--misses] FILE";

fn main() -> ExitCode {
    end(run())
}

fn run() -> Result<String, String> {
    let ([json, misses], paths) = words(["--json", "--misses"], USAGE)?;
    let [path] = paths.as_slice() else { return Err(format!("one file has to be named: {USAGE}")) };
    let rows = read(path)?;
    if misses {
        return Ok(missed(&rows));
    }
    let measurement = measure(&Entities::new(), &rows);
    if json {
        serde_json::to_string_pretty(&measurement).map_err(|error| error.to_string())
    } else {
        Ok(measurement.table())
    }
}

/// The rows where something was missed, or found without a label, and of which kind.
fn missed(rows: &[Labelled]) -> String {
    let entities = Entities::new();
    let mut lines = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        for of in count(&entities, std::slice::from_ref(row)) {
            if of.recalled < of.labelled || of.right < of.found {
                lines.push(format!(
                    "line {}: {}: {} of {} missed, {} of {} wrong",
                    number + 1,
                    of.label,
                    of.labelled - of.recalled,
                    of.labelled,
                    of.found - of.right,
                    of.found
                ));
            }
        }
    }
    lines.join("\n")
}
