//! Measures the recognizers: takes texts with labelled spans, returns precision and recall by kind,
//! as a table or as JSON.

use std::ops::Range;
use std::path::Path;
use std::time::Instant;

use secure_tool_text::entities::Entities;
use serde::{Deserialize, Serialize};

/// Labels of presidio's data that a pattern can find, each with its kind.
pub const PAIRS: [(&str, &str); 6] = [
    ("EMAIL_ADDRESS", "email"),
    ("PHONE_NUMBER", "phone"),
    ("CREDIT_CARD", "card"),
    ("IBAN_CODE", "iban"),
    ("US_SSN", "us_ssn"),
    ("IP_ADDRESS", "ip"),
];

/// A text with its labelled spans: label, start and end in characters, and the text of the span.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Labelled {
    /// The text.
    pub text: String,
    /// The labelled spans.
    pub label: Vec<(String, usize, usize, String)>,
}

/// The result for one kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OfKind {
    /// The label in the data.
    pub label: &'static str,
    /// The number of spans with the label.
    pub labelled: usize,
    /// The number of these spans that an entity of the kind covers completely.
    pub recalled: usize,
    /// The number of entities of the kind that were found.
    pub found: usize,
    /// The number of these entities that touch a span with the label.
    pub right: usize,
}

/// A measurement.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Measurement {
    /// The results by kind.
    pub kinds: Vec<OfKind>,
    /// The time for 64 KiB of these texts, in microseconds: the fastest of several rounds.
    pub microseconds_per_64_kib: f64,
}

/// Reads labelled texts, one JSON object for each line.
///
/// # Errors
///
/// If a file can't be read or a line is malformed. The error names the file and the line.
pub fn read(path: &Path) -> Result<Vec<Labelled>, String> {
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let row = |(number, line): (usize, &str)| {
        serde_json::from_str(line)
            .map_err(|error| format!("{}:{}: {error}", path.display(), number + 1))
    };
    text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(row).collect()
}

/// Converts a range of characters to a range of bytes.
fn in_bytes(text: &str, from: usize, to: usize) -> Range<usize> {
    let place = |characters: usize| {
        text.char_indices().nth(characters).map_or(text.len(), |(place, _)| place)
    };
    place(from)..place(to)
}

/// Searches each text, and measures the time of a second search.
#[must_use]
pub fn measure(entities: &Entities, rows: &[Labelled]) -> Measurement {
    Measurement { kinds: count(entities, rows), microseconds_per_64_kib: speed(entities, rows) }
}

/// Searches each text and counts the results by kind.
#[must_use]
pub fn count(entities: &Entities, rows: &[Labelled]) -> Vec<OfKind> {
    let mut kinds: Vec<OfKind> = PAIRS
        .iter()
        .map(|(label, _)| OfKind { label, labelled: 0, recalled: 0, found: 0, right: 0 })
        .collect();
    for row in rows {
        let found = entities.find(&row.text);
        for (of, (label, kind)) in kinds.iter_mut().zip(PAIRS) {
            let spans: Vec<Range<usize>> = row
                .label
                .iter()
                .filter(|of| of.0 == label)
                .map(|of| in_bytes(&row.text, of.1, of.2))
                .collect();
            let ours: Vec<&Range<usize>> = found
                .iter()
                .filter(|entity| entity.kind.id() == kind)
                .map(|entity| &entity.span)
                .collect();
            of.labelled += spans.len();
            of.recalled += spans
                .iter()
                .filter(|span| {
                    ours.iter().any(|our| our.start <= span.start && span.end <= our.end)
                })
                .count();
            of.found += ours.len();
            of.right += ours
                .iter()
                .filter(|our| spans.iter().any(|span| our.start < span.end && span.start < our.end))
                .count();
        }
    }
    kinds
}

#[expect(clippy::cast_precision_loss, reason = "sizes are small")]
fn speed(entities: &Entities, rows: &[Labelled]) -> f64 {
    let bytes: usize = rows.iter().map(|row| row.text.len()).sum();
    let round = || {
        let start = Instant::now();
        for row in rows {
            std::hint::black_box(entities.find(&row.text));
        }
        start.elapsed().as_secs_f64() * 1e6
    };
    let best = (0..10).map(|_| round()).fold(f64::INFINITY, f64::min);
    best * 65_536.0 / bytes.max(1) as f64
}

/// Formats a share in percent.
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn percent(of: usize, all: usize) -> String {
    if all == 0 { "-".to_owned() } else { format!("{:.1} %", 100.0 * of as f64 / all as f64) }
}

impl Measurement {
    /// Formats the measurement as a table.
    #[must_use]
    pub fn table(&self) -> String {
        let mut lines = vec![format!(
            "{:<16} {:>9} {:>7} {:>10} {:>8}",
            "kind", "labelled", "found", "precision", "recall"
        )];
        for of in &self.kinds {
            lines.push(format!(
                "{:<16} {:>9} {:>7} {:>10} {:>8}",
                of.label,
                of.labelled,
                of.found,
                percent(of.right, of.found),
                percent(of.recalled, of.labelled)
            ));
        }
        lines.push(format!("{:.0} µs for 64 KiB of these texts", self.microseconds_per_64_kib));
        lines.join("\n")
    }
}
