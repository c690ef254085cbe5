//! Measures the shipped detector: `scan-eval [--json] [--disguises] FILE-or-FOLDER…`.
//!
//! Each file has a JSON object a line: `text`, `label` (1 for an attack, 0 for honest text),
//! `source`. Of folders, all `.jsonl` files are read. What it prints, by source: the number of
//! rows, the parts of attacks and of honest rows that are flagged at the shipped threshold, and the
//! parts of attacks that are detected where 1 % and 0.1 % of all honest rows given are flagged.
//! `--disguises` hides each attack that is caught in some twenty ways, and says how many are caught
//! still.

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
        return Err(format!("no file or folder was named: {USAGE}"));
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
