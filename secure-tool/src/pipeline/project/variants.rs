//! Enums with data, as serde writes them: the name of the variant first, then the data.

use super::Walk;
use super::record::SeenFields;
use crate::json::quote_into;
use crate::redaction::Step;
use crate::rules::Drift;
use crate::spec::{Record, ResponseField, Shape, Tagging, Variants};

impl Walk<'_> {
    pub(super) fn variants(
        &mut self,
        variants: &'static Variants,
        field: ResponseField,
        depth: usize,
    ) -> Result<(), Drift> {
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
                self.path.push(Step::Name(variant.name));
                self.value(variant.shape, field, depth)?;
                self.path.pop();
                self.reader.take(b'}')?;
                self.draft.skeleton.push('}');
                Ok(())
            }
            Tagging::Internal { tag } => {
                let name = self.peek_tag(tag, field, depth)?;
                let Some(variant) = named(&name) else { return self.drift("variant", field) };
                let record = match variant.shape {
                    Shape::Record(record) => record,
                    _ => &Record::EMPTY,
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
        content: &'static str,
        name: &str,
        shape: &'static Shape,
        field: ResponseField,
        depth: usize,
    ) -> Result<(), Drift> {
        self.reader.take(b'{')?;
        self.draft.skeleton.push('{');
        let (mut first, mut open) = (true, !self.reader.eat(b'}'));
        let mut seen = SeenFields::default();
        while open {
            let key = self.reader.string()?.decoded();
            self.reader.take(b':')?;
            if key == tag && seen.add(0) {
                self.reader.skip(depth)?;
                self.member(&mut first, tag);
                quote_into(&mut self.draft.skeleton, name);
            } else if key == content && seen.add(1) {
                self.member(&mut first, content);
                self.path.push(Step::Name(content));
                self.value(shape, field, depth)?;
                self.path.pop();
            } else {
                self.draft.undeclared += 1;
                self.draft.names.add("", &key);
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

    /// Finds the text of a tag later in the next object.
    fn peek_tag(&self, tag: &str, field: ResponseField, depth: usize) -> Result<String, Drift> {
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
}
