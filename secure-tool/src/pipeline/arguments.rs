//! Stage 2: the text of a model in, one sound JSON object out. Limits are checked on the text;
//! nothing is built before they hold.

use serde_json::Value;

use super::admit::Admitted;
use super::call::{Call, Input, Stop};
use super::digest;
use crate::json;
use crate::refusal::Rule;
use crate::spec::{Limits, Protection};

/// Proof that the arguments are one JSON object within the limits. Only `arguments` makes one.
#[derive(Debug)]
pub struct Arguments<'c>((Call<'c>, Value));

impl<'c> Arguments<'c> {
    /// What it proves something about.
    pub(super) fn open(self) -> (Call<'c>, Value) {
        self.0
    }
}

/// Without the protection: as far as the machine goes. Depth stays bounded, or the twin would take
/// the process with it.
const UNLIMITED: Limits =
    Limits { arguments_bytes: usize::MAX, arguments_keys: usize::MAX, ..Limits::DEFAULT };

/// Reads the arguments.
///
/// # Errors
///
/// A refusal by a rule of [`Stage::Arguments`](crate::Stage::Arguments).
pub fn arguments(admitted: Admitted<'_>) -> Result<Arguments<'_>, Stop> {
    let (mut call, input) = admitted.open();
    let spec = call.spec();
    let enforced = spec.enforces(Protection::ArgumentLimits);
    let read = match input {
        Input::Text(text) if enforced => {
            json::inspect(text, &spec.limits).and_then(|()| parse(text))
        }
        Input::Text(text) => parse(text),
        Input::Value(value) => {
            match json::inspect_value(&value, if enforced { &spec.limits } else { &UNLIMITED }) {
                Ok(()) => Ok(value),
                Err(rule) => {
                    json::dismantle(value);
                    Err(rule)
                }
            }
        }
    };
    match read {
        Err(rule) => Err(call.refuse(rule)),
        Ok(value) => {
            call.trace.record.call.arguments = digest::arguments(&call, &value);
            Ok(Arguments((call, value)))
        }
    }
}

fn parse(text: &str) -> Result<Value, Rule> {
    serde_json::from_str(text).map_err(|_| Rule::Malformed)
}
