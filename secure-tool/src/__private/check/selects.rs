//! Rules on the selection of response fields by name.
#![expect(
    clippy::indexing_slicing,
    reason = "runs while compiling: a panic is the error that the developer reads"
)]

use super::message::Message;
use crate::spec::{Record, Shape, Style};

/// A request with `select` names at least one field, includes every required field, and contains no
/// ambiguous name.
#[track_caller]
pub const fn select_fits(response: &Shape, style: Style) {
    match response.record() {
        Some(record) => fields_fit(record, style),
        None => Message::new("ST0101")
            .add("the response is neither a struct nor a list of structs, so `select` has no fields to select; remove it")
            .stop(),
    }
}

#[track_caller]
const fn fields_fit(record: &Record, style: Style) {
    let mut i = 0;
    while i < record.fields.len() {
        let field = &record.fields[i];
        let is_dropped = field.as_response().redaction.drops();
        if is_dropped && field.required && !matches!(field.shape, Shape::Optional(_)) {
            Message::new("ST0101")
                .quote(field.name)
                .add(" is dropped, so `select` leaves it out, but it is required, so every response would be rejected; make it an `Option`, or remove it from the type")
                .stop()
        }
        if !is_plain(field.name) {
            Message::new("ST0101")
                .quote(field.name)
                .add(" has a field separator in its name, so `select` could select other fields; remove `select`")
                .stop()
        }
        if let (Some(inner), false, false) =
            (field.shape.record(), is_dropped, matches!(style, Style::Top))
        {
            fields_fit(inner, style);
        }
        i += 1;
    }
}

const fn is_plain(name: &str) -> bool {
    let name = name.as_bytes();
    let mut i = 0;
    while i < name.len() {
        if matches!(
            name[i],
            b',' | b'.'
                | b'('
                | b')'
                | b'/'
                | b'*'
                | b'!'
                | b':'
                | b'{'
                | b'}'
                | b'['
                | b']'
                | b' '
        ) {
            return false;
        }
        i += 1;
    }
    true
}
