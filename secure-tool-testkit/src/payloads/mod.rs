//! The payloads of the attacks, as data, each with the reason for the attack.
//!
//! | placeholder | value |
//! |--|--|
//! | `{v}` | an honest value of the field |
//! | `{name}` | the name of the field |
//! | `{domain}` | a declared domain of the URL argument |
//! | `{canary}` | a unique text |

mod fields;
mod hidden;
mod injection;
mod request;
mod url_value;

pub(crate) use fields::UNDECLARED;
pub(crate) use hidden::HIDDEN;
pub(crate) use injection::{HALVES, INJECTIONS, Injection, ORDERS};
pub(crate) use request::{HEADER, PATH, QUERY, SEGMENT};
pub(crate) use url_value::{URLS, UrlPayload};

/// A payload and its reason.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Payload {
    /// The name in the report.
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
    /// The reason for the attack, in the report.
    pub(crate) reason: &'static str,
}

impl Payload {
    /// Returns the name and the reason for the report.
    pub(crate) fn described(&self) -> String {
        format!("{} ({})", self.name, self.reason)
    }
}

const fn payload(name: &'static str, text: &'static str, reason: &'static str) -> Payload {
    Payload { name, text, reason }
}
