//! The rules about types and between types, as constants that do not compile where a rule is broken.
//!
//! The derives emit `const _: () = check::…;` at the tokens that are to blame. Each function walks the shapes, so it sees through aliases,
//! `Option`, lists and nested structs, where the tokens of the derive end. They panic while compiling and never at run time.
#![expect(
    clippy::panic,
    clippy::indexing_slicing,
    clippy::match_same_arms,
    reason = "runs while compiling: a panic is the error that the developer reads, and each shape has its row"
)]

use crate::spec::{ApiSpec, Auth, Class, Field, Integrity, Named, Place, Record, Redaction, Shape, Source, ToolSpec, Trifecta, Variants};
use crate::tool::Tool;

/// An error message, put together while compiling.
struct Message {
    bytes: [u8; 1024],
    length: usize,
}

impl Message {
    const fn new(code: &str) -> Self {
        Self { bytes: [0; 1024], length: 0 }.add(code).add(": ")
    }

    const fn add(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        let mut i = 0;
        while i < text.len() && self.length < self.bytes.len() {
            self.bytes[self.length] = text[i];
            self.length += 1;
            i += 1;
        }
        self
    }

    const fn quote(self, text: &str) -> Self {
        self.add("`").add(text).add("`")
    }

    #[track_caller]
    const fn stop(&self) -> ! {
        match core::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => panic!("{}", text),
            Err(_) => panic!("a rule is broken"), // a message cut within a character
        }
    }
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// E01 and E02: every text, list and map of an argument has an upper bound, and every number a range.
#[track_caller]
pub const fn argument_is_bounded(field: &Field) {
    let (length, range, pattern) = (field.length.is_some(), field.range.is_some(), field.pattern.is_some());
    match unbounded(field.shape, length, range, pattern) {
        None => {}
        Some(Unbounded::Length(at)) => said_where(Message::new("ST0001"), field, at)
            .add(" has no upper bound, so a model can be made to fill memory and context with it; write `#[validate(length(max = …))]` or `#[secure(pattern = \"…{1,40}\")]`")
            .stop(),
        Some(Unbounded::Range(at)) => said_where(Message::new("ST0002"), field, at)
            .add(" is a number without a range, so a hijacked model can go to its extremes; write `#[validate(range(min = …, max = …))]`")
            .stop(),
        Some(Unbounded::Any) => Message::new("ST0042")
            .quote(field.name)
            .add(" takes any JSON, so fields that nobody looked at reach the API; declare a struct with `SecureValue`")
            .stop(),
    }
}

const fn said_where(message: Message, field: &Field, inside: &str) -> Message {
    let message = message.quote(field.name);
    if inside.is_empty() { message } else { message.add(" holds ").quote(inside).add(", which") }
}

enum Unbounded {
    Length(&'static str),
    Range(&'static str),
    Any,
}

/// What is unbounded in a shape, given which bounds stand on the field itself. A bound on a list's length does not bound its items, but a
/// pattern does.
const fn unbounded(shape: &Shape, length: bool, range: bool, pattern: bool) -> Option<Unbounded> {
    match shape {
        Shape::Empty | Shape::Bool | Shape::Choice(_) | Shape::Recursive(_) => None,
        Shape::Number if range => None,
        Shape::Number => Some(Unbounded::Range("")),
        Shape::Text if length || pattern => None,
        Shape::Text => Some(Unbounded::Length("")),
        Shape::Named(named) if named.max_length.is_some() => None,
        // A numeric handle is only ever one that a guard has seen, and validator can't say a range of a newtype.
        Shape::Named(Named { handle: true, inner: Shape::Number, .. }) => None,
        Shape::Named(named) => unbounded(named.inner, length, range, pattern),
        Shape::Optional(inner) => unbounded(inner, length, range, pattern),
        Shape::List(item) | Shape::Map(item) if length => match unbounded(item, false, range, pattern) {
            Some(Unbounded::Length(_)) => Some(Unbounded::Length("an item")),
            other => other,
        },
        Shape::List(_) | Shape::Map(_) => Some(Unbounded::Length("")),
        Shape::Record(record) => unbounded_record(record),
        Shape::Variants(variants) => unbounded_variants(variants),
        Shape::Any => Some(Unbounded::Any),
    }
}

const fn unbounded_record(record: &Record) -> Option<Unbounded> {
    let mut i = 0;
    while i < record.fields.len() {
        let field = &record.fields[i];
        match unbounded(field.shape, field.length.is_some(), field.range.is_some(), field.pattern.is_some()) {
            None => {}
            Some(Unbounded::Length(_)) => return Some(Unbounded::Length(field.name)),
            Some(Unbounded::Range(_)) => return Some(Unbounded::Range(field.name)),
            Some(Unbounded::Any) => return Some(Unbounded::Any),
        }
        i += 1;
    }
    None
}

const fn unbounded_variants(variants: &Variants) -> Option<Unbounded> {
    let mut i = 0;
    while i < variants.variants.len() {
        if let Some(found) = unbounded(variants.variants[i].shape, false, false, false) {
            return Some(found);
        }
        i += 1;
    }
    None
}

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
    if is_text(field.shape) && matches!(field.source, Source::Unchecked) {
        Message::new("ST0025")
            .quote(field.name)
            .add(" directs an effect and may hold what an attacker wrote; write `#[secure(from = trusted)]` or `#[secure(from = prompt)]`, take a handle type, or say `#[secure(any, reason = \"…\")]`")
            .stop()
    }
}

/// Whether a shape is text that is no handle and no choice, or a list of such.
const fn is_text(shape: &Shape) -> bool {
    match shape {
        Shape::Text => true,
        Shape::Named(named) => !named.handle && is_text(named.inner),
        Shape::Optional(inner) | Shape::List(inner) | Shape::Map(inner) => is_text(inner),
        _ => false,
    }
}

/// E15: only what can't carry an instruction can be trusted.
#[track_caller]
pub const fn trusted_is_closed(field: &Field) {
    if matches!(field.integrity, Integrity::Trusted(_) | Integrity::TrustedIf { .. }) && !is_closed(field.shape) {
        Message::new("ST0015")
            .quote(field.name)
            .add(" is free text and can carry an instruction, whoever writes it; trust a number, an enum, a value type such as `Email`, or a newtype with a pattern without white space and at most 64 characters")
            .stop()
    }
}

const fn is_closed(shape: &Shape) -> bool {
    match shape {
        Shape::Empty | Shape::Bool | Shape::Number | Shape::Choice(_) => true,
        Shape::Named(Named { closed: true, .. }) => true,
        Shape::Named(named) => !matches!(named.inner, Shape::Text) && is_closed(named.inner),
        Shape::Optional(inner) | Shape::List(inner) => is_closed(inner),
        _ => false,
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

const fn is_handle(shape: &Shape) -> bool {
    match shape {
        Shape::Named(named) => named.handle,
        Shape::Optional(inner) | Shape::List(inner) => is_handle(inner),
        _ => false,
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

/// A redaction, a source or a pattern is about single values: behind a struct or a map nobody would look for it.
#[track_caller]
pub const fn rules_fit(field: &Field) {
    if is_scalar(field.shape, true) {
        return;
    }
    let rule = match (field.redaction, field.source) {
        (Redaction::Mask { .. }, _) => "mask",
        (Redaction::Hash, _) => "hash",
        (_, Source::Prompt | Source::Trusted | Source::Handle) => "from",
        _ if field.pattern.is_some() => "pattern",
        _ => return,
    };
    Message::new("ST0101")
        .quote(field.name)
        .add(" is no single value and no list of such, so ")
        .quote(rule)
        .add(" would not reach what is inside; write the rule on the fields inside, or `drop` the whole")
        .stop()
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

const fn is_number(shape: &Shape) -> bool {
    match shape {
        Shape::Number => true,
        Shape::Named(named) => is_number(named.inner),
        Shape::Optional(inner) => is_number(inner),
        _ => false,
    }
}

const fn is_scalar(shape: &Shape, lists: bool) -> bool {
    match shape {
        Shape::Bool | Shape::Number | Shape::Text | Shape::Choice(_) => true,
        Shape::Named(named) => is_scalar(named.inner, false),
        Shape::Optional(inner) => is_scalar(inner, lists),
        Shape::List(inner) => lists && is_scalar(inner, false),
        _ => false,
    }
}

/// E32: a scope of the tool is one that its API declares. `scope` is one of the tool's.
#[track_caller]
pub const fn scope_is_declared(scope: &str, apis: &[&ApiSpec]) {
    let mut i = 0;
    while i < apis.len() {
        let scopes = apis[i].scopes;
        let mut j = 0;
        while j < scopes.len() {
            // `*` is the scope of a broken API, whose mistakes are told already.
            if same(scopes[j], scope) || same(scopes[j], "*") {
                return;
            }
            j += 1;
        }
        i += 1;
    }
    let mut message = Message::new("ST0032")
        .add("scope ")
        .quote(scope)
        .add(" is not one that the API declares, so the tool would hold more than its provider was reviewed for; declared: ");
    let mut i = 0;
    while i < apis.len() {
        let scopes = apis[i].scopes;
        let mut j = 0;
        while j < scopes.len() {
            if i + j > 0 {
                message = message.add(", ");
            }
            message = message.quote(scopes[j]);
            j += 1;
        }
        i += 1;
    }
    message.stop()
}

/// A header of a tool is none that its API writes: the model's would stand beside the credential, or in its place. `name` is in lower case.
#[track_caller]
pub const fn header_is_free(name: &str, apis: &[&ApiSpec]) {
    let mut i = 0;
    while i < apis.len() {
        let mut taken = matches!(apis[i].auth, Auth::Header { header, .. } if same(header, name));
        let mut j = 0;
        while j < apis[i].headers.len() {
            taken |= same(apis[i].headers[j].0, name);
            j += 1;
        }
        if taken {
            Message::new("ST0103")
                .add("header ")
                .quote(name)
                .add(" is one that ")
                .quote(apis[i].name)
                .add(
                    " sends with every request, so two of them would make the request ambiguous; take another name, or take it off the API",
                )
                .stop()
        }
        i += 1;
    }
}

/// E34: a tool that acts and has no rate of its own runs on APIs that have one.
#[track_caller]
pub const fn effect_has_a_rate(apis: &[&ApiSpec]) {
    let mut i = 0;
    let mut limited = !apis.is_empty();
    while i < apis.len() {
        limited &= apis[i].rate.is_some();
        i += 1;
    }
    if !limited {
        Message::new("ST0034")
            .add("this tool acts, and neither it nor its API has a rate, so a loop or a hijacked model can repeat it without end; write `rate_limit(10 / minute)`")
            .stop()
    }
}

/// E32: the API may be sent data of this argument's class, and of the classes of all that is in it.
#[track_caller]
pub const fn api_receives(field: &Field, apis: &[&ApiSpec]) {
    let mut i = 0;
    while i < apis.len() {
        if !receives(apis[i], field.class) || !receives_within(apis[i], field.shape) {
            Message::new("ST0032")
                .quote(field.name)
                .add(" is, or holds something, of a class that ")
                .quote(apis[i].name)
                .add(" does not receive, so the data would go where nobody agreed to; add the class to `receives(…)` of the API after a review, or leave the argument out")
                .stop()
        }
        i += 1;
    }
}

const fn receives(api: &ApiSpec, class: Class) -> bool {
    let mut received = matches!(class, Class::Public);
    let mut i = 0;
    while i < api.receives.len() {
        received |= api.receives[i] as u8 == class as u8;
        i += 1;
    }
    received
}

const fn receives_within(api: &ApiSpec, shape: &Shape) -> bool {
    match shape {
        Shape::Named(named) => receives_within(api, named.inner),
        Shape::Optional(inner) | Shape::List(inner) | Shape::Map(inner) => receives_within(api, inner),
        Shape::Record(record) => {
            let mut i = 0;
            while i < record.fields.len() {
                if !receives(api, record.fields[i].class) || !receives_within(api, record.fields[i].shape) {
                    return false;
                }
                i += 1;
            }
            true
        }
        Shape::Variants(variants) => {
            let mut i = 0;
            while i < variants.variants.len() {
                if !receives_within(api, variants.variants[i].shape) {
                    return false;
                }
                i += 1;
            }
            true
        }
        _ => true,
    }
}

/// E16, for values: a secret has a redaction.
#[track_caller]
pub const fn secret_is_redacted(field: &Field) {
    let kept = match field.redaction {
        Redaction::Keep => true,
        Redaction::Mask { keep_first, keep_last } => keep_first as u16 + keep_last as u16 > 4,
        Redaction::Drop | Redaction::Hash => false,
    };
    if matches!(field.class, Class::Secret) && kept {
        Message::new("ST0016")
            .quote(field.name)
            .add(" is secret and would reach the model; write `drop`, `hash`, or a `mask` that keeps at most four characters beside `secret`")
            .stop()
    }
}

/// So many names are compared by a number each; the rest letter by letter, which takes long in a constant.
const NUMBERED: usize = 512;

/// E28: no two tools of a set have one name, also after lower-casing and folding of look-alikes.
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
            if (j >= NUMBERED || numbers[i] == numbers[j]) && look_alike(tools[i].spec.name, tools[j].spec.name) {
                Message::new("ST0028")
                    .add("tools ")
                    .quote(tools[i].spec.name)
                    .add(" and ")
                    .quote(tools[j].spec.name)
                    .add(" look alike, so a call of one can be mistaken for the other; rename one with `name = \"…\"`")
                    .stop()
            }
            j += 1;
        }
        i += 1;
    }
}

/// Equal for names that look alike (FNV-1a of the folded letters).
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

/// A letter of a tool's name as it looks.
#[must_use]
pub const fn folded(byte: u8) -> u8 {
    match byte.to_ascii_lowercase() {
        b'0' => b'o',
        b'1' | b'i' => b'l',
        b'_' | b'.' => b'-',
        other => other,
    }
}

/// E27: a set that reads untrusted text, reads what is not public, and carries data out says what is done about it.
#[track_caller]
pub const fn trifecta_is_answered(tools: &[Tool], answer: Trifecta) {
    let (mut untrusted, mut private, mut egress) = (false, false, false);
    let mut i = 0;
    while i < tools.len() {
        let spec: &ToolSpec = tools[i].spec;
        untrusted |= holds_untrusted(spec.response);
        private |= holds_private(spec.response);
        egress |= spec.egress;
        i += 1;
    }
    if untrusted && private && egress && matches!(answer, Trifecta::Absent) {
        Message::new("ST0027")
            .add("these tools together read untrusted text, read what is not public, and carry data out: an injected text could send the one through the other; write `trifecta = confirm` or `trifecta = deny`, or split the set")
            .stop()
    }
}

/// Whether a shape holds text that anyone could have written.
#[must_use]
pub const fn holds_untrusted(shape: &Shape) -> bool {
    match shape {
        Shape::Text | Shape::Any | Shape::Map(_) => true,
        Shape::Empty | Shape::Bool | Shape::Number | Shape::Choice(_) | Shape::Recursive(_) => false,
        Shape::Named(named) => !named.handle && holds_untrusted(named.inner),
        Shape::Optional(inner) | Shape::List(inner) => holds_untrusted(inner),
        Shape::Record(record) => {
            let mut i = 0;
            while i < record.fields.len() {
                let field = &record.fields[i];
                let free = matches!(field.integrity, Integrity::Untrusted) && !matches!(field.redaction, Redaction::Drop | Redaction::Hash);
                if free && holds_untrusted(field.shape) {
                    return true;
                }
                i += 1;
            }
            false
        }
        Shape::Variants(variants) => {
            let mut i = 0;
            while i < variants.variants.len() {
                if holds_untrusted(variants.variants[i].shape) {
                    return true;
                }
                i += 1;
            }
            false
        }
    }
}

/// Whether a shape holds something that is not public and reaches the model.
#[must_use]
pub const fn holds_private(shape: &Shape) -> bool {
    highest_class(shape) as u8 > Class::Public as u8
}

/// The highest class in a shape that reaches the model unredacted.
#[must_use]
pub const fn highest_class(shape: &Shape) -> Class {
    let mut highest = Class::Public;
    match shape {
        Shape::Named(named) => return highest_class(named.inner),
        Shape::Optional(inner) | Shape::List(inner) | Shape::Map(inner) => return highest_class(inner),
        Shape::Record(record) => {
            let mut i = 0;
            while i < record.fields.len() {
                let field = &record.fields[i];
                if matches!(field.redaction, Redaction::Keep) {
                    highest = higher(higher(highest, field.class), highest_class(field.shape));
                }
                i += 1;
            }
        }
        Shape::Variants(variants) => {
            let mut i = 0;
            while i < variants.variants.len() {
                highest = higher(highest, highest_class(variants.variants[i].shape));
                i += 1;
            }
        }
        _ => {}
    }
    highest
}

const fn higher(a: Class, b: Class) -> Class {
    if a as u8 >= b as u8 { a } else { b }
}
