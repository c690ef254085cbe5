//! Measures the built-in detector: `scan-eval [--json] [--disguises] FILE-or-FOLDER…`.
//!
//! Each line of a file is a JSON object: `text`, `label` (1 for an attack, 0 for honest text),
//! `source`. In folders, all `.jsonl` files are read. Prints by source: the number of rows, the
//! share of attacks and of honest rows that are flagged at the built-in threshold, and the share of
//! attacks that are detected at false-positive rates of 1 % and 0.1 % over all honest rows.
//! `--disguises` hides each detected attack in 23 ways and prints the share that is still detected.

use std::process::ExitCode;

use text_eval::command::{end, words};
use text_eval::detector::measure::{measure_shipped, measure_shipped_disguises};
use text_eval::detector::rows::read;

const USAGE: &str = "scan-eval [--json] [--disguises] FILE-or-FOLDER…";

fn main() -> ExitCode {
    end(run())
}

fn run() -> Result<String, String> {
    let ([json, disguises], paths) = words(["--json", "--disguises"], USAGE)?;
    if paths.is_empty() {
        return Err(format!("expected a file or a folder: {USAGE}"));
    }
    let rows = read(&paths)?;
    let mut measurement = measure_shipped(&rows);
    if disguises {
        measurement.disguises = measure_shipped_disguises(&rows);
    }
    if json {
        serde_json::to_string_pretty(&measurement).map_err(|error| error.to_string())
    } else {
        Ok(measurement.table())
    }
}
