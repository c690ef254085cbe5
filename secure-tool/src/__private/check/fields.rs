//! Rules on the labels of one field and on the type that they are written on.
#![expect(
    clippy::indexing_slicing,
    reason = "runs while compiling: a panic is the error that the developer reads"
)]

use super::message::Message;
use crate::spec::{
    Confirm, Counts, Effect, Field, Integrity, Misplaced, Named, Place, RedactedType, Shape, Source,
};

/// E12: the model can't read or write text in a field with the name of a credential.
#[track_caller]
pub const fn not_a_credential(field: &Field) {
    if field.shape.facts().own.is_text {
        Message::new("ST0012")
            .quote(field.name)
            .add(" is an argument with the name of a credential, so a prompt injection could ask the model for a credential; declare credentials with `auth(bearer = \"NAME\")` on the API; if it is not a credential, write `#[secure(allow(ST0012, reason = \"…\"))]`")
            .stop()
    }
}

/// E25: an argument that directs an effect declares its source.
#[track_caller]
pub const fn recipient_has_source(field: &Field) {
    if field.shape.facts().own.names_target
        && matches!(field.as_argument().source, Source::Unchecked)
    {
        Message::new("ST0025")
            .quote(field.name)
            .add(" is the target of an effect and may come from an attacker; write `#[secure(from = trusted)]` or `#[secure(from = prompt)]`, use a handle type, or write `#[secure(any, reason = \"…\")]`")
            .stop()
    }
}

/// A handle or a pattern applies to a single value. It would not be enforced on a list, a struct or
/// another nominal type.
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
            .add(" does not wrap a plain text or number, so its `handle` or `pattern` would not be enforced; write it on a newtype over `String`, or over a number without a pattern")
            .stop()
    }
}

/// E21: a tool with `when_ungrounded` approval has an argument that requires a source.
#[track_caller]
pub const fn someone_is_asked(effect: Effect, confirm: Confirm, fields: &[Field]) {
    if !matches!(effect, Effect::Destructive | Effect::Financial)
        || !matches!(confirm, Confirm::WhenUngrounded)
    {
        return;
    }
    let mut i = 0;
    while i < fields.len() {
        if fields[i].as_argument().source.is_grounded()
            || fields[i].shape.facts().own.handle.is_some()
        {
            return;
        }
        i += 1;
    }
    Message::new("ST0021")
        .add("no argument of this tool requires a source, so `when_ungrounded` never requests approval for an irreversible effect; write `confirm = always`, or `from = …` on the argument that selects the target")
        .stop()
}

/// E12 and E25 for fields inside an argument: fields of nested structs are arguments too.
#[track_caller]
pub const fn nothing_hides_inside(field: &Field, acts: bool) {
    let facts = field.shape.facts();
    if let Some(name) = facts.argument.credential {
        Message::new("ST0012")
            .quote(field.name)
            .add(" contains ")
            .quote(name)
            .add(", which has the name of a credential, so a prompt injection could ask the model for a credential; declare credentials with `auth(…)` on the API")
            .stop()
    }
    if let (true, Some(name)) = (acts, facts.argument.recipient) {
        Message::new("ST0025")
            .quote(field.name)
            .add(" contains ")
            .quote(name)
            .add(", which is the target of an effect and may come from an attacker; write `#[secure(from = trusted)]` or `#[secure(from = prompt)]` on it, use a handle type, or write `#[secure(any, reason = \"…\")]`")
            .stop()
    }
    if let Some(found) = facts.misplaced_as_argument() {
        misplaced(
            Message::new("ST0101").quote(field.name),
            &found,
            "arguments",
            "`from`, `free` or `any`",
        );
    }
}

/// Types inside a response have labels for responses, if they have any labels.
#[track_caller]
pub const fn response_words_fit(response: &Shape) {
    if let Some(found) = response.facts().misplaced_as_response() {
        misplaced(
            Message::new("ST0101").add("this response"),
            &found,
            "responses",
            "`untrusted`, `trusted` or a redaction",
        );
    }
}

#[track_caller]
const fn misplaced(message: Message, found: &Misplaced, direction: &str, words: &str) {
    let message = message.add(" contains ").quote(found.field);
    if found.word.is_empty() {
        message
            .add(", whose type is a `SecureResponse` and has no labels for ")
            .add(direction)
            .add("; derive `SecureValue` for a separate type")
            .stop()
    }
    message
        .add(", whose ")
        .quote(found.word)
        .add(" has no effect in ")
        .add(direction)
        .add(", and no field of its type has a label for them, so it would not be protected; add ")
        .add(words)
        .add(" to a field of the type, or declare a separate type")
        .stop()
}

/// E15: only a value that can't carry an instruction can be trusted.
#[track_caller]
pub const fn trusted_is_closed(field: &Field) {
    if matches!(field.as_response().integrity, Integrity::Trusted(_) | Integrity::TrustedIf { .. })
        && !field.shape.facts().own.is_closed
    {
        Message::new("ST0015")
            .quote(field.name)
            .add(" is free text and can carry an instruction, whoever wrote it; trust a number, an enum, a value type such as `Email`, or a newtype with a pattern without white space and at most 64 characters")
            .stop()
    }
}

/// A field with `handle` has a handle type.
#[track_caller]
pub const fn handle_is_a_handle(field: &Field) {
    if field.shape.facts().own.handle.is_none() {
        Message::new("ST0026")
            .quote(field.name)
            .add(" has the label `handle`, but its type is not a handle, so no argument could take it; write `#[secure(handle, pattern = \"…\")]` on a newtype with `SecureValue`")
            .stop()
    }
}

/// A path, query or header contains scalars. A query can also contain lists of scalars.
#[track_caller]
pub const fn place_fits(field: &Field) {
    let (facts, place) = (field.shape.facts(), field.as_argument().place);
    let fits = match place {
        Place::Body => true,
        Place::Query => facts.own.is_scalars,
        Place::Path | Place::Header(_) => facts.own.is_scalar,
    };
    if !fits {
        Message::new("ST0101")
            .quote(field.name)
            .add(" is an object or a list, which a path, a query or a header can't contain; send it in a body, or declare the scalars one by one")
            .stop()
    }
    if matches!((place, field.shape), (Place::Path, Shape::Optional(_))) {
        Message::new("ST0101")
            .quote(field.name)
            .add(" is optional but part of the path, so a call without it would reach another resource; remove the `Option`, or send it in the query")
            .stop()
    }
}

/// A redaction, a source or a pattern applies to single values; it would not be enforced inside a
/// struct. A redaction can also apply to a map of single values, and to its keys.
#[track_caller]
pub const fn rules_fit(field: &Field) {
    let (facts, argument, response) =
        (field.shape.facts(), field.as_argument(), field.as_response());
    if argument.token.is_some() && facts.own.handle.is_some() {
        Message::new("ST0101")
            .quote(field.name)
            .add(" is a handle and takes tokens, which exclude each other; remove one")
            .stop()
    }
    if response.keys.is_some() && !facts.own.is_map_of_scalars {
        Message::new("ST0101")
            .quote(field.name)
            .add(" is not a map of single values, so `keys` has no effect; remove it, or write it on the map itself")
            .stop()
    }
    if facts.own.is_scalars {
        return;
    }
    let redaction = response.redaction;
    let rule = if !redaction.keeps() && !redaction.drops() && !facts.own.is_map_of_scalars {
        redaction.facts().word
    } else if argument.token.is_some() {
        "token"
    } else if argument.source.is_grounded() {
        "from"
    } else if field.pattern.is_some() {
        "pattern"
    } else {
        return;
    };
    Message::new("ST0101")
        .quote(field.name)
        .add(" is neither a single value nor a list or map of single values, so ")
        .quote(rule)
        .add(" would not apply to the fields inside; write the rule on the fields inside, or `drop` the whole value")
        .stop()
}

/// A redaction matches its type: a year requires a text, a range requires a number.
#[track_caller]
pub const fn redaction_fits(field: &Field) {
    let (own, redaction) = (field.shape.facts().own, field.as_response().redaction.facts());
    let (fits, write) = match redaction.on {
        RedactedType::Any => return,
        RedactedType::Numbers => (own.is_only_numbers, " applies to numbers"),
        RedactedType::Texts => (own.is_only_texts, " applies to texts"),
    };
    if !fits {
        Message::new("ST0101")
            .quote(field.name)
            .add(" has a type that its redaction does not support, so every value would be masked completely: ")
            .quote(redaction.usage)
            .add(write)
            .add("; choose another redaction, such as `mask`")
            .stop()
    }
}

/// A truncated value has items or characters, and remains meaningful when truncated.
#[track_caller]
pub const fn cut_fits(field: &Field) {
    let fits = match field.shape.facts().own.counts {
        Counts::Items => true,
        Counts::Characters => field.as_response().redaction.facts().can_be_cut,
        Counts::Nothing => false,
    };
    if !fits {
        Message::new("ST0101")
            .quote(field.name)
            .add(" has a `max` but is not a list, map or text that can be truncated (handles, hashes and tokens can't), so the limit would not be enforced; remove it, or write it on the list that contains the value")
            .stop()
    }
}

/// A spending limit applies to a number.
#[track_caller]
pub const fn cap_is_on_a_number(field: &Field) {
    if !field.required || matches!(field.shape, Shape::Optional(_)) {
        Message::new("ST0101")
            .quote(field.name)
            .add(" has a `cap` but is optional, and many APIs treat a missing amount as the full amount; make it required")
            .stop()
    }
    if !field.shape.facts().own.is_number {
        Message::new("ST0101")
            .quote(field.name)
            .add(" has a `cap` but is not a number, so the limit would not be enforced; write `cap(…)` on the amount")
            .stop()
    }
}

/// Labels for flagged or untrusted text require such text.
#[track_caller]
pub const fn isolation_fits(field: &Field) {
    if !field.shape.facts().own.has_free_text {
        Message::new("ST0101")
            .quote(field.name)
            .add(" contains no untrusted text outside of nested fields, so its `on_injection`, `spotlighting` or `links` would not be enforced; write it on the texts inside, or on the tool")
            .stop()
    }
}
