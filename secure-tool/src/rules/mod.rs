//! What to validate: the closed schema of arguments, and the flaws that are told to the model.

mod flaw;

pub use flaw::{Drift, Flaw};
