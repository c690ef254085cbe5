//! The patterns of a shape, compiled once: a pattern and a text in, whether the whole text matches out. In linear time, whatever the text.

use std::collections::HashMap;

use regex::Regex;

use crate::error::Error;
use crate::spec::Shape;

/// How deep shapes are followed; types that contain themselves have the same patterns at every depth.
const DEPTH: usize = 64;

#[derive(Debug, Default)]
pub(crate) struct Patterns(HashMap<&'static str, Regex>);

impl Patterns {
    pub(crate) fn of(shape: &Shape) -> Result<Self, Error> {
        let mut patterns = Self::default();
        patterns.collect(shape, DEPTH)?;
        Ok(patterns)
    }

    fn collect(&mut self, shape: &Shape, depth: usize) -> Result<(), Error> {
        let Some(depth) = depth.checked_sub(1) else { return Ok(()) };
        match shape {
            Shape::Named(named) => {
                self.add(named.pattern)?;
                self.collect(named.inner, depth)
            }
            Shape::Optional(inner) | Shape::List(inner) | Shape::Map(inner) => self.collect(inner, depth),
            Shape::Record(record) => record.fields.iter().try_for_each(|field| {
                self.add(field.pattern)?;
                self.collect(field.shape, depth)
            }),
            Shape::Variants(variants) => variants.variants.iter().try_for_each(|variant| self.collect(variant.shape, depth)),
            _ => Ok(()),
        }
    }

    fn add(&mut self, pattern: Option<&'static str>) -> Result<(), Error> {
        let Some(pattern) = pattern.filter(|pattern| !self.0.contains_key(pattern)) else { return Ok(()) };
        let compiled = Regex::new(&whole(pattern))
            .map_err(|error| Error::configuration(format!("pattern `{pattern}` does not compile")).because(error))?;
        self.0.insert(pattern, compiled);
        Ok(())
    }

    /// Whether the whole text matches. A pattern that was not collected matches nothing.
    pub(crate) fn whole(&self, pattern: &str, text: &str) -> bool {
        self.0.get(pattern).is_some_and(|compiled| compiled.is_match(text))
    }
}

/// The pattern for engines that search.
pub(super) fn whole(pattern: &str) -> String {
    format!("^(?:{pattern})$")
}
