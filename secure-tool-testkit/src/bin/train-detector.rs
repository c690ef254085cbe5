//! Trains the shipped detector's model: `train-detector FOLDER [--write FILE] [--leave-one-out] [--also FILE]…`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command")]

use std::path::PathBuf;
use std::process::ExitCode;

use secure_tool_testkit::detector::corpus::{Corpus, own, OWN_SOURCE};
use secure_tool_testkit::detector::rows::{Row, read};
use secure_tool_testkit::detector::train::{Settings, Weights, fit};

const SEED: u64 = 7;

/// The part of the fitted weights that ships. Measured on sources that were left out, where the fit is too sure of itself.
const PART: f32 = 0.75;

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
    let (mut folders, mut also, mut write, mut leave, mut folds, mut sets) = (Vec::new(), Vec::new(), None, false, false, Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--write" => write = Some(PathBuf::from(arguments.next().ok_or("--write needs a file")?)),
            "--also" => also.push(PathBuf::from(arguments.next().ok_or("--also needs a file")?)),
            "--leave-one-out" => leave = true,
            "--folds" => folds = true,
            "--set" => sets.push(arguments.next().ok_or("--set needs name=value")?),
            other => folders.push(PathBuf::from(other)),
        }
    }
    let mut rows = read(&folders)?;
    rows.extend(own()?);
    let corpus = Corpus::new(rows);
    let also = read(&also)?;
    let mut settings = Settings::default();
    for set in &sets {
        let (name, value) = set.split_once('=').ok_or("--set needs name=value")?;
        let value: f32 = value.parse().map_err(|_| "no number")?;
        match name {
            "epochs" => settings.epochs = value as u32,
            "step" => settings.step = value,
            "margin" => settings.margin = value,
            "decay" => settings.decay = value,
            "limit" => settings.limit = value,
            "drift" => settings.drift = value,
            _ => return Err("unknown".into()),
        }
    }
    if folds {
        run_folds(&corpus, &settings, &also);
        return Ok(());
    }
    if leave {
        leave_one_out(&corpus, &settings);
    }
    let weights = fit(&corpus.examples(&|_| false), &settings, SEED);
    println!("trained on {} texts of {}", corpus.rows().len(), corpus.sources().join(", "));
    for source in corpus.sources() {
        let rows: Vec<(bool, f32)> =
            corpus.rows().iter().filter(|(row, _)| row.source == source).map(|(row, text)| (row.label, weights.score(text))).collect();
        print_row(source, &rows);
    }
    report(&weights, &also);
    if let Some(file) = write {
        std::fs::write(&file, weights.to_bytes(settings.limit, PART)).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(())
}

fn report(weights: &Weights, rows: &[Row]) {
    let mut sources: Vec<&str> = rows.iter().map(|row| row.source.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    for source in sources {
        let scored: Vec<(bool, f32)> =
            rows.iter().filter(|row| row.source == source).map(|row| (row.label, weights.score_text(&row.text))).collect();
        print_row(source, &scored);
    }
}

fn print_row(source: &str, rows: &[(bool, f32)]) {
    let rate = |label: bool, limit: f32| {
        let of = rows.iter().filter(|(l, _)| *l == label).count();
        let over = rows.iter().filter(|(l, score)| *l == label && *score >= limit).count();
        if of == 0 { "     -".to_owned() } else { format!("{:6.2}", 100.0 * over as f64 / of as f64) }
    };
    println!("{source:24} {:6} attacks {} {} {}  honest {} {} {}", rows.len(), rate(true, 800.0), rate(true, 1000.0), rate(true, 1200.0), rate(false, 800.0), rate(false, 1000.0), rate(false, 1200.0));
}

fn leave_one_out(corpus: &Corpus, settings: &Settings) {
    println!("leave one source out: per cent at 800, 1000 and 1200 points");
    for source in corpus.sources() {
        if source == OWN_SOURCE {
            continue;
        }
        let weights = fit(&corpus.examples(&|row| row.source == source), settings, SEED);
        let rows: Vec<(bool, f32)> =
            corpus.rows().iter().filter(|(row, _)| row.source == source).map(|(row, text)| (row.label, weights.score(text))).collect();
        print_row(source, &rows);
    }
}

const FOLDS: [&[&str]; 8] = [
    &["octokit", "slack_specs", "self_instruct"], &["stripe_fixtures", "rust_docs", "clinc"], &["tldr", "llm_docs_dev", "banking77"], &["presidio_text", "prompts_chat_ui"],
    &["asb"], &["deepset"], &["garak", "giskard", "oai_guardrails_demo", "pif_bench"], &["jackhhao", "jailbreak_llms", "gptfuzz"],
];

fn run_folds(corpus: &Corpus, settings: &Settings, also: &[Row]) {
    let mut scored: Vec<(String, bool, f32, usize)> = Vec::new();
    for (number, fold) in FOLDS.iter().enumerate() {
        let weights = fit(&corpus.examples(&|row| fold.contains(&row.source.as_str())), settings, SEED);
        scored.extend(corpus.rows().iter().filter(|(row, _)| fold.contains(&row.source.as_str())).map(|(row, text)| (row.source.clone(), row.label, weights.score(text), text.ends.len())));
        if number == 4 {
            scored.extend(also.iter().map(|row| (row.source.clone(), row.label, weights.score_text(&row.text), row.text.len() / 6)));
        }
    }
    for penalty in [0.0_f32] {
        let of = |s: &(String, bool, f32, usize)| s.2 - penalty * (s.3 as f32 / 64.0).max(1.0).log2();
        let api = ["octokit", "slack_specs", "stripe_fixtures", "dojo_tool_outputs"];
        let mut honest: Vec<f32> = scored.iter().filter(|s| !s.1 && api.contains(&s.0.as_str())).map(of).collect();
        honest.sort_by(f32::total_cmp);
        let t = honest[honest.len() * 99 / 100];
        let mut sources: Vec<&str> = scored.iter().map(|s| s.0.as_str()).collect();
        sources.sort_unstable();
        sources.dedup();
        print!("penalty {penalty} t {t:.0}:");
        let (mut sum, mut n) = (0.0, 0.0);
        for label in [true, false] {
            for source in &sources {
                let all: Vec<f32> = scored.iter().filter(|s| s.0 == *source && s.1 == label).map(of).collect();
                if all.is_empty() { continue; }
                let r = 100.0 * all.iter().filter(|x| **x >= t).count() as f32 / all.len() as f32;
                if label { sum += r; n += 1.0; }
                print!(" {}{source} {r:.0}", if label { "+" } else { "-" });
            }
        }
        println!(" MEAN {:.1}", sum / n);
    }
}
