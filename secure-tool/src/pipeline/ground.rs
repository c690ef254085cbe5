//! Stage 4: valid arguments in, arguments whose declared sources hold out.
//!
//! Always on: a value that must come from the user or from a trusted answer is looked for there,
//! whether the session has read anything untrusted or not. Taint only adds: a session that has read
//! both untrusted text and private data does not let data out unasked.
//!
//! Not covered: which of two grounded values the model takes, and harm by text alone.

use serde_json::Value;

use super::call::{Call, Grounds, Origin, Stop, Typed};
use super::validate::Validated;
use crate::conversation::State;
use crate::refusal::Rule;
use crate::rules::{Flaw, visit};
use crate::spec::{
    ApiSpec, Argument, Confirm, Effect, Kind, Named, Protection, Record, Shape, Source, Trifecta,
};

/// Proof that each declared argument comes from where it must, or that a person will be asked. Only
/// `ground` makes one.
#[derive(Debug)]
pub struct Grounded<'c>((Call<'c>, Typed, Grounds));

impl<'c> Grounded<'c> {
    /// What it proves something about.
    pub(super) fn open(self) -> (Call<'c>, Typed, Grounds) {
        self.0
    }
}

/// Looks for the source of each declared argument.
///
/// # Errors
///
/// A refusal by a rule of [`Stage::Ground`](crate::Stage::Ground).
pub fn ground(validated: Validated<'_>) -> Result<Grounded<'_>, Stop> {
    let (call, mut typed) = validated.open();
    let spec = call.spec();
    // Path and query of an address that the model wrote carry data to its host, whatever the tool
    // says of itself.
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
                origin = Origin::Answer;
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
        return Ok(Grounded((call, typed, Grounds { why: Vec::new(), origins })));
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
        // A set in which nobody saw all three may still come to hold them: what the user attached
        // is untrusted too.
        Trifecta::Confirm | Trifecta::Absent if free => {
            why.push("this conversation has read untrusted text and private data, and the call carries data out".into());
        }
        _ => {}
    }
    Ok(Grounded((call, typed, Grounds { why, origins })))
}

/// Whether no argument of the call could have been written by an attacker.
fn all_grounded(record: &Record, origins: &[(String, Origin)]) -> bool {
    origins.iter().all(|(_, origin)| *origin < Origin::Unknown)
        && !record.arguments().any(|field| matches!(field.policy().source, Source::Free))
}

/// What is asked of a value: what its field says, or that it be a handle if its type is one.
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

/// Where a scalar comes from. Matching is by type: whole values, in the canonical form of their
/// kind.
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
    if known { Origin::Answer } else { Origin::Unknown }
}
