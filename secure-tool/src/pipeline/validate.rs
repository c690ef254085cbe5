//! Stage 3: validates a JSON object as arguments of the tool's type.
//!
//! The closed schema is the primary check; typed parsing and `Validate` come after it. All flaws
//! are reported at once, with declared names and stable codes. Handles (`Sku#3`) are replaced by
//! their values. So are tokens (`tok_…`), in arguments that take them.

use std::collections::HashSet;

use secure_tool_text::host_name::is_within;
use serde_json::Value;

use super::arguments::Arguments;
use super::call::{Call, Stop, TypedArguments};
use crate::redaction::Tokens;
use crate::refusal::Rule;
use crate::rules::{Flaw, undeclared, visit};
use crate::spec::{Named, Protection, Shape};
use crate::value::host_of;

/// Proof that the arguments match the schema. Only `validate` creates it.
#[derive(Debug)]
pub struct Validated<'c>((Call<'c>, TypedArguments));

impl<'c> Validated<'c> {
    /// The call.
    pub(super) fn open(self) -> (Call<'c>, TypedArguments) {
        self.0
    }
}

/// Validates the arguments.
///
/// # Errors
///
/// Returns a refusal by a rule of [`Stage::Validate`](crate::Stage::Validate).
pub fn validate(arguments: Arguments<'_>) -> Result<Validated<'_>, Stop> {
    let (call, mut value) = arguments.open();
    let unknown = open_handles(&call, &mut value);
    if !unknown.is_empty() {
        return Err(call.refuse_with(Rule::UnknownHandle, unknown));
    }
    let (opened, unknown) = open_tokens(&call, &mut value);
    if !unknown.is_empty() {
        return Err(call.refuse_with(Rule::UnknownToken, unknown));
    }
    let parsed = if call.spec().enforces(Protection::Schema) {
        match call.tool.schema.flaws(&value, call.spec().arguments) {
            flaws if flaws.is_empty() => along_the_shape(&call, &mut value)
                .and_then(|()| (call.tool.tool.code.parse)(&value)),
            flaws => Err(flaws),
        }
        .map(Some)
    } else {
        Ok((call.tool.tool.code.parse)(&value).ok())
    };
    match parsed {
        Ok(parsed) => Ok(Validated((call, TypedArguments { value, parsed, opened }))),
        Err(flaws) => Err(call.refuse_with(Rule::Schema, flaws)),
    }
}

/// Checks the rules again along the shape. They apply even if the schema lacks them.
fn along_the_shape(call: &Call<'_>, arguments: &mut Value) -> Result<(), Vec<Flaw>> {
    let (patterns, limited) =
        (&call.tool.argument_patterns, call.spec().enforces(Protection::Domains));
    let undeclared = undeclared(call.spec().arguments, arguments).into_iter();
    let mut flaws: Vec<Flaw> =
        undeclared.map(|pointer| Flaw { pointer, code: "unknown_field".into() }).collect();
    visit(call.spec().arguments, arguments, &mut |pointer, field, shape, value| {
        let outside = |(least, most): &(f64, f64)| {
            value.as_f64().is_some_and(|number| number < *least || number > *most)
        };
        if field.range().as_ref().is_some_and(outside) {
            flaws.push(Flaw { pointer: pointer.to_owned(), code: "range".into() });
        }
        let Some(text) = value.as_str() else { return };
        let named = match shape {
            Shape::Named(named) => Some(*named),
            _ => None,
        };
        let mut expected =
            [field.pattern(), named.and_then(|named| named.pattern)].into_iter().flatten();
        let is_one = !matches!(
            field.shape(),
            Shape::List(_) | Shape::Map(_) | Shape::Optional(Shape::List(_) | Shape::Map(_))
        );
        let count = text.chars().count();
        let code = if is_one
            && field
                .length()
                .is_some_and(|(least, most)| count < least as usize || count > most as usize)
        {
            "length"
        } else if !expected.all(|pattern| patterns.whole(pattern, text)) {
            "pattern"
        } else if named.and_then(|named| named.accepts).is_some_and(|accepts| !accepts(text)) {
            "format"
        } else if limited
            && named.is_some_and(Named::is_url)
            && !host_of(text).is_some_and(|host| is_within(host, field.policy().domains))
        {
            "domain"
        } else {
            return;
        };
        flaws.push(Flaw { pointer: pointer.to_owned(), code: code.into() });
    });
    if flaws.is_empty() { Ok(()) } else { Err(flaws) }
}

/// Replaces handles with their values. A handle of the argument's kind that this session did not
/// issue is a flaw.
fn open_handles(call: &Call<'_>, arguments: &mut Value) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let apis = call.spec().apis;
    let state = call.conversation.state();
    visit(call.spec().arguments, arguments, &mut |pointer, _, shape, value| {
        let Shape::Named(named @ Named { handle: true, .. }) = shape else { return };
        let Some(number) = value.as_str().and_then(|text| handle_number(text, named)) else {
            return;
        };
        match state.handle(apis.iter().map(|api| api.name), named.kind.name(), number) {
            Some(found) => *value = found.clone(),
            None => flaws.push(Flaw { pointer: pointer.to_owned(), code: "unknown_handle".into() }),
        }
    });
    flaws
}

/// Replaces tokens with their values, where the argument takes tokens of their field. A token that
/// can't be opened there is a flaw, for any reason.
///
/// Returns the values of tokens from trusted fields, and the flaws.
fn open_tokens(call: &Call<'_>, arguments: &mut Value) -> (HashSet<(String, Value)>, Vec<Flaw>) {
    let (mut trusted, mut flaws) = (HashSet::new(), Vec::new());
    let mut tokens = None;
    let apis: Vec<&str> = call.spec().apis.iter().map(|api| api.name).collect();
    visit(call.spec().arguments, arguments, &mut |pointer, field, _, value| {
        let Some(of) = field.policy().token else { return };
        let Some(text) = value.as_str().filter(|text| Tokens::is_like(text)) else { return };
        let tokens = tokens.get_or_insert_with(|| Tokens::of(call.conversation));
        // The named API, or the tool's own.
        let opened = match of.split_once("::") {
            Some((api, of)) => tokens.open(text, &[api], of),
            None => tokens.open(text, &apis, of),
        };
        match opened {
            Some(opened) => {
                *value = opened.value;
                if opened.trusted {
                    trusted.insert((pointer.to_owned(), value.clone()));
                }
            }
            None => flaws.push(Flaw { pointer: pointer.to_owned(), code: "unknown_token".into() }),
        }
    });
    (trusted, flaws)
}

/// Returns the number of `Name#3`.
fn handle_number(text: &str, named: &Named) -> Option<usize> {
    let digits = text.strip_prefix(named.name)?.strip_prefix('#')?;
    (digits.len() <= 6 && digits.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()
}
