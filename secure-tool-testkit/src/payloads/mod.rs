//! What is sent, as data: each payload with the reason why somebody would send it.
//!
//! | placeholder | stands for |
//! |--|--|
//! | `{v}` | an honest value of the field |
//! | `{name}` | the name of the field |
//! | `{domain}` | the declared domain of an honest web address |
//! | `{canary}` | a text that stands nowhere else |

mod address;
mod fields;
mod hidden;
mod injection;
mod url;

pub(crate) use address::{ADDRESSES, Address};
pub(crate) use fields::UNDECLARED;
pub(crate) use hidden::HIDDEN;
pub(crate) use injection::{HALVES, INJECTIONS, Injection, ORDERS};
pub(crate) use url::{HEADER, PATH, QUERY, SEGMENT};

/// A text, and why somebody would send it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Payload {
    /// What it is, for the report.
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
    /// What it is after.
    pub(crate) reason: &'static str,
}

impl Payload {
    /// Name and reason, for the report.
    pub(crate) fn described(&self) -> String {
        format!("{} ({})", self.name, self.reason)
    }
}

const fn payload(name: &'static str, text: &'static str, reason: &'static str) -> Payload {
    Payload { name, text, reason }
}
