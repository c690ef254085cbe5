//! A JSON text in, its canonical form ([RFC 8785](https://www.rfc-editor.org/rfc/rfc8785)) out;
//! none of a text that is not I-JSON.
//!
//! Two texts of one form must mean the same to everybody who reads them. So a key twice, an integer
//! that a double does not hold, and nesting that readers give up on are refused. Numbers are read
//! to the nearest double, which `serde_json` does not promise.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::json::{Fault, Reader};

/// How deep a text may nest.
const DEPTH: usize = 64;
/// The largest integer that no other one shares a double with.
const WHOLE: u64 = (1 << 53) - 1;

/// The canonical form, or `None` if there is none.
pub(super) fn canonical(text: &str) -> Option<Vec<u8>> {
    let mut reader = Reader::new(text);
    let node = node(&mut reader, 0).ok()?;
    reader.end().ok()?;
    serde_json_canonicalizer::to_vec(&node).ok()
}

enum Node {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Node>),
    Map(BTreeMap<String, Node>),
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) => serializer.serialize_f64(*value),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(members) => serializer.collect_map(members),
        }
    }
}

fn node(reader: &mut Reader<'_>, depth: usize) -> Result<Node, Fault> {
    if depth > DEPTH {
        return reader.fault();
    }
    match reader.peek() {
        Some(b'{') => members(reader, depth).map(Node::Map),
        Some(b'[') => items(reader, depth).map(Node::List),
        Some(b'"') => Ok(Node::Text(reader.string()?.decoded().into_owned())),
        Some(b't' | b'f' | b'n') => Ok(match reader.word()? {
            "true" => Node::Bool(true),
            "false" => Node::Bool(false),
            _ => Node::Null,
        }),
        _ => {
            let text = reader.number()?;
            number(text).map_or_else(|| reader.fault(), |number| Ok(Node::Number(number)))
        }
    }
}

fn members(reader: &mut Reader<'_>, depth: usize) -> Result<BTreeMap<String, Node>, Fault> {
    let mut members = BTreeMap::new();
    reader.take(b'{')?;
    if reader.eat(b'}') {
        return Ok(members);
    }
    loop {
        let key = reader.string()?.decoded().into_owned();
        reader.take(b':')?;
        let value = node(reader, depth + 1)?;
        if members.insert(key, value).is_some() {
            return reader.fault();
        }
        if reader.eat(b'}') {
            return Ok(members);
        }
        reader.take(b',')?;
    }
}

fn items(reader: &mut Reader<'_>, depth: usize) -> Result<Vec<Node>, Fault> {
    let mut items = Vec::new();
    reader.take(b'[')?;
    if reader.eat(b']') {
        return Ok(items);
    }
    loop {
        items.push(node(reader, depth + 1)?);
        if reader.eat(b']') {
            return Ok(items);
        }
        reader.take(b',')?;
    }
}

/// An integer only if a double holds it and no other integer shares that double; a fraction only if
/// it is finite.
fn number(text: &str) -> Option<f64> {
    let is_integer = !text.contains(['.', 'e', 'E']);
    if is_integer && !text.parse::<i64>().is_ok_and(|integer| integer.unsigned_abs() <= WHOLE) {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> Option<String> {
        canonical(text).map(|form| String::from_utf8(form).expect("UTF-8"))
    }

    #[test]
    fn the_form_is_that_of_the_rfc() {
        // RFC 8785, 3.2.2 and 3.2.3: numbers, escapes, and keys in the order of their UTF-16 units.
        let text = r#"{ "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001, -0],
            "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false] }"#;
        let expected = "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27,0],\
            \"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}";
        assert_eq!(form(text).as_deref(), Some(expected));
        let text = r#"{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}"#;
        assert_eq!(
            form(text).as_deref(),
            Some("{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\u{fb33}\":3}")
        );
    }

    #[test]
    fn numbers_are_the_nearest_doubles() {
        // Each is one unit in the last place off where a reader takes a short way.
        for (text, expected) in [
            ("1.3694713649464322e-254", "1.3694713649464322e-254"),
            ("31.245270191439438", "31.245270191439438"),
            ("5.0e-324", "5e-324"),
        ] {
            assert_eq!(form(text).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_text_with_two_meanings_has_no_form() {
        let deep = format!("{}{}", "[".repeat(66), "]".repeat(66));
        for text in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,"\u0061":1}"#,
            "9007199254740992",
            "[-9007199254740993]",
            "18446744073709551615",
            "1e400",
            r#""\ud800""#,
            "{} x",
            "{,}",
            "[1,]",
            "nul",
            "",
            deep.as_str(),
        ] {
            assert_eq!(form(text), None, "{text}");
        }
        assert_eq!(
            form(" [9007199254740991, -9007199254740991] ").as_deref(),
            Some("[9007199254740991,-9007199254740991]")
        );
    }
}
