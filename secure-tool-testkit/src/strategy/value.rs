//! Builds a proptest strategy for a node. With a route, each value has the point at its end.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::Union;
use serde_json::{Map, Value};

use super::node::{ENTRY, Kind, Member, Node};
use super::{NoValue, Values};

/// The maximum number of items above the minimum.
const MORE: usize = 2;
/// The maximum distance of an integer from its lower bound, for small values.
const COMMON: i128 = 1_000_000;

impl Node {
    /// Returns a strategy for any value.
    pub(crate) fn values(&self) -> Result<Values, NoValue> {
        self.strategy(None)
    }

    /// Returns a strategy for values that have the point of this route.
    pub(crate) fn values_with(&self, route: &[usize]) -> Result<Values, NoValue> {
        self.strategy(Some(route))
    }

    fn strategy(&self, route: Option<&[usize]>) -> Result<Values, NoValue> {
        let (way, beyond) = match route.and_then(<[usize]>::split_first) {
            Some((way, beyond)) => (Some(*way), Some(beyond)),
            None => (None, None),
        };
        let below = |at: usize| beyond.filter(|_| way == Some(at));
        Ok(match &self.kind {
            Kind::Fixed(value) => Just(value.clone()).boxed(),
            Kind::Bool => any::<bool>().prop_map(Value::from).boxed(),
            Kind::Integer { least, most } => integers(*least, *most)?,
            Kind::Number { least, most } => numbers(*least, *most)?,
            Kind::Text(rule) => rule.strategy()?.prop_map(Value::from).boxed(),
            Kind::Choice(values) if values.is_empty() => {
                return Err("an empty choice has no value".into());
            }
            Kind::Choice(values) => proptest::sample::select(values.clone()).boxed(),
            Kind::List { item, least, most, unique } => {
                let first = below(0).map(|beyond| item.strategy(Some(beyond))).transpose()?;
                list(first, &item.values()?, *least, *most, *unique)?
            }
            Kind::Tuple(nodes) => {
                let places: Vec<Values> = nodes
                    .iter()
                    .enumerate()
                    .map(|(at, node)| node.strategy(below(at)))
                    .collect::<Result<_, _>>()?;
                places.prop_map(Value::Array).boxed()
            }
            Kind::Object { members, rest } => {
                let declared = object(members, below)?;
                match rest {
                    None => declared.prop_map(Value::Object).boxed(),
                    Some(rest) => {
                        let wanted = below(members.len())
                            .map(|beyond| rest.strategy(Some(beyond)))
                            .transpose()?;
                        with_rest(declared, wanted, rest.values()?)
                    }
                }
            }
            Kind::OneOf(kinds) => match way.and_then(|way| Some((way, kinds.get(way)?))) {
                Some((way, kind)) => kind.strategy(below(way))?,
                None => Union::new(kinds.iter().map(Self::values).collect::<Result<Vec<_>, _>>()?)
                    .boxed(),
            },
        })
    }
}

fn list(
    first: Option<Values>,
    items: &Values,
    least: usize,
    most: usize,
    unique: bool,
) -> Result<Values, NoValue> {
    if most < least {
        return Err(format!("a list can't have at least {least} and at most {most} items"));
    }
    let wanted = usize::from(first.is_some());
    let few = least.saturating_sub(wanted);
    let many = most.saturating_sub(wanted).min(few + MORE);
    let rest = proptest::collection::vec(items.clone(), few..=many);
    let all = match first {
        Some(first) => (first, rest).prop_map(|(first, rest)| [vec![first], rest].concat()).boxed(),
        None => rest.boxed(),
    };
    let distinct = |items: &Vec<Value>| {
        items.iter().enumerate().all(|(at, item)| !items.iter().take(at).any(|other| other == item))
    };
    let all = if unique { all.prop_filter("distinct items", distinct).boxed() } else { all };
    Ok(all.prop_map(Value::Array).boxed())
}

fn object<'r>(
    members: &[Member],
    below: impl Fn(usize) -> Option<&'r [usize]>,
) -> Result<BoxedStrategy<Map<String, Value>>, NoValue> {
    let mut strategies: Vec<BoxedStrategy<Option<Value>>> = Vec::new();
    for (at, member) in members.iter().enumerate() {
        let toward = below(at);
        let value = member.node.strategy(toward)?;
        strategies.push(if member.required || toward.is_some() {
            value.prop_map(Some).boxed()
        } else {
            proptest::option::of(value).boxed()
        });
    }
    let names: Vec<String> = members.iter().map(|member| member.name.clone()).collect();
    let object = move |values: Vec<Option<Value>>| {
        names.iter().cloned().zip(values).filter_map(|(name, value)| Some((name, value?))).collect()
    };
    Ok(strategies.prop_map(object).boxed())
}

fn with_rest(
    declared: BoxedStrategy<Map<String, Value>>,
    wanted: Option<Values>,
    rest: Values,
) -> Values {
    let entries = proptest::collection::btree_map("[a-d][a-z]{2,6}", rest, 0..=MORE);
    let wanted = match wanted {
        Some(wanted) => wanted.prop_map(Some).boxed(),
        None => Just(None).boxed(),
    };
    (declared, entries, wanted)
        .prop_map(
            |(mut object, entries, wanted): (
                Map<String, Value>,
                BTreeMap<String, Value>,
                Option<Value>,
            )| {
                for (key, value) in entries {
                    object.entry(key).or_insert(value);
                }
                object.extend(wanted.map(|value| (ENTRY.to_owned(), value)));
                Value::Object(object)
            },
        )
        .boxed()
}

fn integers(least: i128, most: i128) -> Result<Values, NoValue> {
    if most < least {
        return Err(format!("an integer can't be at least {least} and at most {most}"));
    }
    // Prefer small positive values within the bounds.
    let low = least.max(0).min(most);
    let high = most.min(low.saturating_add(COMMON));
    let value = |number: i128| {
        i64::try_from(number)
            .map(Value::from)
            .or_else(|_| u64::try_from(number).map(Value::from))
            .unwrap_or_default()
    };
    Ok((low..=high).prop_map(value).boxed())
}

fn numbers(least: f64, most: f64) -> Result<Values, NoValue> {
    if most < least {
        return Err(format!("a number can't be at least {least} and at most {most}"));
    }
    let low = least.max(0.0).min(most);
    let high = most.min(low + 100_000.0);
    // Two decimals, unless the rounded value is out of bounds.
    let rounded = move |number: f64| {
        Some((number * 100.0).round() / 100.0)
            .filter(|rounded| (low..=high).contains(rounded))
            .unwrap_or(number)
    };
    Ok((low..=high).prop_map(move |number| Value::from(rounded(number))).boxed())
}

#[cfg(test)]
mod tests {
    use proptest::strategy::ValueTree;
    use secure_tool::spec::{Field, Record, Shape};
    use serde_json::json;

    use super::*;
    use crate::strategy::{Part, read};

    fn schema() -> Value {
        json!({
            "type": "object",
            "required": ["id", "lines", "how"],
            "properties": {
                "id": { "type": "integer", "format": "uint8", "minimum": 1 },
                "note": { "type": ["string", "null"], "maxLength": 9 },
                "lines": { "type": "array", "items": { "$ref": "#/$defs/Line" }, "minItems": 1 },
                "how": { "oneOf": [
                    { "type": "string", "const": "Fast" },
                    { "type": "object", "required": ["Slow"], "properties": { "Slow": { "type": "object", "additionalProperties": { "type": "string" } } } }
                ] }
            },
            "$defs": { "Line": { "type": "object", "required": ["text"], "properties": {
                "text": { "type": "string" }, "parent": { "anyOf": [{ "$ref": "#/$defs/Line" }, { "type": "null" }] }
            } } }
        })
    }

    const SHAPE: &Shape = &Shape::Record(&Record {
        name: "Order",
        fields: &[Field {
            name: "note",
            shape: &Shape::Optional(&Shape::Text),
            pattern: Some("[a-z]{2,8}"),
            ..Field::DEFAULT
        }],
    });

    #[test]
    fn each_point_is_in_the_values_generated_for_it() {
        let node = read(&schema(), SHAPE, false).expect("a valid schema");
        let points = node.points();
        let shown: Vec<&str> = points.iter().map(|point| point.shown.as_str()).collect();
        for wanted in [
            "/id",
            "/note",
            "/lines/*/text",
            "/lines/*/parent/text",
            "/how",
            "/how/Slow/*",
            "/how/Slow/* (its key)",
        ] {
            assert!(shown.contains(&wanted), "{wanted} is not in {shown:?}");
        }
        let mut runner = crate::strategy::runner(7, "values");
        for point in points.iter().filter(|point| point.part == Part::Value) {
            let values = node.values_with(&point.route).expect("a strategy");
            for _ in 0..20 {
                let value = values.new_tree(&mut runner).expect("a value").current();
                assert!(value.pointer(&point.pointer).is_some(), "{} in {value}", point.shown);
                assert_eq!(node.undeclared(&value), None);
                assert!(
                    value["note"]
                        .as_str()
                        .is_none_or(|note| note.bytes().all(|b| b.is_ascii_lowercase())),
                    "{value}"
                );
            }
        }
    }

    #[test]
    fn undeclared_key_is_found_at_any_depth() {
        let node = read(&schema(), SHAPE, false).expect("a valid schema");
        let value = json!({ "id": 1, "lines": [{ "text": "a", "parent": { "text": "b", "role": "admin" } }], "how": "Fast" });
        assert_eq!(node.undeclared(&value).as_deref(), Some("role"));
    }
}
