//! Rules on the size of arguments.

use super::message::Message;
use crate::spec::{Field, Shape, Unbounded};

/// E01 and E02: every text, list and map of an argument has an upper bound, and every number has a
/// range.
#[track_caller]
pub const fn argument_is_bounded(field: &Field) {
    match field.unbounded_as(field.shape) {
        None => {}
        Some(Unbounded::Length(at)) => said_where(Message::new("ST0001"), field, at)
            .add(" has no upper bound, so a hijacked model could exhaust memory or the context; write `#[validate(length(max = …))]` or `#[secure(pattern = \"…{1,40}\")]`")
            .stop(),
        Some(Unbounded::Range(at)) => said_where(Message::new("ST0002"), field, at)
            .add(" is a number without a range, so a hijacked model could send extreme values; write `#[validate(range(min = …, max = …))]`")
            .stop(),
        Some(Unbounded::Any) => Message::new("ST0042")
            .quote(field.name)
            .add(" accepts any JSON, so undeclared fields would reach the API; declare a struct with `SecureValue`")
            .stop(),
    }
}

const fn said_where(message: Message, field: &Field, inside: &str) -> Message {
    let message = message.quote(field.name);
    if inside.is_empty() { message } else { message.add(" contains ").quote(inside).add(", which") }
}

/// Returns whether a field is bounded as if it had this shape. A guard follows recursive
/// references, which constants can't.
#[must_use]
pub(crate) const fn is_bounded(field: crate::spec::Argument, shape: &Shape) -> bool {
    field.unbounded_as(shape).is_none()
}
