//! Stage 2: parses the model's text into one valid JSON object. The limits are checked on the text
//! before any value is built.

use serde_json::Value;

use super::admit::Admitted;
use super::call::{Call, Input, Stop};
use super::digest;
use crate::json;
use crate::refusal::Rule;
use crate::spec::{Limits, Protection};

/// Proof that the arguments are one JSON object within the limits. Only `arguments` creates it.
#[derive(Debug)]
pub struct Arguments<'c>((Call<'c>, Value));

impl<'c> Arguments<'c> {
    /// The call.
    pub(super) fn open(self) -> (Call<'c>, Value) {
        self.0
    }
}

/// The limits without the protection. The depth stays bounded, because a deeper value would
/// overflow the stack.
const UNLIMITED: Limits =
    Limits { arguments_bytes: usize::MAX, arguments_keys: usize::MAX, ..Limits::DEFAULT };

/// Parses the arguments.
///
/// # Errors
///
/// Returns a refusal by a rule of [`Stage::Arguments`](crate::Stage::Arguments).
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
