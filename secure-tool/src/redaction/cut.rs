//! The note about truncated values for the model: declared names, indexes and counts, without any
//! text from the API.

use std::fmt::{self, Write};

/// The maximum number of truncations listed individually.
const TOLD: usize = 8;

/// The truncations in one response.
#[derive(Debug, Default, Clone)]
pub(crate) struct Cuts {
    told: Vec<Cut>,
    /// The number of all truncations, including the listed ones.
    count: u32,
}

#[derive(Debug, Clone)]
struct Cut {
    path: String,
    /// The depth of the value below the root.
    depth: usize,
    kept: u32,
    of: usize,
    what: CountedUnit,
}

/// The unit of a truncation's counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CountedUnit {
    Items,
    Entries,
    Characters,
}

/// A step on the path to a value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    /// A declared name.
    Name(&'static str),
    /// A list item.
    Item(usize),
    /// A map entry, whose key comes from the API.
    Entry,
}

impl Cuts {
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// Adds a truncation. If there are too many, those closest to the root are listed.
    pub(crate) fn add(&mut self, path: &[Step], kept: u32, of: usize, what: CountedUnit) {
        self.count = self.count.saturating_add(1);
        let depth = path.len();
        if self.told.len() >= TOLD && self.told.last().is_some_and(|last| last.depth <= depth) {
            return;
        }
        let at = self.told.partition_point(|told| told.depth <= depth);
        self.told.insert(at, Cut { path: written(path), depth, kept, of, what });
        self.told.truncate(TOLD);
    }

    /// Returns the note for the model, or `None` without truncations.
    pub(crate) fn line(&self) -> Option<String> {
        (self.count > 0).then(|| self.to_string())
    }
}

impl fmt::Display for Cuts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, Cut { path, kept, of, what, .. }) in self.told.iter().enumerate() {
            let what = match what {
                CountedUnit::Items => "items",
                CountedUnit::Entries => "entries",
                CountedUnit::Characters => "characters",
            };
            let path = if path.is_empty() { "the whole" } else { path };
            let before = if at == 0 { "Cut: " } else { ", " };
            write!(f, "{before}{path} ({} of {} {what})", grouped(*kept as usize), grouped(*of))?;
        }
        match self.count as usize - self.told.len().min(self.count as usize) {
            0 => f.write_str("."),
            more => write!(f, ", and {} more.", grouped(more)),
        }
    }
}

/// Returns a JSON pointer of declared names and indexes. Keys of maps are `*`.
fn written(path: &[Step]) -> String {
    path.iter().fold(String::new(), |mut pointer, step| {
        let _ = match step {
            Step::Name(name) => write!(pointer, "/{name}"),
            Step::Item(index) => write!(pointer, "/{index}"),
            Step::Entry => write!(pointer, "/*"),
        };
        pointer
    })
}

/// Formats a number with commas as thousands separators.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    digits.chars().enumerate().fold(String::new(), |mut text, (at, digit)| {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated_by_commas() {
        for (number, shown) in
            [(0, "0"), (12, "12"), (999, "999"), (2310, "2,310"), (1_234_567, "1,234,567")]
        {
            assert_eq!(grouped(number), shown);
        }
    }

    #[test]
    fn first_truncations_are_listed_and_the_rest_counted() {
        let mut cuts = Cuts::default();
        assert_eq!(cuts.line(), None);
        cuts.add(&[], 20, 87, CountedUnit::Items);
        cuts.add(
            &[Step::Name("items"), Step::Item(3), Step::Name("review")],
            500,
            2_310,
            CountedUnit::Characters,
        );
        assert_eq!(
            cuts.line().as_deref(),
            Some("Cut: the whole (20 of 87 items), /items/3/review (500 of 2,310 characters).")
        );
        for _ in 0..1_000_000 {
            cuts.add(&[Step::Name("by_day"), Step::Entry], 7, 1_000_000, CountedUnit::Entries);
        }
        cuts.add(&[Step::Name("items")], 1, 2, CountedUnit::Items);
        let line = cuts.line().expect("cut");
        assert!(line.starts_with("Cut: the whole (20 of 87 items), /items (1 of 2 items), /by_day/* (7 of 1,000,000 entries), "), "{line}");
        assert!(line.len() < 500 && line.ends_with(", and 999,995 more."), "{line}");
    }
}
