//! The text of an API in, its declared parts out.
//!
//! One walk over the text, driven by the shape, decides drift (bounds, formats, undeclared variants), leaves out what is not declared, and gathers every
//! text into one arena, so that what follows scans once. No tree of values is built.
//!
//! | file | walks |
//! |--|--|
//! | `mod` | lists, maps, any JSON |
//! | `scalar` | texts, numbers, bools, choices, with the rules on them |
//! | `record` | objects with declared fields, and who wrote them |
//! | `variants` | enums with data |

mod record;
mod scalar;
mod variants;

use self::record::Orders;
use super::draft::Draft;
use crate::json::{Fault, Reader};
use crate::rules::{Drift, Patterns};
use crate::spec::{Field, Named, Shape};

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
    let mut walk =
        Walk { reader: Reader::new(answer), draft, patterns, principal, in_list: false, weight: 0, items: 0, orders: Orders::default() };
    walk.value(shape, &Field::DEFAULT, depth)?;
    walk.reader.end()?;
    // Three times, because a list that grows is there twice for a moment, once with twice its length.
    walk.draft.typed = 3 * (walk.weight + walk.items) + walk.draft.arena.len() + 16 * walk.draft.texts.len();
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
    /// What the records so far will take when they are parsed, in bytes.
    weight: usize,
    /// The same of items of lists that are no records.
    items: usize,
    /// In which order fields are likely to come.
    orders: Orders,
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
                self.items += place(item);
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
                if !number.parse::<f64>().is_ok_and(f64::is_finite) {
                    return self.drift("range", field);
                }
                self.draft.skeleton.push_str(number);
                Ok(())
            }
        }
    }
}

/// What an item of a list takes in the list.
fn place(item: &Shape) -> usize {
    match item {
        Shape::Record(_) | Shape::Variants(_) => 0, // each is weighed as it comes
        Shape::Bool | Shape::Number | Shape::Choice(_) | Shape::Empty | Shape::Any => 8,
        _ => 32,
    }
}

fn within(count: usize, least: u32, most: u32) -> bool {
    (least as usize..=most as usize).contains(&count)
}
