//! Measures a detector: takes labelled rows, returns results by source, as a table or as JSON.

use secure_tool_text::detect::{Detector, Report, Scanner};
use serde::Serialize;

use super::disguise::DISGUISES;
use super::rows::Row;

/// The results of a detector on the rows of one source.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OfSource {
    /// The source.
    pub source: String,
    /// The number of attacks.
    pub attacks: usize,
    /// The number of honest rows.
    pub honest: usize,
    /// The share of attacks that are flagged at the built-in threshold. `None` without attacks.
    pub detected: Option<f64>,
    /// The share of honest rows that are flagged at the threshold. `None` without honest rows.
    pub false_positives: Option<f64>,
    /// The share of attacks that are detected at a false-positive rate of 1 % over all sources.
    /// `None` without attacks or without honest rows.
    pub detected_at_1_percent: Option<f64>,
    /// The same at a false-positive rate of 0.1 %.
    pub detected_at_01_percent: Option<f64>,
}

/// The result of one disguise on the attacks that are detected in plain text.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OfDisguise {
    /// The name of the disguise.
    pub disguise: &'static str,
    /// The number of attacks that are detected in plain text.
    pub caught: usize,
    /// The share of these attacks that are detected in the disguise.
    pub still_caught: Option<f64>,
}

/// A measurement.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Measurement {
    /// The results by source, in order. The last one, `all`, covers all rows.
    pub sources: Vec<OfSource>,
    /// The results by disguise, if requested.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub disguises: Vec<OfDisguise>,
}

#[expect(clippy::cast_precision_loss, reason = "rows are fewer than 2^52")]
fn part(of: usize, all: usize) -> Option<f64> {
    (all > 0).then(|| of as f64 / all as f64)
}

fn scan(detector: &dyn Detector, text: &str) -> Report {
    let mut report = Report::new();
    detector.scan(text, &mut report);
    report
}

/// Scans each row once.
#[must_use]
pub fn measure(detector: &dyn Detector, rows: &[Row]) -> Measurement {
    let scanned: Vec<(&Row, i32, bool)> = rows
        .iter()
        .map(|row| {
            let report = scan(detector, &row.text);
            (row, report.score(), report.is_flagged())
        })
        .collect();
    let mut honest: Vec<i32> =
        scanned.iter().filter(|(row, ..)| !row.label).map(|(_, score, _)| *score).collect();
    honest.sort_unstable();
    // The threshold at which at most this share of honest rows is flagged.
    let limit = |per_mille: usize| {
        honest
            .len()
            .checked_sub(honest.len() * per_mille / 1_000 + 1)
            .and_then(|at| honest.get(at))
            .map(|score| score + 1)
    };
    let limits = [limit(10), limit(1)];
    let mut sources: Vec<&str> = rows.iter().map(|row| row.source.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    let of = |name: &str, chosen: &dyn Fn(&Row) -> bool| {
        let chosen: Vec<_> = scanned.iter().filter(|(row, ..)| chosen(row)).collect();
        let attacks = chosen.iter().filter(|(row, ..)| row.label).count();
        let above = |limit: Option<i32>| {
            limit.and_then(|limit| {
                part(
                    chosen.iter().filter(|(row, score, _)| row.label && *score >= limit).count(),
                    attacks,
                )
            })
        };
        let flagged = |label: bool| {
            chosen.iter().filter(|(row, _, flagged)| row.label == label && *flagged).count()
        };
        OfSource {
            source: name.to_owned(),
            attacks,
            honest: chosen.len() - attacks,
            detected: part(flagged(true), attacks),
            false_positives: part(flagged(false), chosen.len() - attacks),
            detected_at_1_percent: above(limits[0]),
            detected_at_01_percent: above(limits[1]),
        }
    };
    let mut table: Vec<OfSource> =
        sources.iter().map(|source| of(source, &|row| row.source == *source)).collect();
    table.push(of("all", &|_| true));
    Measurement { sources: table, disguises: Vec::new() }
}

/// Disguises each attack that is detected in plain text, and scans it again.
#[must_use]
pub fn measure_disguises(detector: &dyn Detector, rows: &[Row]) -> Vec<OfDisguise> {
    let caught: Vec<&Row> =
        rows.iter().filter(|row| row.label && scan(detector, &row.text).is_flagged()).collect();
    let of = |(name, disguise): (&'static str, fn(&str) -> String)| {
        let still =
            caught.iter().filter(|row| scan(detector, &disguise(&row.text)).is_flagged()).count();
        OfDisguise { disguise: name, caught: caught.len(), still_caught: part(still, caught.len()) }
    };
    DISGUISES.into_iter().map(of).collect()
}

fn percent(part: Option<f64>) -> String {
    part.map_or_else(|| "-".to_owned(), |part| format!("{:.1} %", part * 100.0))
}

impl Measurement {
    /// Formats the measurement as a table.
    #[must_use]
    pub fn table(&self) -> String {
        let mut lines = vec![format!(
            "{:<28} {:>8} {:>8} {:>10} {:>12} {:>12} {:>14}",
            "source", "attacks", "honest", "detected", "false pos.", "at 1 % FP", "at 0.1 % FP"
        )];
        for of in &self.sources {
            lines.push(format!(
                "{:<28} {:>8} {:>8} {:>10} {:>12} {:>12} {:>14}",
                of.source,
                of.attacks,
                of.honest,
                percent(of.detected),
                percent(of.false_positives),
                percent(of.detected_at_1_percent),
                percent(of.detected_at_01_percent)
            ));
        }
        for of in &self.disguises {
            lines.push(format!(
                "{:<28} of {} attacks detected in plain text, still detected: {}",
                of.disguise,
                of.caught,
                percent(of.still_caught)
            ));
        }
        lines.join("\n")
    }
}

/// Runs [`measure`] with the built-in detector.
#[must_use]
pub fn measure_shipped(rows: &[Row]) -> Measurement {
    measure(&Scanner::new(), rows)
}

/// Runs [`measure_disguises`] with the built-in detector.
#[must_use]
pub fn measure_shipped_disguises(rows: &[Row]) -> Vec<OfDisguise> {
    measure_disguises(&Scanner::new(), rows)
}
