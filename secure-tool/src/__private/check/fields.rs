//! The labels of one field, and whether they fit its type.
#![expect(
    clippy::indexing_slicing,
    reason = "runs while compiling: a panic is the error that the developer reads"
)]

use super::message::Message;
use super::shapes::{
    directs, hidden_inside, holds_only, holds_own_text, is_closed, is_handle, is_number,
    is_plain_map, is_scalar, is_text,
};
use crate::spec::{
    Confirm, Effect, Field, Generalize, Integrity, Named, Place, Redaction, Shape, Source,
};

/// E12: a field with the name of a credential, where the model can read or write text.
#[track_caller]
pub const fn not_a_credential(field: &Field) {
    if is_text(field.shape) {
        Message::new("ST0012")
            .quote(field.name)
            .add(" has the name of a credential and is an argument, so an injected text can ask the model for one; take credentials from the secret store: `auth(bearer = \"NAME\")` on the API; if it is none, write `#[secure(allow(ST0012, reason = \"…\"))]`")
            .stop()
    }
}

/// E25: an argument that directs an effect says where its value must come from.
#[track_caller]
pub const fn recipient_has_source(field: &Field) {
    if directs(field.shape) && matches!(field.source, Source::Unchecked) {
        Message::new("ST0025")
            .quote(field.name)
            .add(" directs an effect and may hold what an attacker wrote; write `#[secure(from = trusted)]` or `#[secure(from = prompt)]`, take a handle type, or say `#[secure(any, reason = \"…\")]`")
            .stop()
    }
}

/// A handle or a pattern is of a single value: of a list, a struct or another nominal type nobody
/// would enforce it.
#[track_caller]
pub const fn newtype_fits(named: &Named) {
    let fits = match named.inner {
        Shape::Text => true,
        Shape::Bool | Shape::Number | Shape::Choice(_) => named.pattern.is_none(),
        _ => !named.handle && named.pattern.is_none(),
    };
    if !fits {
        Message::new("ST0101")
            .quote(named.name)
            .add(" is over no plain text or number, so its `handle` or `pattern` would not be enforced; write it on a newtype over `String`, or over a number without a pattern")
            .stop()
    }
}

/// E21: where a person is asked about what has no source, something must need a source.
#[track_caller]
pub const fn someone_is_asked(effect: Effect, confirm: Confirm, fields: &[Field]) {
    if !matches!(effect, Effect::Destructive | Effect::Financial)
        || !matches!(confirm, Confirm::WhenUngrounded)
    {
        return;
    }
    let mut i = 0;
    while i < fields.len() {
        if matches!(fields[i].source, Source::Prompt | Source::Trusted | Source::Handle)
            || is_handle(fields[i].shape)
        {
            return;
        }
        i += 1;
    }
    Message::new("ST0021")
        .add("no argument of this tool needs a source, so `when_ungrounded` asks nobody before an act that can't be undone; write `confirm = always`, or `from = …` on the argument that it acts on")
        .stop()
}

/// E12 and E25 for what is inside an argument: fields of nested structs are arguments too.
#[track_caller]
pub const fn nothing_hides_inside(field: &Field, acts: bool) {
    match hidden_inside(field.shape, acts) {
        Some((name, true)) => Message::new("ST0012")
            .quote(field.name)
            .add(" holds ")
            .quote(name)
            .add(", which has the name of a credential, so an injected text can ask the model for one; take credentials from the secret store")
            .stop(),
        Some((name, false)) => Message::new("ST0025")
            .quote(field.name)
            .add(" holds ")
            .quote(name)
            .add(", which directs an effect and may hold what an attacker wrote; write `#[secure(from = trusted)]` or `#[secure(from = prompt)]` on it, take a handle type, or say `#[secure(any, reason = \"…\")]`")
            .stop(),
        None => {}
    }
}

/// E15: only what can't carry an instruction can be trusted.
#[track_caller]
pub const fn trusted_is_closed(field: &Field) {
    if matches!(field.integrity, Integrity::Trusted(_) | Integrity::TrustedIf { .. })
        && !is_closed(field.shape)
    {
        Message::new("ST0015")
            .quote(field.name)
            .add(" is free text and can carry an instruction, whoever writes it; trust a number, an enum, a value type such as `Email`, or a newtype with a pattern without white space and at most 64 characters")
            .stop()
    }
}

/// A field that says `handle` holds a type that is one.
#[track_caller]
pub const fn handle_is_a_handle(field: &Field) {
    if !is_handle(field.shape) {
        Message::new("ST0026")
            .quote(field.name)
            .add(" says `handle`, but its type is none, so no argument could take it; write `#[secure(handle, pattern = \"…\")]` on a newtype with `SecureValue`")
            .stop()
    }
}

/// A path, query or header holds scalars; a query also lists of them.
#[track_caller]
pub const fn place_fits(field: &Field) {
    let fits = match field.place {
        Place::Body => true,
        Place::Query => is_scalar(field.shape, true),
        Place::Path | Place::Header(_) => is_scalar(field.shape, false),
    };
    if !fits {
        Message::new("ST0101")
            .quote(field.name)
            .add(" is an object or a list and can't stand in a path, a query or a header; send it in a body, or declare the scalars one by one")
            .stop()
    }
    if matches!((field.place, field.shape), (Place::Path, Shape::Optional(_))) {
        Message::new("ST0101")
            .quote(field.name)
            .add(" may be absent and stands in the path, so the call would reach another resource; take the `Option` off it, or send it in the query")
            .stop()
    }
}

/// A redaction, a source or a pattern is about single values: behind a struct nobody would look for
/// it. A redaction is also of a map of single values, and of its keys.
#[track_caller]
pub const fn rules_fit(field: &Field) {
    if field.token.is_some() && is_handle(field.shape) {
        Message::new("ST0101")
            .quote(field.name)
            .add(" is a handle and takes tokens, and only one of them could fill it; take one out")
            .stop()
    }
    if field.keys.is_some() && !is_plain_map(field.shape) {
        Message::new("ST0101")
            .quote(field.name)
            .add(" is no map of single values, so there are no keys that `keys` speaks of; take it off, or write it on the map itself")
            .stop()
    }
    if is_scalar(field.shape, true) {
        return;
    }
    let rule = match (field.redaction, field.source) {
        (Redaction::Keep | Redaction::Drop, Source::Unchecked)
            if field.pattern.is_none() && field.token.is_none() =>
        {
            return;
        }
        (_, Source::Unchecked)
            if is_plain_map(field.shape) && field.pattern.is_none() && field.token.is_none() =>
        {
            return;
        }
        (Redaction::Mask { .. }, _) => "mask",
        (Redaction::Hash, _) => "hash",
        (Redaction::Tokenize { .. }, _) => "tokenize",
        (Redaction::Generalize(_), _) => "generalize",
        _ if field.token.is_some() => "token",
        (_, Source::Prompt | Source::Trusted | Source::Handle) => "from",
        _ if field.pattern.is_some() => "pattern",
        _ => return,
    };
    Message::new("ST0101")
        .quote(field.name)
        .add(" is no single value and no list or map of such, so ")
        .quote(rule)
        .add(" would not reach what is inside; write the rule on the fields inside, or `drop` the whole")
        .stop()
}

/// A generalisation is of its type: a year of a text, a range of a number.
#[track_caller]
pub const fn generalization_fits(field: &Field) {
    let (fits, write) = match field.redaction {
        Redaction::Generalize(Generalize::Step(_)) => {
            (holds_only(field.shape, true), "`generalize(step = …)` stands on numbers")
        }
        Redaction::Generalize(_) => (
            holds_only(field.shape, false),
            "`generalize(year)`, `month` and `prefix` stand on texts",
        ),
        _ => return,
    };
    if !fits {
        Message::new("ST0101")
            .quote(field.name)
            .add(" is of another type than its generalisation, so every value would be masked throughout: ")
            .add(write)
            .add("; take the other, or `mask`")
            .stop()
    }
}

/// What is cut has items or characters, and is a value still when it is cut.
#[track_caller]
pub const fn cut_fits(field: &Field) {
    let whole =
        matches!(field.redaction, Redaction::Keep | Redaction::Mask { .. } | Redaction::Drop);
    if !can_be_cut(field.shape, whole) {
        Message::new("ST0101")
            .quote(field.name)
            .add(" has a `max` and is no list, map or text, or one that means nothing when it is cut (a handle, a hash, a token), so the rule would not be kept; take it off, or write it on the list that it stands in")
            .stop()
    }
}

const fn can_be_cut(shape: &Shape, texts: bool) -> bool {
    match shape {
        Shape::List(_) | Shape::Map(_) => true,
        Shape::Text => texts,
        Shape::Named(named) => !named.handle && can_be_cut(named.inner, texts),
        Shape::Optional(inner) => can_be_cut(inner, texts),
        _ => false,
    }
}

/// A cap counts something.
#[track_caller]
pub const fn cap_is_on_a_number(field: &Field) {
    if !field.required || matches!(field.shape, Shape::Optional(_)) {
        Message::new("ST0101")
            .quote(field.name)
            .add(" has a cap and may be absent, which many APIs read as the whole amount; make it required")
            .stop()
    }
    if !is_number(field.shape) {
        Message::new("ST0101")
            .quote(field.name)
            .add(" has a cap but is no number, so nothing would be counted; write `cap(…)` on the amount")
            .stop()
    }
}

/// What is said of flagged or of untrusted text is said where there is such text.
#[track_caller]
pub const fn isolation_fits(field: &Field) {
    if !holds_own_text(field.shape) {
        Message::new("ST0101")
            .quote(field.name)
            .add(" holds no text that anyone could have written, or holds it in fields of its own, so its `on_injection`, `spotlighting` or `links` would not be enforced; write it on the texts inside, or on the tool")
            .stop()
    }
}
