//! Measures the recognizers: `entities-eval [--json] [--misses] FILE`.
//!
//! Each line of the file is a JSON object: `text`, and `label`, a list of `[label, start, end,
//! span]` with positions in characters. Prints for each label that a pattern can find: the number
//! of labelled spans and of found entities, the share of entities that touch a span (precision),
//! the share of spans that are covered (recall), and the time for 64 KiB. `--misses` lists the rows
//! with missed spans or unlabelled entities, without their text.

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
    let [path] = paths.as_slice() else { return Err(format!("expected one file: {USAGE}")) };
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

/// Lists the rows with missed spans or unlabelled entities, with their kinds.
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
