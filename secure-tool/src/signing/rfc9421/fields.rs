//! Structured fields ([RFC 9651](https://www.rfc-editor.org/rfc/rfc9651)): takes a text, returns
//! its parsed value, or an error for a malformed text.
//!
//! Stricter than the RFC: for a duplicate key the RFC keeps the last value. Here the text is
//! rejected, because two parsers could verify different content.

use std::cell::Cell;
use std::convert::Infallible;

use sfv::visitor::{
    DictionaryVisitor, EntryVisitor, InnerListVisitor, ItemVisitor, ListVisitor, ParameterVisitor,
};
use sfv::{
    BareItemFromInput, Dictionary, FieldType, InnerList, Item, KeyRef, List, ListEntry, Parameters,
    Parser,
};

use crate::signing::unverified::Unverified;

/// The maximum size of one field, in bytes.
const BYTES: usize = 8 * 1024;
/// The maximum number of keys in one field, including keys of parameters.
const KEYS: usize = 256;

/// Parses a dictionary. An empty one is valid.
pub(super) fn dictionary(text: &str) -> Result<Dictionary, Unverified> {
    let keys = Cell::new(0);
    parser(text)?.parse_dictionary_with_visitor(Keys(&keys)).map_err(|_| Unverified::Malformed)?;
    let dictionary: Dictionary = parser(text)?.parse().map_err(|_| Unverified::Malformed)?;
    let kept = dictionary.len() + dictionary.values().map(keys_of).sum::<usize>();
    once(&keys, kept)?;
    Ok(dictionary)
}

/// Parses a list.
pub(super) fn list(text: &str) -> Result<List, Unverified> {
    let keys = Cell::new(0);
    parser(text)?.parse_list_with_visitor(Keys(&keys)).map_err(|_| Unverified::Malformed)?;
    let list: List = parser(text)?.parse().map_err(|_| Unverified::Malformed)?;
    once(&keys, list.iter().map(keys_of).sum())?;
    Ok(list)
}

/// Parses an item.
pub(super) fn item(text: &str) -> Result<Item, Unverified> {
    let keys = Cell::new(0);
    parser(text)?.parse_item_with_visitor(Keys(&keys)).map_err(|_| Unverified::Malformed)?;
    let item: Item = parser(text)?.parse().map_err(|_| Unverified::Malformed)?;
    once(&keys, item.params.len())?;
    Ok(item)
}

/// Serializes an inner list.
pub(super) fn inner_list_text(list: InnerList) -> String {
    vec![ListEntry::InnerList(list)].serialize().unwrap_or_default()
}

/// Serializes a member of a dictionary as in RFC 9421, section 2.1.2: without its key, and with an
/// explicit value for `true`.
pub(super) fn member_text(member: &ListEntry) -> String {
    vec![member.clone()].serialize().unwrap_or_default()
}

fn parser(text: &str) -> Result<Parser<'_>, Unverified> {
    if text.len() > BYTES { Err(Unverified::Malformed) } else { Ok(Parser::new(text)) }
}

fn once(read: &Cell<usize>, kept: usize) -> Result<(), Unverified> {
    if read.get() == kept && kept <= KEYS { Ok(()) } else { Err(Unverified::Malformed) }
}

fn keys_of(member: &ListEntry) -> usize {
    match member {
        ListEntry::Item(item) => item.params.len(),
        ListEntry::InnerList(list) => {
            list.params.len() + list.items.iter().map(|item| item.params.len()).sum::<usize>()
        }
    }
}

/// Returns the value of a string parameter.
pub(super) fn string<'a>(params: &'a Parameters, key: &str) -> Result<Option<&'a str>, Unverified> {
    match params.get(key) {
        None => Ok(None),
        Some(value) => {
            value.as_string().map(|text| Some(text.as_str())).ok_or(Unverified::Malformed)
        }
    }
}

/// Returns the value of a parameter in seconds since 1970.
pub(super) fn seconds(params: &Parameters, key: &str) -> Result<Option<u64>, Unverified> {
    match params.get(key) {
        None => Ok(None),
        Some(value) => {
            let seconds =
                value.as_integer().map(i64::from).and_then(|seconds| u64::try_from(seconds).ok());
            seconds.map(Some).ok_or(Unverified::Malformed)
        }
    }
}

/// Counts keys during parsing, including duplicates.
#[derive(Clone, Copy)]
struct Keys<'a>(&'a Cell<usize>);

impl Keys<'_> {
    fn count(self) {
        self.0.set(self.0.get() + 1);
    }
}

impl<'de> ParameterVisitor<'de> for Keys<'_> {
    type Out = ();
    type Error = Infallible;

    fn parameter(&mut self, _: &'de KeyRef, _: BareItemFromInput<'de>) -> Result<(), Infallible> {
        self.count();
        Ok(())
    }

    fn finish(self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl<'de> ItemVisitor<'de> for Keys<'_> {
    type Out = ();
    type Error = Infallible;

    fn bare_item(
        self,
        _: BareItemFromInput<'de>,
    ) -> Result<impl ParameterVisitor<'de, Out = ()>, Infallible> {
        Ok(self)
    }
}

impl<'de> InnerListVisitor<'de> for Keys<'_> {
    type Error = Infallible;

    fn item(&mut self) -> Result<impl ItemVisitor<'de>, Infallible> {
        Ok(*self)
    }

    fn finish(self) -> Result<impl ParameterVisitor<'de>, Infallible> {
        Ok(self)
    }
}

impl<'de> EntryVisitor<'de> for Keys<'_> {
    type Error = Infallible;

    fn item(self) -> Result<impl ItemVisitor<'de>, Infallible> {
        Ok(self)
    }

    fn inner_list(self) -> Result<impl InnerListVisitor<'de>, Infallible> {
        Ok(self)
    }
}

impl<'de> DictionaryVisitor<'de> for Keys<'_> {
    type Out = ();
    type Error = Infallible;

    fn entry(&mut self, _: &'de KeyRef) -> Result<impl EntryVisitor<'de>, Infallible> {
        self.count();
        Ok(*self)
    }

    fn finish(self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl<'de> ListVisitor<'de> for Keys<'_> {
    type Out = ();
    type Error = Infallible;

    fn entry(&mut self) -> Result<impl EntryVisitor<'de>, Infallible> {
        Ok(*self)
    }

    fn finish(self) -> Result<(), Infallible> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicate_keys_are_rejected() {
        for text in ["a=1, a=1", "a;x;x", "a=(1;x;x)", "a=();x;x", "a=1, b=2, a=3"] {
            assert_eq!(dictionary(text), Err(Unverified::Malformed), "{text}");
        }
        for text in ["", "a=1, b=1", "a;x;y, b;x;y", "a=(1;x 2;x);x"] {
            assert!(dictionary(text).is_ok(), "{text}");
        }
        assert!(item("\"a\";x;x").is_err() && item("\"a\";x;y").is_ok());
        assert!(list("a;x;x").is_err() && list("a;x, a;x").is_ok());
    }

    #[test]
    fn oversized_fields_are_rejected() {
        let keys = (0..300).map(|key| format!("k{key}")).collect::<Vec<_>>().join(",");
        assert_eq!(dictionary(&keys), Err(Unverified::Malformed));
        assert_eq!(dictionary(&format!("a=\"{}\"", "x".repeat(9_000))), Err(Unverified::Malformed));
    }
}
