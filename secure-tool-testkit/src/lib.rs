//! secure-tool-testkit.

mod attack;
mod attempt;
pub mod hostile;
mod oracle;
mod payloads;
mod report;
mod stand;
mod strategy;
mod twin;

pub use attack::{Attack, attack};
pub use report::{Class, ClassReport, Failure, Report, Verdict};
