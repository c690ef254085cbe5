//! Projection of an API's response onto its declared shape.
//!
//! One walk over the text, driven by the shape. It checks bounds, formats and variants for schema
//! drift, omits unexpected fields, and collects all texts in one arena, so that later stages scan
//! them at once. No tree of values is built.
//!
//! | file | content |
//! |--|--|
//! | `mod` | lists, maps, any JSON |
//! | `scalar` | texts, numbers, bools and choices, with their rules |
//! | `record` | objects with declared fields, and their authors |
//! | `variants` | enums with data |
//! | `names` | the names of unexpected fields |

mod names;
mod record;
mod scalar;
mod variants;

pub(super) use self::names::Names;
use self::record::FieldOrders;
use super::draft::{Draft, Form};
use crate::json::{Fault, Reader};
use crate::redaction::{CountedUnit, Step};
use crate::rules::{Drift, Patterns};
use crate::spec::{Class, Named, ResponseField, Shape};

/// Projects a response onto its shape.
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
    let mut walk = Walk {
        reader: Reader::new(answer),
        draft,
        patterns,
        principal,
        in_list: false,
        weight: 0,
        items: 0,
        orders: FieldOrders::default(),
        path: Vec::new(),
        cut_off: 0,
        is_off: false,
    };
    walk.value(shape, ResponseField::WHOLE, depth)?;
    walk.reader.end()?;
    // A factor of 3: while a list grows, the old copy and one of twice the length exist at the same
    // time.
    walk.draft.typed = 3 * (walk.weight + walk.items)
        + walk.draft.arena.len()
        + 16 * walk.draft.texts.len()
        + walk.cut_off;
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
    /// Whether the walk is in a list or a map. The field's length then bounds that, and not the
    /// texts in it.
    in_list: bool,
    /// The estimated size of the parsed records so far, in bytes.
    weight: usize,
    /// The estimated size of list items other than records, in bytes.
    items: usize,
    /// The expected order of fields.
    orders: FieldOrders,
    /// The path to the current value.
    path: Vec<Step>,
    /// The estimated size of parsed items that were truncated, in bytes.
    cut_off: usize,
    /// Whether the walk is in a truncated item. Truncations in it are not reported.
    is_off: bool,
}

/// The end of the draft before a surplus item. The item is walked to find drift and is then
/// removed.
struct DraftEnd {
    skeleton: usize,
    arena: usize,
    texts: usize,
    class: Option<Class>,
    is_off: bool,
}

impl Walk<'_> {
    fn drift<T>(&self, code: &'static str, field: ResponseField) -> Result<T, Drift> {
        let name = if field.name().is_empty() { "the whole" } else { field.name() };
        Err(Drift { code, at: format!("`{name}` at byte {}", self.reader.at()) })
    }

    fn value(
        &mut self,
        shape: &'static Shape,
        field: ResponseField,
        depth: usize,
    ) -> Result<(), Drift> {
        match shape {
            Shape::Optional(_) | Shape::Empty if self.reader.peek() == Some(b'n') => {
                self.plain_word()
            }
            Shape::Empty => {
                self.reader.skip(depth)?;
                self.draft.skeleton.push_str("null");
                Ok(())
            }
            Shape::Optional(inner) => self.value(inner, field, depth),
            Shape::Recursive(edge) => self.value(edge(), field, depth),
            Shape::Bool | Shape::Number | Shape::Text | Shape::Choice(_) => {
                self.scalar(shape, None, field)
            }
            Shape::Named(named) => self.named(named, field, depth),
            Shape::List(_) | Shape::Map(_) | Shape::Record(_) | Shape::Variants(_) | Shape::Any
                if depth == 0 =>
            {
                self.drift("too_deep", field)
            }
            Shape::List(item) => self.list(item, field, depth - 1),
            Shape::Map(inner) => self.map(inner, field, depth - 1),
            Shape::Record(record) => self.record(record, None, depth - 1),
            Shape::Variants(variants) => self.variants(variants, field, depth - 1),
            Shape::Any => self.any(field, depth),
        }
    }

    fn named(
        &mut self,
        named: &'static Named,
        field: ResponseField,
        depth: usize,
    ) -> Result<(), Drift> {
        match named.inner {
            Shape::Bool | Shape::Number | Shape::Text | Shape::Choice(_) => {
                self.scalar(named.inner, Some(named), field)
            }
            inner => self.value(inner, field, depth),
        }
    }

    fn plain_word(&mut self) -> Result<(), Drift> {
        let word = self.reader.word()?;
        self.draft.skeleton.push_str(word);
        Ok(())
    }

    /// Reads the comma or the end after an item.
    fn more(&mut self, close: u8) -> Result<bool, Fault> {
        if self.reader.eat(close) {
            self.draft.skeleton.push(char::from(close));
            return Ok(false);
        }
        self.reader.take(b',')?;
        Ok(true)
    }

    fn list(
        &mut self,
        item: &'static Shape,
        field: ResponseField,
        depth: usize,
    ) -> Result<(), Drift> {
        self.reader.take(b'[')?;
        self.draft.skeleton.push('[');
        let most = self.most(field);
        let outer = std::mem::replace(&mut self.in_list, true);
        let mut count = 0;
        if self.reader.peek() == Some(b']') {
            self.more(b']')?;
        } else {
            loop {
                self.path.push(Step::Item(count));
                self.up_to(most, count, |walk| walk.value(item, field, depth))?;
                self.path.pop();
                count += 1;
                self.items += place(item);
                if !self.more(b']')? {
                    break;
                }
                if count < most {
                    self.draft.skeleton.push(',');
                }
            }
        }
        self.in_list = outer;
        self.note_cut(field, count, CountedUnit::Items);
        self.measured(count, field)
    }

    fn map(
        &mut self,
        inner: &'static Shape,
        field: ResponseField,
        depth: usize,
    ) -> Result<(), Drift> {
        let most = self.most(field);
        let outer = std::mem::replace(&mut self.in_list, true);
        self.path.push(Step::Entry);
        let mut form = Form::FirstKey;
        let count = self.object(most, |walk| {
            walk.free_text(field)?;
            if let Some(key) = walk.draft.texts.last_mut() {
                key.form = std::mem::replace(&mut form, Form::Key);
            }
            walk.colon()?;
            walk.value(inner, field, depth)
        })?;
        self.path.pop();
        self.in_list = outer;
        self.note_cut(field, count, CountedUnit::Entries);
        self.measured(count, field)
    }

    /// Returns the maximum number of items of a list or a map. A field's `max` applies to its own
    /// value, not to values nested in it.
    fn most(&self, field: ResponseField) -> usize {
        field.policy().max.filter(|_| !self.in_list).map_or(usize::MAX, |max| max as usize)
    }

    /// Walks an item. A surplus item is checked like any other and is then removed from the draft,
    /// so that later stages do not process it.
    fn up_to(
        &mut self,
        most: usize,
        index: usize,
        item: impl FnOnce(&mut Self) -> Result<(), Drift>,
    ) -> Result<(), Drift> {
        if index < most {
            return item(self);
        }
        let draft = &self.draft;
        let mark = DraftEnd {
            skeleton: draft.skeleton.len(),
            arena: draft.arena.len(),
            texts: draft.texts.len(),
            class: draft.class,
            is_off: std::mem::replace(&mut self.is_off, true),
        };
        item(self)?;
        let draft = &mut self.draft;
        self.cut_off += draft.arena.len() - mark.arena + 16 * (draft.texts.len() - mark.texts);
        draft.skeleton.truncate(mark.skeleton);
        draft.arena.truncate(mark.arena);
        draft.texts.truncate(mark.texts);
        draft.class = mark.class;
        self.is_off = mark.is_off;
        Ok(())
    }

    /// Records a truncation of the current value.
    fn note_cut(&mut self, field: ResponseField, count: usize, what: CountedUnit) {
        if let Some(max) =
            field.policy().max.filter(|max| !self.in_list && !self.is_off && count > *max as usize)
        {
            self.draft.cuts.add(&self.path, max, count, what);
        }
    }

    /// Checks the length of a list or a map, if its field declares one.
    fn measured(&self, count: usize, field: ResponseField) -> Result<(), Drift> {
        match field.length() {
            Some((least, most)) if !self.in_list && !within(count, least, most) => {
                self.drift("length", field)
            }
            _ => Ok(()),
        }
    }

    /// Walks `{`, members with commas between them, and `}`. Returns the number of members. At most
    /// `most` of them stay in the draft.
    fn object(
        &mut self,
        most: usize,
        mut member: impl FnMut(&mut Self) -> Result<(), Drift>,
    ) -> Result<usize, Drift> {
        self.reader.take(b'{')?;
        self.draft.skeleton.push('{');
        let mut count = 0;
        if self.reader.peek() == Some(b'}') {
            self.more(b'}')?;
            return Ok(count);
        }
        loop {
            self.up_to(most, count, &mut member)?;
            count += 1;
            if !self.more(b'}')? {
                return Ok(count);
            }
            if count < most {
                self.draft.skeleton.push(',');
            }
        }
    }

    fn colon(&mut self) -> Result<(), Fault> {
        self.reader.take(b':')?;
        self.draft.skeleton.push(':');
        Ok(())
    }

    /// Reads a text without a declaration.
    fn free_text(&mut self, field: ResponseField) -> Result<(), Drift> {
        let start = self.draft.arena.len();
        self.take_text()?;
        self.push(start, field, None, false, false)
    }

    fn any(&mut self, field: ResponseField, depth: usize) -> Result<(), Drift> {
        match self.reader.peek() {
            Some(b'{' | b'[') if depth == 0 => self.drift("too_deep", field),
            Some(b'{') => self
                .object(usize::MAX, |walk| {
                    walk.free_text(field)?;
                    walk.colon()?;
                    walk.any(field, depth - 1)
                })
                .map(drop),
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
                if self.class_of(field) > Class::Public {
                    // Like a declared number: a session may have to remember it.
                    let start = self.draft.arena.len();
                    self.draft.arena.push_str(number);
                    self.note_class(field);
                    return self.push(start, field, None, true, true);
                }
                self.draft.skeleton.push_str(number);
                Ok(())
            }
        }
    }
}

/// The size of a list item in memory.
fn place(item: &Shape) -> usize {
    match item {
        Shape::Record(_) | Shape::Variants(_) => 0, // each is counted when it is walked
        Shape::Bool | Shape::Number | Shape::Choice(_) | Shape::Empty | Shape::Any => 8,
        _ => 32,
    }
}

fn within(count: usize, least: u32, most: u32) -> bool {
    (least as usize..=most as usize).contains(&count)
}
