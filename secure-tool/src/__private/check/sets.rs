//! Rules on the tools of one set.
#![expect(
    clippy::indexing_slicing,
    reason = "runs while compiling: a panic is the error that the developer reads, and each shape has its row"
)]

use super::domains::carries_out;
use super::given::{TokenFlaw, gives_handle, shows_kind, token_flaw};
use super::message::Message;
use super::{holds_private, holds_untrusted};
use crate::spec::{Field, ToolSpec, Trifecta};
use crate::tool::Tool;

/// The number of names that are compared by hash. Further names are compared letter by letter,
/// which is slow in a constant.
const NUMBERED: usize = 512;

/// E28: tool names in a set are unique, also after lower-casing and folding of homoglyphs.
#[track_caller]
pub const fn names_differ(tools: &[Tool]) {
    let mut numbers = [0_u64; NUMBERED];
    let mut i = 0;
    while i < tools.len() && i < NUMBERED {
        numbers[i] = number_of(tools[i].spec.name);
        i += 1;
    }
    let mut i = 0;
    while i < tools.len() {
        let mut j = i + 1;
        while j < tools.len() {
            if (j >= NUMBERED || numbers[i] == numbers[j])
                && look_alike(tools[i].spec.name, tools[j].spec.name)
            {
                Message::new("ST0028")
                    .add("tools ")
                    .quote(tools[i].spec.name)
                    .add(" and ")
                    .quote(tools[j].spec.name)
                    .add(" have confusable names, so the model could call the wrong one; rename one with `name = \"…\"`")
                    .stop()
            }
            j += 1;
        }
        i += 1;
    }
}

/// Returns equal values for names that look alike (FNV-1a of the folded letters).
const fn number_of(name: &str) -> u64 {
    let name = name.as_bytes();
    let mut number = 0xcbf2_9ce4_8422_2325_u64;
    let mut i = 0;
    while i < name.len() {
        number = (number ^ folded(name[i]) as u64).wrapping_mul(0x0100_0000_01b3);
        i += 1;
    }
    number
}

const fn look_alike(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if folded(a[i]) != folded(b[i]) {
            return false;
        }
        i += 1;
    }
    true
}

/// Returns the visual form of a letter of a tool's name.
#[must_use]
pub const fn folded(byte: u8) -> u8 {
    match byte.to_ascii_lowercase() {
        b'0' => b'o',
        b'1' | b'i' => b'l',
        b'_' | b'.' => b'-',
        other => other,
    }
}

/// E26: a handle type that an argument takes and that a response of the set shows is issued as a
/// handle by some response of the set.
#[track_caller]
pub const fn handles_are_given_out(tools: &[Tool]) {
    let mut i = 0;
    while i < tools.len() {
        let fields = tools[i].spec.arguments.fields;
        let mut j = 0;
        while j < fields.len() {
            // A type that did not compile has no kind.
            if let Some(kind) = fields[j].shape.facts().own.handle
                && !kind.is_empty()
            {
                handle_is_given_out(tools, &fields[j], kind);
            }
            j += 1;
        }
        i += 1;
    }
}

#[track_caller]
const fn handle_is_given_out(tools: &[Tool], field: &Field, kind: &str) {
    let (mut shown, mut given) = (false, false);
    let mut i = 0;
    while i < tools.len() {
        shown |= shows_kind(tools[i].spec.response, kind);
        given |= gives_handle(tools[i].spec.response, kind);
        i += 1;
    }
    if shown && !given {
        Message::new("ST0026")
            .add("argument ")
            .quote(field.name)
            .add(" takes a handle that no response of these tools issues, so no call can provide it; write `#[secure(handle)]` on the response field")
            .stop()
    }
}

/// An argument that takes tokens names a field whose tokens a tool of the set issues. The field is
/// of the same API unless another one is named. Tokens of another API require the argument to have
/// at least their class.
#[track_caller]
pub const fn tokens_are_given_out(tools: &[Tool]) {
    let mut i = 0;
    while i < tools.len() {
        if let Some((name, of, flaw)) =
            token_flaw(tools[i].spec.arguments.fields, tools[i].spec.apis, tools)
        {
            let message = Message::new("ST0043")
                .add("argument ")
                .quote(name)
                .add(" of tool ")
                .quote(tools[i].spec.name)
                .add(" takes tokens of ")
                .quote(of);
            match flaw {
                TokenFlaw::NotIssued => message.add(", which no response of its API in this set issues, so no call can provide one; write `#[secure(tokenize)]` on that field, or name a tokenized field as `Type.field`, or as `Api::Type.field` for another API"),
                TokenFlaw::HigherClass => message.add(", which come from another API and contain data of a higher class than the argument, so the API could receive data that it may not; declare the class on the argument: `pii` or `internal`"),
            }
            .stop()
        }
        i += 1;
    }
}

/// E27: a set that reads untrusted text, reads data above `public`, and sends data out declares its
/// policy.
#[track_caller]
pub const fn trifecta_is_answered(tools: &[Tool], answer: Trifecta) {
    let (mut untrusted, mut private, mut egress) = (false, false, false);
    let mut i = 0;
    while i < tools.len() {
        let spec: &ToolSpec = tools[i].spec;
        untrusted |= holds_untrusted(spec.response);
        private |= holds_private(spec.response);
        egress |= carries_out(spec);
        i += 1;
    }
    if untrusted && private && egress && matches!(answer, Trifecta::Absent) {
        Message::new("ST0027")
            .add("these tools together read untrusted text, read private data and send data out (a URL written by the model sends data too), so a prompt injection could leak private data; write `trifecta = confirm` or `trifecta = deny`, or split the set")
            .stop()
    }
}
