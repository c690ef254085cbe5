//! Authorization and approval.

mod agent;
mod approver;

pub use agent::{Agent, Clearance};
pub use approver::{Approver, ConsoleApprover, Decision, Question, Shown};
