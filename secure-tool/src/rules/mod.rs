//! Validation: the closed schema of arguments, patterns, and the reported flaws.
//!
//! | file | content |
//! |--|--|
//! | `schema` | the closed JSON Schema with patterns; the flaws of arguments |
//! | `patterns` | the regular expressions of the specifications, compiled once |
//! | `visit` | walks arguments along their shapes |
//! | `flaw` | flaws and schema drift, without any text from the value |

mod flaw;
mod patterns;
mod schema;
mod visit;

pub(crate) use flaw::Drift;
pub use flaw::Flaw;
pub(crate) use patterns::Patterns;
pub(crate) use schema::Schema;
pub(crate) use visit::{undeclared, visit};
