//! What to validate: the closed schema of arguments, patterns, and the flaws that are told.
//!
//! | file | does |
//! |--|--|
//! | `schema` | closes the JSON schema that the types give, adds the patterns, and tells what is wrong with arguments |
//! | `patterns` | regular expressions of the specs, compiled once, matched against whole values |
//! | `visit` | goes through arguments along their shapes |
//! | `flaw` | what is wrong, in words that echo nothing |

mod flaw;
mod patterns;
mod schema;
mod visit;

pub(crate) use flaw::Drift;
pub use flaw::Flaw;
pub(crate) use patterns::Patterns;
pub(crate) use schema::Schema;
pub(crate) use visit::{undeclared, visit};
