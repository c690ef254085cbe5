//! Stage 2: parses the model's text into one valid JSON object. The limits are checked on the text
//! before any value is built.

use serde_json::{Map, Value};

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
    let may_be_empty = spec.arguments.needs_nothing();
    let read = match input {
        Input::Text(text) if may_be_empty && is_empty(text, &spec.limits) => {
            Ok(Value::Object(Map::new()))
        }
        Input::Text(text) if enforced => {
            json::inspect(text, &spec.limits).and_then(|text| parse(&text))
        }
        Input::Text(text) => parse(text),
        Input::Value(Value::Null) if may_be_empty => Ok(Value::Object(Map::new())),
        Input::Value(mut value) => {
            match json::inspect_value(&value, if enforced { &spec.limits } else { &UNLIMITED }) {
                Ok(()) => {
                    json::write_integers(&mut value);
                    Ok(value)
                }
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

/// Returns whether a model sent no arguments: many providers send the empty text or `null` then.
fn is_empty(text: &str, limits: &Limits) -> bool {
    text.len() <= limits.arguments_bytes
        && matches!(text.trim_matches([' ', '\t', '\n', '\r']), "" | "null")
}

fn parse(text: &str) -> Result<Value, Rule> {
    serde_json::from_str(text).map_err(|_| Rule::Malformed)
}
