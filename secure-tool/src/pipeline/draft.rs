//! An answer on its way to the model: the text of the API in, its declared parts out, with each text apart from the structure around it.
//!
//! One walk over the text, driven by the shape, decides drift (bounds, formats, undeclared variants), leaves out what is not declared, and gathers every
//! text into one arena, so that what follows scans once. No tree of values is built.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;

use crate::json::{Fault, Reader, quote_into};
use crate::rules::{Drift, Patterns};
use crate::spec::{Class, Field, Integrity, Named, Record, Redaction, Shape, Tagging, Variants};

/// The declared parts of an answer.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    /// Everything but the texts: punctuation, declared names, numbers. ASCII but for declared names.
    pub(super) skeleton: String,
    /// All texts, decoded, one behind the other.
    pub(super) arena: String,
    /// The texts, in the order in which they stand in the skeleton.
    pub(super) texts: Vec<Text>,
    /// How many fields of the answer are not declared.
    pub(super) undeclared: u64,
    /// How many values were redacted, by what.
    pub(super) redactions: BTreeMap<&'static str, u32>,
    /// The highest class of what is in it and not redacted.
    pub(super) class: Option<Class>,
}

/// The most texts of one answer. With 32 bytes each they cost no more than 4 MiB, however short they are.
const MOST_TEXTS: usize = 131_072;

/// One text of an answer. Small, because a hostile answer can be a million of them.
#[derive(Debug, Clone)]
pub(super) struct Text {
    at: u32,
    start: u32,
    end: u32,
    pub(super) field: &'static Field,
    /// Its nominal type, if it has one.
    pub(super) named: Option<&'static Named>,
    pub(super) standing: Standing,
    /// It can't carry an instruction.
    pub(super) closed: bool,
    /// It is a number or a bool: written without quotes.
    pub(super) bare: bool,
}

/// What a text may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Anyone could have written it.
    Untrusted,
    /// It grounds arguments of its kind.
    Trusted,
    /// It is trusted if the principal wrote its record; known at the end of the record.
    IfPrincipal,
    /// It is shown as a number, and fills arguments of its kind.
    Handle,
}

impl Text {
    /// Where it stands in the skeleton.
    pub(super) fn at(&self) -> usize {
        self.at as usize
    }

    /// Where it is in the arena.
    pub(super) fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Puts what stands at the end of the arena, from `start`, in its place.
    pub(super) fn replace(&mut self, start: usize, end: usize) {
        (self.start, self.end) = (short(start), short(end));
        self.bare = false;
    }
}

/// Positions fit 32 bits: a guard takes no tool with a larger cap.
fn short(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// Projects an answer onto its shape.
pub(crate) fn project(
    answer: &str,
    shape: &'static Shape,
    patterns: &Patterns,
    depth: usize,
    principal: Option<&str>,
) -> Result<Draft, Drift> {
    let mut draft = Draft::default();
    draft.skeleton.reserve(answer.len() / 2);
    draft.arena.reserve(answer.len() / 2);
    let mut walk = Walk { reader: Reader::new(answer), draft, patterns, principal, in_list: false };
    walk.value(shape, &Field::DEFAULT, depth)?;
    walk.reader.end()?;
    Ok(walk.draft)
}

impl From<Fault> for Drift {
    fn from(fault: Fault) -> Self {
        Self { code: "syntax", at: format!("byte {}", fault.at) }
    }
}

struct Walk<'a> {
    reader: Reader<'a>,
    draft: Draft,
    patterns: &'a Patterns,
    principal: Option<&'a str>,
    /// Within a list or a map: a length of the field is of that, and not of the texts in it.
    in_list: bool,
}

impl Walk<'_> {
    fn drift<T>(&self, code: &'static str, field: &Field) -> Result<T, Drift> {
        let name = if field.name.is_empty() { "the whole" } else { field.name };
        Err(Drift { code, at: format!("`{name}` at byte {}", self.reader.at()) })
    }

    fn value(&mut self, shape: &'static Shape, field: &'static Field, depth: usize) -> Result<(), Drift> {
        match shape {
            Shape::Optional(_) | Shape::Empty if self.reader.peek() == Some(b'n') => self.plain_word(),
            Shape::Empty => {
                self.reader.skip(depth)?;
                self.draft.skeleton.push_str("null");
                Ok(())
            }
            Shape::Optional(inner) => self.value(inner, field, depth),
            Shape::Recursive(edge) => self.value(edge(), field, depth),
            Shape::Bool | Shape::Number | Shape::Text | Shape::Choice(_) => self.scalar(shape, None, field),
            Shape::Named(named) => self.named(named, field, depth),
            Shape::List(_) | Shape::Map(_) | Shape::Record(_) | Shape::Variants(_) | Shape::Any if depth == 0 => {
                self.drift("too_deep", field)
            }
            Shape::List(item) => self.list(item, field, depth - 1),
            Shape::Map(inner) => self.map(inner, field, depth - 1),
            Shape::Record(record) => self.record(record, None, depth - 1),
            Shape::Variants(variants) => self.variants(variants, field, depth - 1),
            Shape::Any => self.any(field, depth),
        }
    }

    fn named(&mut self, named: &'static Named, field: &'static Field, depth: usize) -> Result<(), Drift> {
        match named.inner {
            Shape::Bool | Shape::Number | Shape::Text | Shape::Choice(_) => self.scalar(named.inner, Some(named), field),
            inner => self.value(inner, field, depth),
        }
    }

    /// A text, a number, a bool or a choice. It becomes a text of the draft if anything may be done with it; else it goes into the skeleton as it is.
    fn scalar(&mut self, shape: &Shape, named: Option<&'static Named>, field: &'static Field) -> Result<(), Drift> {
        let start = self.draft.arena.len();
        let bare = match shape {
            Shape::Bool => {
                let word = self.reader.word()?;
                self.draft.arena.push_str(word);
                true
            }
            Shape::Number => {
                let number = self.reader.number()?;
                self.in_range(number, field)?;
                self.draft.arena.push_str(number);
                true
            }
            _ => {
                self.take_text()?;
                self.fits(start, shape, named, field)?;
                false
            }
        };
        let plain = matches!(field.integrity, Integrity::Untrusted) && field.redaction == Redaction::Keep;
        let closed = bare || matches!(shape, Shape::Choice(_)) || named.is_some_and(|named| named.closed);
        self.note_class(field);
        if plain && (bare || matches!(shape, Shape::Choice(_))) {
            let Draft { skeleton, arena, .. } = &mut self.draft;
            let text = arena.get(start..).unwrap_or_default();
            if bare {
                skeleton.push_str(text);
            } else {
                quote_into(skeleton, text);
            }
            arena.truncate(start);
        } else {
            self.push(start, field, named, closed, bare)?;
        }
        Ok(())
    }

    fn note_class(&mut self, field: &Field) {
        if field.redaction == Redaction::Keep {
            self.draft.class = self.draft.class.max(Some(field.class));
        }
    }

    fn push(&mut self, start: usize, field: &'static Field, named: Option<&'static Named>, closed: bool, bare: bool) -> Result<(), Drift> {
        if self.draft.texts.len() >= MOST_TEXTS {
            return self.drift("too_many_texts", field);
        }
        let draft = &mut self.draft;
        draft.texts.push(Text {
            at: short(draft.skeleton.len()),
            start: short(start),
            end: short(draft.arena.len()),
            field,
            named,
            standing: match field.integrity {
                Integrity::Untrusted => Standing::Untrusted,
                Integrity::Trusted(_) => Standing::Trusted,
                Integrity::TrustedIf { .. } => Standing::IfPrincipal,
                Integrity::Handle => Standing::Handle,
            },
            closed,
            bare,
        });
        Ok(())
    }

    /// Takes a string and appends what it stands for to the arena.
    fn take_text(&mut self) -> Result<(), Fault> {
        let raw = self.reader.string()?;
        if raw.escaped {
            self.draft.arena.push_str(&raw.decoded());
        } else {
            self.draft.arena.push_str(raw.text);
        }
        Ok(())
    }

    /// The rules on a text: of its type, then of its field.
    fn fits(&self, start: usize, shape: &Shape, named: Option<&Named>, field: &Field) -> Result<(), Drift> {
        let text = self.draft.arena.get(start..).unwrap_or_default();
        if matches!(shape, Shape::Choice(words) if !words.contains(&text)) {
            return self.drift("choice", field);
        }
        let patterns = [field.pattern, named.and_then(|named| named.pattern)];
        if patterns.into_iter().flatten().any(|pattern| !self.patterns.whole(pattern, text)) {
            return self.drift("pattern", field);
        }
        if named.and_then(|named| named.accepts).is_some_and(|accepts| !accepts(text)) {
            return self.drift("format", field);
        }
        match field.length {
            Some((least, most)) if !self.in_list && !within(text.chars().count(), least, most) => self.drift("length", field),
            _ => Ok(()),
        }
    }

    fn in_range(&self, number: &str, field: &Field) -> Result<(), Drift> {
        let Some((least, most)) = field.range else { return Ok(()) };
        match number.parse::<f64>() {
            Ok(number) if least <= number && number <= most => Ok(()),
            _ => self.drift("range", field),
        }
    }

    fn plain_word(&mut self) -> Result<(), Drift> {
        let word = self.reader.word()?;
        self.draft.skeleton.push_str(word);
        Ok(())
    }

    /// After an item: the comma, or the end.
    fn more(&mut self, close: u8) -> Result<bool, Fault> {
        if self.reader.eat(close) {
            self.draft.skeleton.push(char::from(close));
            return Ok(false);
        }
        self.reader.take(b',')?;
        Ok(true)
    }

    fn list(&mut self, item: &'static Shape, field: &'static Field, depth: usize) -> Result<(), Drift> {
        self.reader.take(b'[')?;
        self.draft.skeleton.push('[');
        let outer = std::mem::replace(&mut self.in_list, true);
        let mut count = 0;
        if self.reader.peek() == Some(b']') {
            self.more(b']')?;
        } else {
            loop {
                self.value(item, field, depth)?;
                count += 1;
                if !self.more(b']')? {
                    break;
                }
                self.draft.skeleton.push(',');
            }
        }
        self.in_list = outer;
        self.measured(count, field)
    }

    fn map(&mut self, inner: &'static Shape, field: &'static Field, depth: usize) -> Result<(), Drift> {
        let outer = std::mem::replace(&mut self.in_list, true);
        let mut count = 0;
        self.object(|walk| {
            count += 1;
            walk.free_text(field)?;
            walk.colon()?;
            walk.value(inner, field, depth)
        })?;
        self.in_list = outer;
        self.measured(count, field)
    }

    /// The length of a list or a map, where its field has one.
    fn measured(&self, count: usize, field: &Field) -> Result<(), Drift> {
        match field.length {
            Some((least, most)) if !self.in_list && !within(count, least, most) => self.drift("length", field),
            _ => Ok(()),
        }
    }

    /// `{`, members with commas between them, `}`.
    fn object(&mut self, mut member: impl FnMut(&mut Self) -> Result<(), Drift>) -> Result<(), Drift> {
        self.reader.take(b'{')?;
        self.draft.skeleton.push('{');
        if self.reader.peek() == Some(b'}') {
            self.more(b'}')?;
            return Ok(());
        }
        loop {
            member(self)?;
            if !self.more(b'}')? {
                return Ok(());
            }
            self.draft.skeleton.push(',');
        }
    }

    fn colon(&mut self) -> Result<(), Fault> {
        self.reader.take(b':')?;
        self.draft.skeleton.push(':');
        Ok(())
    }

    /// A text of which nothing is declared.
    fn free_text(&mut self, field: &'static Field) -> Result<(), Drift> {
        let start = self.draft.arena.len();
        self.take_text()?;
        self.push(start, field, None, false, false)
    }

    /// An object with declared fields, and a tag that is already known.
    fn record(&mut self, record: &'static Record, tag: Option<(&'static str, &'static str)>, depth: usize) -> Result<(), Drift> {
        self.reader.take(b'{')?;
        self.draft.skeleton.push('{');
        let (mut seen, mut first, mut next) = (Seen::default(), true, 0);
        let texts = self.draft.texts.len();
        let outer = std::mem::take(&mut self.in_list);
        let mut authors: Vec<(&'static str, bool)> = Vec::new();
        let mut open = !self.reader.eat(b'}');
        while open {
            let key = self.reader.string()?.decoded();
            self.reader.take(b':')?;
            // Fields mostly come in the order in which they were declared.
            let expected = record.fields.get(next).filter(|field| field.name == key).map(|_| next);
            if let Some((tag, name)) = tag.filter(|(tag, _)| *tag == key) {
                self.reader.skip(depth)?;
                self.member(&mut first, tag);
                quote_into(&mut self.draft.skeleton, name);
            } else if let Some(found) = expected.or_else(|| record.fields.iter().position(|field| field.name == key)) {
                next = found + 1;
                let Some(field) = record.fields.get(found) else { return self.drift("field", &Field::DEFAULT) };
                if !seen.add(found) {
                    return self.drift("duplicate", field);
                }
                if field.redaction == Redaction::Drop {
                    self.reader.skip(depth)?;
                    *self.draft.redactions.entry("drop").or_default() += 1;
                } else {
                    self.note_class(field);
                    self.member(&mut first, field.name);
                    let before = self.draft.texts.len();
                    let scalar = self.draft.arena.len();
                    self.value(field.shape, field, depth)?;
                    if is_author(record, field) {
                        authors.push((field.name, self.is_principal(before, scalar)));
                    }
                }
            } else {
                self.draft.undeclared += 1;
                self.reader.skip(depth)?;
            }
            open = !self.reader.eat(b'}');
            if open {
                self.reader.take(b',')?;
            }
        }
        self.in_list = outer;
        self.draft.skeleton.push('}');
        self.resolve_authors(texts, &authors);
        Ok(())
    }

    fn member(&mut self, first: &mut bool, name: &str) {
        if !std::mem::take(first) {
            self.draft.skeleton.push(',');
        }
        quote_into(&mut self.draft.skeleton, name);
        self.draft.skeleton.push(':');
    }

    /// Whether the one text that a field gave is the principal's identity.
    fn is_principal(&self, before: usize, start: usize) -> bool {
        let Some([text]) = self.draft.texts.get(before..) else { return false };
        let Some(principal) = self.principal else { return false };
        let value = self.draft.arena.get(start..text.range().end).unwrap_or_default();
        match text.named.and_then(|named| named.canonical) {
            Some(canonical) => canonical(value) == canonical(principal),
            None => value == principal,
        }
    }

    /// At the end of a record: what was trusted if the principal wrote it is trusted now, or not.
    fn resolve_authors(&mut self, from: usize, authors: &[(&'static str, bool)]) {
        for text in self.draft.texts.iter_mut().skip(from).filter(|text| text.standing == Standing::IfPrincipal) {
            let Integrity::TrustedIf { field } = text.field.integrity else { continue };
            let by_principal = authors.contains(&(field, true));
            text.standing = if by_principal { Standing::Trusted } else { Standing::Untrusted };
        }
    }

    fn variants(&mut self, variants: &'static Variants, field: &'static Field, depth: usize) -> Result<(), Drift> {
        let named = |name: &str| variants.variants.iter().find(|variant| variant.name == name);
        match variants.tagging {
            Tagging::External if self.reader.peek() == Some(b'"') => {
                let name = self.reader.string()?.decoded();
                let Some(variant) = named(&name) else { return self.drift("variant", field) };
                quote_into(&mut self.draft.skeleton, variant.name);
                Ok(())
            }
            Tagging::External => {
                self.reader.take(b'{')?;
                let name = self.reader.string()?.decoded();
                self.reader.take(b':')?;
                let Some(variant) = named(&name) else { return self.drift("variant", field) };
                self.draft.skeleton.push('{');
                quote_into(&mut self.draft.skeleton, variant.name);
                self.draft.skeleton.push(':');
                self.value(variant.shape, field, depth)?;
                self.reader.take(b'}')?;
                self.draft.skeleton.push('}');
                Ok(())
            }
            Tagging::Internal { tag } => {
                let name = self.peek_tag(tag, field, depth)?;
                let Some(variant) = named(&name) else { return self.drift("variant", field) };
                let record = match variant.shape {
                    Shape::Record(record) => record,
                    _ => &Record { name: "", fields: &[] },
                };
                self.record(record, Some((tag, variant.name)), depth)
            }
            Tagging::Adjacent { tag, content } => {
                let name = self.peek_tag(tag, field, depth)?;
                let Some(variant) = named(&name) else { return self.drift("variant", field) };
                self.adjacent(tag, content, variant.name, variant.shape, field, depth)
            }
        }
    }

    fn adjacent(
        &mut self,
        tag: &'static str,
        content: &str,
        name: &str,
        shape: &'static Shape,
        field: &'static Field,
        depth: usize,
    ) -> Result<(), Drift> {
        self.reader.take(b'{')?;
        self.draft.skeleton.push('{');
        let (mut first, mut open) = (true, !self.reader.eat(b'}'));
        let mut seen = Seen::default();
        while open {
            let key = self.reader.string()?.decoded();
            self.reader.take(b':')?;
            if key == tag && seen.add(0) {
                self.reader.skip(depth)?;
                self.member(&mut first, tag);
                quote_into(&mut self.draft.skeleton, name);
            } else if key == content && seen.add(1) {
                self.member(&mut first, content);
                self.value(shape, field, depth)?;
            } else {
                self.draft.undeclared += 1;
                self.reader.skip(depth)?;
            }
            open = !self.reader.eat(b'}');
            if open {
                self.reader.take(b',')?;
            }
        }
        self.draft.skeleton.push('}');
        Ok(())
    }

    /// The text of a tag further on in the object that comes next.
    fn peek_tag(&self, tag: &str, field: &Field, depth: usize) -> Result<String, Drift> {
        let mut ahead = self.reader.clone();
        ahead.take(b'{')?;
        while ahead.peek() == Some(b'"') {
            let key = ahead.string()?.decoded();
            ahead.take(b':')?;
            if key == tag {
                return Ok(ahead.string()?.decoded().into_owned());
            }
            ahead.skip(depth)?;
            if !ahead.eat(b',') {
                break;
            }
        }
        self.drift("no_tag", field)
    }

    fn any(&mut self, field: &'static Field, depth: usize) -> Result<(), Drift> {
        match self.reader.peek() {
            Some(b'{' | b'[') if depth == 0 => self.drift("too_deep", field),
            Some(b'{') => self.object(|walk| {
                walk.free_text(field)?;
                walk.colon()?;
                walk.any(field, depth - 1)
            }),
            Some(b'[') => {
                self.reader.take(b'[')?;
                self.draft.skeleton.push('[');
                if self.reader.peek() == Some(b']') {
                    self.more(b']')?;
                    return Ok(());
                }
                loop {
                    self.any(field, depth - 1)?;
                    if !self.more(b']')? {
                        return Ok(());
                    }
                    self.draft.skeleton.push(',');
                }
            }
            Some(b'"') => {
                self.note_class(field);
                self.free_text(field)
            }
            Some(b't' | b'f' | b'n') => self.plain_word(),
            _ => {
                let number = self.reader.number()?;
                self.draft.skeleton.push_str(number);
                Ok(())
            }
        }
    }
}

fn within(count: usize, least: u32, most: u32) -> bool {
    (least as usize..=most as usize).contains(&count)
}

/// The field whose value says who wrote the record.
fn is_author(record: &Record, field: &Field) -> bool {
    record.fields.iter().any(|other| matches!(other.integrity, Integrity::TrustedIf { field: author } if author == field.name))
}

/// Which fields of a record were seen.
#[derive(Default)]
struct Seen {
    low: u128,
    high: Vec<usize>,
}

impl Seen {
    /// False if it was there already.
    fn add(&mut self, index: usize) -> bool {
        let new = match 1_u128.checked_shl(u32::try_from(index).unwrap_or(u32::MAX)) {
            Some(bit) => {
                let new = self.low & bit == 0;
                self.low |= bit;
                return new;
            }
            None => !self.high.contains(&index),
        };
        if new {
            self.high.push(index);
        }
        new
    }
}

/// A scalar of the draft as JSON.
pub(super) fn as_value(text: &str, bare: bool) -> Value {
    if bare { serde_json::from_str(text).unwrap_or(Value::Null) } else { Value::String(text.to_owned()) }
}
