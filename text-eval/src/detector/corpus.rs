//! The training set: takes labelled rows, returns them with the texts of the built-in grammar, each
//! with a weight.

use secure_tool_text::detect::training::{Prepared, prepare};

use super::grammar::{Dice, Grammar};
use super::rows::Row;
use super::train::Example;

/// The number of attacks from the grammar, and of honest texts.
pub const OWN: usize = 14_000;

/// The source name of texts from the grammar.
pub const OWN_SOURCE: &str = "own grammar";

/// The seed of texts from the grammar.
const SEED: u64 = 0x5EED_0001;

/// Returns the texts of the built-in grammar, `grammar.txt`.
///
/// # Errors
///
/// If the grammar is malformed.
pub fn own() -> Result<Vec<Row>, String> {
    let grammar = Grammar::read(include_str!("grammar.txt"))?;
    let mut dice = Dice::new(SEED);
    let mut rows = Vec::with_capacity(2 * OWN);
    for _ in 0..OWN {
        rows.push(Row::new(grammar.text("attack", &mut dice), true, OWN_SOURCE));
        rows.push(Row::new(grammar.text("honest", &mut dice), false, OWN_SOURCE));
    }
    Ok(rows)
}

/// Rows, prepared once for several fits.
#[derive(Debug)]
pub struct Corpus {
    rows: Vec<(Row, Prepared)>,
}

impl Corpus {
    /// Prepares rows. A text that occurs in several sources is used once.
    #[must_use]
    pub fn new(rows: Vec<Row>) -> Self {
        Self {
            rows: rows
                .into_iter()
                .map(|row| (prepare(&row.text), row))
                .map(|(prepared, row)| (row, prepared))
                .collect(),
        }
    }

    /// Returns the rows with their prepared texts.
    #[must_use]
    pub fn rows(&self) -> &[(Row, Prepared)] {
        &self.rows
    }

    /// Returns the sources in order.
    #[must_use]
    pub fn sources(&self) -> Vec<&str> {
        let mut sources: Vec<&str> = self.rows.iter().map(|(row, _)| row.source.as_str()).collect();
        sources.sort_unstable();
        sources.dedup();
        sources
    }

    /// Returns the examples, without the rows of some sources and without texts that also occur
    /// there.
    #[must_use]
    pub fn examples(&self, without: &dyn Fn(&Row) -> bool) -> Vec<Example<'_>> {
        let held: std::collections::HashSet<&str> = self
            .rows
            .iter()
            .filter(|(row, _)| without(row))
            .map(|(row, _)| beginning(&row.text))
            .collect();
        let kept = |row: &Row| !without(row) && !held.contains(beginning(&row.text));
        let count = |source: &str, label: bool| {
            self.rows.iter().filter(|(row, _)| row.source == source && row.label == label).count()
        };
        let mut counts = std::collections::HashMap::new();
        for (row, _) in &self.rows {
            counts
                .entry((row.source.as_str(), row.label))
                .or_insert_with(|| count(&row.source, row.label));
        }
        let example = |(row, _): &'_ (Row, Prepared)| {
            let rows = counts.get(&(row.source.as_str(), row.label)).copied().unwrap_or(1);
            weight(row, rows)
        };
        self.rows
            .iter()
            .filter(|(row, _)| kept(row))
            .map(|pair| Example { text: &pair.1, label: pair.0.label, weight: example(pair) })
            .collect()
    }
}

fn beginning(text: &str) -> &str {
    text.get(..text.floor_char_boundary(120)).unwrap_or_default()
}

/// Returns the weight of a row: lower in a large set, higher for texts like API responses, and
/// higher for honest texts of the grammar.
#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn weight(row: &Row, rows: usize) -> f32 {
    if row.source == OWN_SOURCE {
        return if row.label { 0.8 } else { 1.0 };
    }
    let share = (300.0 / rows.max(1) as f32).sqrt().clamp(0.3, 1.2);
    let kind = match (row.label, row.kind.as_str()) {
        (false, "api_json" | "api_desc" | "docs" | "prose" | "pii_text" | "ui_string") => 2.0,
        (false, _) => 0.6,
        (true, "task_only") => 0.5,
        (true, _) => 1.0,
    };
    share * kind
}
