//! Combines a JSON schema and a shape into one tree of nodes.
//!
//! The schema has the structure, the bounds and the formats. The shape has the patterns of the
//! spec, the kinds, and the field of each part. A recursive type is followed twice and then
//! omitted.

use std::sync::Arc;

use secure_tool::spec::{Field, Named, Place, Record, Shape, Tagging, Variant, Variants};
use serde_json::{Map, Value};

use super::node::{Kind, Member, Node};
use super::{NoValue, TextPlace, TextRule};

/// The maximum number of times that a definition is followed within itself.
const MAX_RECURSION: usize = 2;
/// The maximum number of items in a generated list of undeclared values.
const ITEMS: usize = 3;

/// Reads a type. `spoken` is for arguments: a user must be able to type each grounded value.
pub(crate) fn read(schema: &Value, shape: &'static Shape, spoken: bool) -> Result<Node, NoValue> {
    let empty = Map::new();
    let defs = schema.get("$defs").and_then(Value::as_object).unwrap_or(&empty);
    let mut reader = Reader { defs, open: Vec::new(), spoken };
    let at = At { shape: Some(shape), field: &Field::DEFAULT, variant: None, in_list: false };
    reader.node(schema, at)?.ok_or_else(|| "the type has no finite value".into())
}

/// The shape and the field at a place of the schema.
#[derive(Clone, Copy)]
struct At {
    shape: Option<&'static Shape>,
    field: &'static Field,
    /// The enum variant that the schema describes.
    variant: Option<(&'static Variants, &'static Variant)>,
    in_list: bool,
}

struct Reader<'a> {
    defs: &'a Map<String, Value>,
    /// The definitions that are being read.
    open: Vec<String>,
    spoken: bool,
}

type Read = Result<Option<Node>, NoValue>;

impl Reader<'_> {
    /// Returns `None` for a type that contains itself without end.
    fn node(&mut self, schema: &Value, at: At) -> Read {
        let at = At { shape: at.shape.map(peeled), ..at };
        let object = match schema {
            Value::Object(object) => object,
            Value::Bool(false) => return Ok(None),
            _ => return Ok(Some(any(at.field))),
        };
        if let Some(name) = object
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|path| path.strip_prefix("#/$defs/"))
        {
            if self.open.iter().filter(|open| *open == name).count() >= MAX_RECURSION {
                return Ok(None);
            }
            let definition = self
                .defs
                .get(name)
                .ok_or_else(|| format!("the schema has no definition `{name}`"))?
                .clone();
            self.open.push(name.to_owned());
            let node = self.node(&merged(definition, object), at);
            self.open.pop();
            return node;
        }
        if let Some(Value::Array(parts)) = object.get("allOf") {
            let mut all = Value::Object(
                object
                    .iter()
                    .filter(|(key, _)| *key != "allOf")
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect(),
            );
            for part in parts {
                let definition = part
                    .get("$ref")
                    .and_then(Value::as_str)
                    .and_then(|path| self.defs.get(path.strip_prefix("#/$defs/")?));
                all = merged(
                    definition.unwrap_or(part).clone(),
                    all.as_object().unwrap_or(&Map::new()),
                );
            }
            return self.node(&all, at);
        }
        self.plain(object, at)
    }

    /// Reads a schema without references.
    fn plain(&mut self, schema: &Map<String, Value>, at: At) -> Read {
        if let Some(value) = schema.get("const") {
            return Ok(Some(of(at, Kind::Choice(vec![value.clone()]))));
        }
        if let Some(Value::Array(values)) = schema.get("enum") {
            return Ok(Some(of(at, Kind::Choice(values.clone()))));
        }
        if let Some(Value::Array(kinds)) = schema.get("oneOf").or_else(|| schema.get("anyOf")) {
            return self.one_of(kinds, at);
        }
        match schema.get("type") {
            Some(Value::Array(types)) => {
                let kinds: Vec<Value> = types
                    .iter()
                    .map(|one| {
                        merged(
                            Value::Object(schema.clone()),
                            &Map::from_iter([("type".into(), one.clone())]),
                        )
                    })
                    .collect();
                self.one_of(&kinds, at)
            }
            Some(Value::String(name)) => match name.as_str() {
                "null" => Ok(Some(of(at, Kind::Fixed(Value::Null)))),
                "boolean" => Ok(Some(of(at, Kind::Bool))),
                "integer" => Ok(Some(of(at, integer(schema, at.field)))),
                "number" => Ok(Some(of(at, number(schema, at.field)))),
                "string" => self.text(schema, at).map(Some),
                "array" => self.list(schema, at),
                _ => self.object(schema, at),
            },
            _ if schema.contains_key("properties") => self.object(schema, at),
            _ => Ok(Some(any(at.field))),
        }
    }

    fn one_of(&mut self, kinds: &[Value], at: At) -> Read {
        let mut nodes = Vec::new();
        for kind in kinds {
            nodes.extend(self.node(kind, at)?);
        }
        Ok(match nodes.len() {
            0 => None,
            1 => nodes.pop(),
            _ => Some(of(at, Kind::OneOf(nodes))),
        })
    }

    fn text(&self, schema: &Map<String, Value>, at: At) -> Result<Node, NoValue> {
        let mut node = of(at, Kind::Bool);
        let (named, field) = (node.named, at.field);
        let place = match field.place {
            Place::Path => TextPlace::Path,
            Place::Header(_) => TextPlace::Header,
            _ => TextPlace::Anywhere,
        };
        let mut rule = TextRule {
            named,
            place,
            sayable: self.spoken && node.must_be_grounded(),
            ..TextRule::default()
        };
        rule.domains = field.domains;
        rule.format = schema.get("format").and_then(Value::as_str).map(str::to_owned);
        if let Some(pattern) = field.pattern {
            rule.own(pattern)?;
        }
        if let Some(pattern) = named.and_then(|named| named.pattern) {
            rule.whole(pattern)?;
        }
        if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
            rule.search(pattern)?;
        }
        let (least, most) = field.length.filter(|_| !at.in_list).unwrap_or((0, u32::MAX));
        let most = most.min(named.and_then(|named| named.max_length).unwrap_or(u32::MAX));
        rule.least = count(schema, "minLength").unwrap_or(0).max(least as usize);
        rule.most = count(schema, "maxLength")
            .into_iter()
            .chain(usize::try_from(most).ok().filter(|_| most != u32::MAX))
            .min();
        node.kind = Kind::Text(rule);
        Ok(node)
    }

    fn list(&mut self, schema: &Map<String, Value>, at: At) -> Read {
        if let Some(Value::Array(places)) = schema.get("prefixItems") {
            let inner = At { shape: None, in_list: true, variant: None, ..at };
            let nodes: Option<Vec<Node>> =
                places.iter().map(|place| self.node(place, inner)).collect::<Result<_, _>>()?;
            return Ok(nodes.map(|nodes| of(at, Kind::Tuple(nodes))));
        }
        let shape = match at.shape {
            Some(Shape::List(item)) => Some(*item),
            _ => None,
        };
        let item = self.node(
            schema.get("items").unwrap_or(&Value::Bool(true)),
            At { shape, in_list: true, variant: None, ..at },
        )?;
        let (least, most) = at.field.length.filter(|_| !at.in_list).unwrap_or((0, u32::MAX));
        let least = count(schema, "minItems").unwrap_or(0).max(least as usize);
        let most = count(schema, "maxItems").unwrap_or(usize::MAX).min(most as usize);
        let unique = schema.get("uniqueItems") == Some(&Value::Bool(true));
        Ok(match item {
            Some(item) => Some(of(at, Kind::List { item: Arc::new(item), least, most, unique })),
            None if least == 0 => Some(of(at, Kind::Fixed(Value::Array(Vec::new())))),
            None => None,
        })
    }

    fn object(&mut self, schema: &Map<String, Value>, at: At) -> Read {
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let properties = schema.get("properties").and_then(Value::as_object);
        let at = At { variant: at.variant.or_else(|| variant(at.shape, properties)), ..at };
        let mut members = Vec::new();
        for (name, property) in properties.into_iter().flatten() {
            let required = required.contains(&name.as_str());
            match self.node(property, member(at, name))? {
                Some(node) => members.push(Member { name: name.clone(), required, node }),
                None if required => return Ok(None),
                None => {}
            }
        }
        let shape = match at.shape {
            Some(Shape::Map(inner)) => Some(*inner),
            _ => None,
        };
        let rest = match schema.get("additionalProperties") {
            None | Some(Value::Bool(_)) => None,
            Some(inner) => {
                self.node(inner, At { shape, in_list: true, variant: None, ..at })?.map(Arc::new)
            }
        };
        Ok(Some(of(at, Kind::Object { members, rest })))
    }
}

/// Removes wrappers without a level in the document, except named scalars.
fn peeled(shape: &'static Shape) -> &'static Shape {
    match shape {
        Shape::Optional(inner)
        | Shape::Named(Named {
            inner:
                inner @ (Shape::Optional(_)
                | Shape::List(_)
                | Shape::Map(_)
                | Shape::Record(_)
                | Shape::Named(_)),
            ..
        }) => peeled(inner),
        Shape::Recursive(edge) => peeled(edge()),
        _ => shape,
    }
}

/// Returns the variant whose schema has these properties.
fn variant(
    shape: Option<&'static Shape>,
    properties: Option<&Map<String, Value>>,
) -> Option<(&'static Variants, &'static Variant)> {
    let Some(Shape::Variants(variants)) = shape else { return None };
    let properties = properties?;
    let is_tag = |tag: &str, name: &str| {
        let tag = properties.get(tag);
        let written = tag.and_then(|tag| tag.get("const").or_else(|| tag.get("enum")?.get(0)));
        written.and_then(Value::as_str) == Some(name)
    };
    let found = variants.variants.iter().find(|variant| match variants.tagging {
        Tagging::External => properties.contains_key(variant.name),
        Tagging::Internal { tag } | Tagging::Adjacent { tag, .. } => is_tag(tag, variant.name),
    });
    found.map(|variant| (*variants, variant))
}

/// Returns the shape and the field of a member.
fn member(at: At, name: &str) -> At {
    let of_record =
        |record: &'static Record| match record.fields.iter().find(|field| field.name == name) {
            Some(field) => At { shape: Some(field.shape), field, variant: None, in_list: false },
            None => At { shape: None, field: &Field::DEFAULT, variant: None, in_list: false },
        };
    let itself = |shape: &'static Shape| At { shape: Some(shape), variant: None, ..at };
    match (at.variant, at.shape) {
        (Some((variants, variant)), _) => match (variants.tagging, variant.shape) {
            (Tagging::External, shape) => itself(shape),
            (Tagging::Adjacent { content, .. }, shape) if content == name => itself(shape),
            (Tagging::Internal { .. }, Shape::Record(record)) => of_record(record),
            _ => At { shape: None, variant: None, ..at },
        },
        (None, Some(Shape::Record(record))) => of_record(record),
        _ => At { shape: None, variant: None, ..at },
    }
}

fn of(at: At, kind: Kind) -> Node {
    let named = match at.shape {
        Some(Shape::Named(named)) => Some(*named),
        _ => None,
    };
    Node { field: at.field, named, ..Node::new(kind) }
}

/// Returns the node of an undeclared document, with a text at each kind of place.
fn any(field: &'static Field) -> Node {
    let of = |kind| Node { field, any: true, ..Node::new(kind) };
    let text = of(Kind::Text(TextRule::default()));
    let list =
        of(Kind::List { item: Arc::new(text.clone()), least: 0, most: ITEMS, unique: false });
    let more = of(Kind::Object { members: Vec::new(), rest: Some(Arc::new(text.clone())) });
    let member = |name: &str, node| Member { name: name.into(), required: false, node };
    of(Kind::Object {
        members: vec![member("text", text), member("list", list), member("more", more)],
        rest: None,
    })
}

/// Merges a definition with the keywords next to its reference. The tighter bound wins.
fn merged(definition: Value, beside: &Map<String, Value>) -> Value {
    let Value::Object(mut merged) = definition else { return definition };
    for (keyword, value) in beside.iter().filter(|(keyword, _)| *keyword != "$ref") {
        let tighter =
            match (keyword.as_str(), merged.get(keyword).and_then(Value::as_f64), value.as_f64()) {
                ("minLength" | "minItems" | "minimum", Some(there), Some(here)) => here > there,
                ("maxLength" | "maxItems" | "maximum", Some(there), Some(here)) => here < there,
                _ => true,
            };
        if tighter {
            merged.insert(keyword.clone(), value.clone());
        }
    }
    Value::Object(merged)
}

fn count(schema: &Map<String, Value>, keyword: &str) -> Option<usize> {
    schema.get(keyword).and_then(Value::as_u64).and_then(|count| usize::try_from(count).ok())
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a float becomes the nearest integer, which is within the bounds of the type"
)]
fn integer(schema: &Map<String, Value>, field: &Field) -> Kind {
    let (least, most) = match schema.get("format").and_then(Value::as_str) {
        Some("int8") => (i8::MIN.into(), i8::MAX.into()),
        Some("int16") => (i16::MIN.into(), i16::MAX.into()),
        Some("int32") => (i32::MIN.into(), i32::MAX.into()),
        Some("uint8") => (0, u8::MAX.into()),
        Some("uint16") => (0, u16::MAX.into()),
        Some("uint32") => (0, u32::MAX.into()),
        Some("uint" | "uint64" | "uint128") => (0, u64::MAX.into()),
        _ => (i64::MIN.into(), i64::MAX.into()),
    };
    let (low, high) = bounds(schema, field);
    let above = schema
        .get("exclusiveMinimum")
        .and_then(Value::as_f64)
        .map(|bound| bound.floor() as i128 + 1);
    let below = schema
        .get("exclusiveMaximum")
        .and_then(Value::as_f64)
        .map(|bound| bound.ceil() as i128 - 1);
    let least =
        low.map(|bound| bound.ceil() as i128).into_iter().chain(above).fold(least, i128::max);
    let most =
        high.map(|bound| bound.floor() as i128).into_iter().chain(below).fold(most, i128::min);
    Kind::Integer { least, most }
}

fn number(schema: &Map<String, Value>, field: &Field) -> Kind {
    let (low, high) = bounds(schema, field);
    let inside = |keyword: &str, step: f64| {
        schema.get(keyword).and_then(Value::as_f64).map(|bound| bound + step)
    };
    let least = low.into_iter().chain(inside("exclusiveMinimum", 0.01)).fold(f64::MIN, f64::max);
    let most = high.into_iter().chain(inside("exclusiveMaximum", -0.01)).fold(f64::MAX, f64::min);
    Kind::Number { least, most }
}

/// Returns the bounds from the schema, the field and its cap per call.
fn bounds(schema: &Map<String, Value>, field: &Field) -> (Option<f64>, Option<f64>) {
    let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_f64);
    let range = field.range;
    let least = bound("minimum").into_iter().chain(range.map(|(least, _)| least)).reduce(f64::max);
    let cap = field.cap.map(|cap| cap.per_call.min(cap.per_day));
    let most =
        bound("maximum").into_iter().chain(range.map(|(_, most)| most)).chain(cap).reduce(f64::min);
    (least, most)
}
