//! Stage 4: checks that arguments match their declared sources.
//!
//! This stage always runs. A value with the source user or trusted response is looked up there,
//! whether or not the session has read untrusted text. Taint adds a restriction. A session that has
//! read untrusted text and private data does not send data out without approval.
//!
//! Not covered: which of two trusted values the model chooses, and harm caused by text alone.

use serde_json::Value;

use super::call::{Call, Origin, Provenance, Stop, TypedArguments};
use super::validate::Validated;
use crate::conversation::State;
use crate::refusal::Rule;
use crate::rules::{Flaw, visit};
use crate::spec::{
    ApiSpec, Argument, Confirm, Effect, Kind, Named, Protection, Record, Shape, Source, Trifecta,
};

/// Proof that each argument matches its required source, or that the call needs approval. Only
/// `ground` creates it.
#[derive(Debug)]
pub struct Grounded<'c>((Call<'c>, TypedArguments, Provenance));

impl<'c> Grounded<'c> {
    /// The call.
    pub(super) fn open(self) -> (Call<'c>, TypedArguments, Provenance) {
        self.0
    }
}

/// Looks up the source of each declared argument.
///
/// # Errors
///
/// Returns a refusal by a rule of [`Stage::Ground`](crate::Stage::Ground).
pub fn ground(validated: Validated<'_>) -> Result<Grounded<'_>, Stop> {
    let (call, mut typed) = validated.open();
    let spec = call.spec();
    // The path and query of a URL that the model wrote send data to its host, whatever the tool
    // declares.
    let mut carries_out = spec.egress;
    let (origins, ungrounded, read_untrusted, tainted) = {
        let state = call.conversation.state();
        let opened = &typed.opened;
        let mut origins = Vec::new();
        let mut ungrounded: Vec<Flaw> = Vec::new();
        visit(spec.arguments, &mut typed.value, &mut |pointer, field, shape, value| {
            let mut origin = origin(&state, spec.apis, field, shape, value);
            if origin == Origin::Unknown
                && !opened.is_empty()
                && opened.contains(&(pointer.to_owned(), value.clone()))
            {
                origin = Origin::Response;
            }
            if !satisfies(required(field, shape), origin) {
                ungrounded.push(Flaw { pointer: pointer.to_owned(), code: "no_source".into() });
            }
            carries_out |=
                origin == Origin::Unknown && matches!(shape, Shape::Named(named) if named.is_url());
            origins.push((pointer.to_owned(), origin));
        });
        (origins, ungrounded, state.read_untrusted, state.read_untrusted && state.read_private)
    };
    if !spec.enforces(Protection::Grounding) {
        return Ok(Grounded((call, typed, Provenance { why: Vec::new(), origins })));
    }
    let mut why = Vec::new();
    if !ungrounded.is_empty() {
        if !matches!(spec.confirm, Confirm::WhenUngrounded | Confirm::Always) {
            return Err(call.refuse_with(Rule::Ungrounded, ungrounded));
        }
        why.extend(ungrounded.iter().map(|flaw| {
            format!("`{}` came neither from the user nor from a trusted source", flaw.pointer)
        }));
    }
    let acts_for_good = matches!(spec.effect, Effect::Destructive | Effect::Financial)
        && !matches!(spec.confirm, Confirm::Never { .. });
    if acts_for_good && read_untrusted {
        why.push("this conversation has read untrusted text, and the call can't be undone".into());
    }
    let free = carries_out && tainted && !all_grounded(spec.arguments, &origins);
    match call.engine().trifecta {
        Trifecta::Deny if free => return Err(call.refuse(Rule::Trifecta)),
        // A toolset without all three abilities can still end up with them, because the user's
        // attachments are untrusted too.
        Trifecta::Confirm | Trifecta::Absent if free => {
            why.push("this conversation has read untrusted text and private data, and the call sends data to third parties".into());
        }
        _ => {}
    }
    Ok(Grounded((call, typed, Provenance { why, origins })))
}

/// Returns whether no argument of the call can come from an attacker.
fn all_grounded(record: &Record, origins: &[(String, Origin)]) -> bool {
    origins.iter().all(|(_, origin)| *origin < Origin::Unknown)
        && !record.arguments().any(|field| matches!(field.policy().source, Source::Free))
}

/// Returns the required source of a value: the field's, or a handle if its type is one.
fn required(field: Argument, shape: &Shape) -> Source {
    match (field.policy().source, shape) {
        (Source::Unchecked, Shape::Named(Named { handle: true, .. })) => Source::Handle,
        (source, _) => source,
    }
}

fn satisfies(required: Source, origin: Origin) -> bool {
    match required {
        Source::Unchecked | Source::Free | Source::Any { .. } => true,
        Source::Prompt => matches!(origin, Origin::User | Origin::Model),
        Source::Trusted | Source::Handle => origin < Origin::Unknown,
    }
}

/// Returns the source of a scalar. Whole values are compared by kind, in canonical form.
fn origin(
    state: &State,
    apis: &[&'static ApiSpec],
    field: Argument,
    shape: &'static Shape,
    value: &Value,
) -> Origin {
    let issuers = || apis.iter().map(|api| api.name);
    let named = match shape {
        Shape::Named(named) => Some(*named),
        _ => None,
    };
    let kind = Kind::of(named, field.name());
    let (is_handle, canonical) =
        named.map_or((false, None), |named| (named.handle, named.canonical));
    if matches!(value, Value::Bool(_) | Value::Null) {
        return Origin::Model;
    }
    let in_prompt = match value {
        Value::String(text) if matches!(shape, Shape::Choice(_)) => {
            state.prompt.grounds_choice(text)
        }
        Value::String(text) => {
            let text = canonical.map_or(text.as_str().into(), |canonical| canonical(text));
            state.prompt.grounds_text(kind, &text)
        }
        Value::Number(_) => state.prompt.grounds_number(value, is_handle),
        _ => false,
    };
    if in_prompt {
        return Origin::User;
    }
    let known = if is_handle {
        state.gave(issuers(), kind.name(), value)
    } else {
        let text = match value {
            Value::String(text) => {
                canonical.map_or(text.as_str().into(), |canonical| canonical(text))
            }
            other => other.to_string().into(),
        };
        state.trusts(issuers(), kind.name(), &text)
    };
    if known { Origin::Response } else { Origin::Unknown }
}
