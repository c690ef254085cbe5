//! Trains the model of the built-in detector: `train-detector FOLDER [--write FILE]
//! [--leave-one-out] [--also FILE-or-FOLDER]…`.
//!
//! Trains on all rows of the folder and on texts of the built-in grammar, and prints the results by
//! source. `--write` writes the weights; the same texts give the same bytes. `--leave-one-out`
//! measures each source with weights that were trained without it. `--also` names rows that are
//! only measured.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command")]

use std::path::PathBuf;
use std::process::ExitCode;

use text_eval::detector::corpus::{Corpus, OWN_SOURCE, own};
use text_eval::detector::rows::{Row, read};
use text_eval::detector::train::{Settings, Weights, fit};

/// The seed of the training order.
const SEED: u64 = 7;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            eprintln!("{what}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let (mut folders, mut also, mut write, mut leave) = (Vec::new(), Vec::new(), None, false);
    let mut arguments = std::env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--write") => {
                write = Some(PathBuf::from(arguments.next().ok_or("--write needs a file")?));
            }
            Some("--also") => {
                also.push(PathBuf::from(
                    arguments.next().ok_or("--also needs a file or a folder")?,
                ));
            }
            Some("--leave-one-out") => leave = true,
            Some(option) if option.starts_with("--") => {
                return Err(format!("`{option}` is not an option"));
            }
            _ => folders.push(PathBuf::from(argument)),
        }
    }
    let mut rows = read(&folders)?;
    rows.extend(own()?);
    let (corpus, also) = (Corpus::new(rows), read(&also)?);
    let settings = Settings::default();
    println!(
        "{:<28} {:>8} {:>8} {:>10} {:>12}",
        "source", "attacks", "honest", "detected", "false pos."
    );
    if leave {
        println!("weights trained without the source:");
        for source in corpus.sources().into_iter().filter(|source| *source != OWN_SOURCE) {
            let weights = fit(&corpus.examples(&|row| row.source == source), &settings, SEED);
            print_source(source, &scores(&corpus, source, &weights));
        }
    }
    let weights = fit(&corpus.examples(&|_| false), &settings, SEED);
    println!("weights trained on all sources:");
    for source in corpus.sources() {
        print_source(source, &scores(&corpus, source, &weights));
    }
    print_others(&also, &weights);
    if let Some(file) = write {
        std::fs::write(&file, weights.to_bytes())
            .map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(())
}

fn scores(corpus: &Corpus, source: &str, weights: &Weights) -> Vec<(bool, f32)> {
    corpus
        .rows()
        .iter()
        .filter(|(row, _)| row.source == source)
        .map(|(row, text)| (row.label, weights.score(text)))
        .collect()
}

fn print_others(rows: &[Row], weights: &Weights) {
    let mut sources: Vec<&str> = rows.iter().map(|row| row.source.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    for source in sources {
        let of = rows.iter().filter(|row| row.source == source);
        print_source(
            source,
            &of.map(|row| (row.label, weights.score_text(&row.text))).collect::<Vec<_>>(),
        );
    }
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn print_source(source: &str, scores: &[(bool, f32)]) {
    let count = |label: bool| scores.iter().filter(|(of, _)| *of == label).count();
    let rate = |label: bool| {
        let over = scores
            .iter()
            .filter(|(of, score)| *of == label && *score >= text_eval::detector::train::LIMIT)
            .count();
        if count(label) == 0 {
            "-".to_owned()
        } else {
            format!("{:.1} %", 100.0 * over as f64 / count(label) as f64)
        }
    };
    println!(
        "{source:<28} {:>8} {:>8} {:>10} {:>12}",
        count(true),
        count(false),
        rate(true),
        rate(false)
    );
}
