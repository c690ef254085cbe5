//! The patterns of a shape, compiled once. Matching takes linear time for any text.

use std::collections::HashMap;

use regex::Regex;

use crate::error::Error;
use crate::spec::{Directed, Part, Record, Shape};

#[derive(Debug, Default)]
pub(crate) struct Patterns(HashMap<&'static str, Regex>);

impl Patterns {
    /// Collects the patterns of a response.
    pub(crate) fn of(shape: &'static Shape) -> Result<Self, Error> {
        Self::collected(|look| shape.each_of_response(look))
    }

    /// Collects the patterns of arguments.
    pub(crate) fn of_arguments(record: &'static Record) -> Result<Self, Error> {
        Self::collected(|look| record.each_argument(look))
    }

    fn collected<F: Directed>(
        each: impl FnOnce(&mut dyn FnMut(Part<F>) -> bool),
    ) -> Result<Self, Error> {
        let mut found = Vec::new();
        each(&mut |part| {
            found.extend(match part {
                Part::Shape(Shape::Named(named)) => named.pattern,
                Part::Shape(_) => None,
                Part::Field(field) => field.pattern(),
            });
            true
        });
        let mut patterns = Self::default();
        found.into_iter().try_for_each(|pattern| patterns.add(pattern))?;
        Ok(patterns)
    }

    fn add(&mut self, pattern: &'static str) -> Result<(), Error> {
        if self.0.contains_key(pattern) {
            return Ok(());
        }
        let compiled = Regex::new(&whole(pattern)).map_err(|error| {
            Error::configuration(format!("pattern `{pattern}` does not compile")).because(error)
        })?;
        self.0.insert(pattern, compiled);
        Ok(())
    }

    /// Returns whether the whole text matches. A pattern that was not collected matches nothing.
    pub(crate) fn whole(&self, pattern: &str, text: &str) -> bool {
        self.0.get(pattern).is_some_and(|compiled| compiled.is_match(text))
    }
}

/// Returns the pattern anchored at both ends, for engines that search.
pub(super) fn whole(pattern: &str) -> String {
    format!("^(?:{pattern})$")
}
