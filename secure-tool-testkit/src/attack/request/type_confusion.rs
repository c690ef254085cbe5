//! Values of another type, outside of their range, or too long.
//!
//! Oracle: no request. Twin: without [`Schema`](Protection::Schema) and [`ArgumentLimits`](Protection::ArgumentLimits).

use secure_tool::spec::{Place, Protection};
use serde_json::{Number, Value, json};

use crate::attack::probe::{Plan, Planned, Probe, Sample, Vary};
use crate::attack::subject::{Subject, replaced};
use crate::attempt::Attempt;
use crate::oracle;
use crate::strategy::{Kind, Part, Point, TextRule};

/// Texts that are longer than this are not sent where a line must hold them.
const LINE: usize = 4_000;
/// Texts that are longer than this are of the class about sizes.
const TEXT: usize = 60_000;

/// What to make of an honest value.
type Confused = Box<dyn Fn(&Value) -> Value>;

pub(in crate::attack) fn plan(subject: &Subject) -> Planned {
    if subject.is_handler() {
        return Err("the handler gets typed arguments: what is of no type never gets to it, protected or not".into());
    }
    let mut plan = Plan::default();
    for point in subject.argument_points.iter().filter(|point| point.part == Part::Value && !point.pointer.is_empty()) {
        for (attack, confused) in confusions(point) {
            plan.probes.extend(probe(subject, point, attack, confused));
        }
        if matches!(point.node.kind, Kind::Integer { .. } | Kind::Number { .. }) {
            plan.probes.push(too_large_to_read(point));
        }
        if point.required && point.depth() == 1 && subject.place(point) != Place::Path {
            plan.probes.push(missing(subject, point));
        }
    }
    if plan.probes.is_empty() { Err("it has no arguments".into()) } else { Ok(plan) }
}

fn confusions(point: &Point) -> Vec<(&'static str, Confused)> {
    let mut all: Vec<(&'static str, Confused)> = Vec::new();
    let mut add = |attack, confused: Box<dyn Fn(&Value) -> Value>| all.push((attack, confused));
    let fixed = |value: Value| -> Confused { Box::new(move |_| value.clone()) };
    if !point.nullable {
        add("null", fixed(Value::Null));
    }
    match &point.node.kind {
        Kind::Text(rule) => {
            add("a list for a text", Box::new(|honest| json!([honest])));
            add("an object for a text", fixed(json!({ "$gt": "" })));
            add("a number for a text", fixed(json!(7)));
            add("a bool for a text", fixed(json!(true)));
            texts(rule, &mut add);
        }
        Kind::Integer { least, most } => {
            add("a text for a number", Box::new(|honest| Value::from(honest.to_string())));
            add("a bool for a number", fixed(json!(true)));
            add("a list for a number", Box::new(|honest| json!([honest])));
            add("an object for a number", fixed(json!({ "$gt": 0 })));
            add("a fraction for an integer", Box::new(|honest| json!(honest.as_f64().unwrap_or_default() + 0.5)));
            add("a number below the least", fixed(of_integer(least - 1)));
            add("a number above the most", fixed(of_integer(most + 1)));
        }
        Kind::Number { least, most } => {
            add("a text for a number", Box::new(|honest| Value::from(honest.to_string())));
            add("a bool for a number", fixed(json!(true)));
            add("a list for a number", Box::new(|honest| json!([honest])));
            if *least > f64::MIN {
                add("a number below the least", fixed(json!(least - least.abs().max(1.0))));
            }
            if *most < f64::MAX {
                add("a number above the most", fixed(json!(most + most.abs().max(1.0))));
            }
        }
        Kind::Bool => {
            add("a number for a bool", fixed(json!(1)));
            add("a text for a bool", fixed(json!("true")));
        }
        Kind::Choice(_) => {
            add("a choice that there is not", fixed(json!("none_of_them")));
            add("a number for a choice", fixed(json!(0)));
            add("a list for a choice", Box::new(|honest| json!([honest])));
        }
        Kind::List { item, least, most, .. } => {
            add("an item for a list", Box::new(|honest| honest.get(0).cloned().unwrap_or_else(|| json!("item"))));
            add("an object for a list", fixed(json!({ "0": "item" })));
            if *least > 0 {
                add("too few items", fixed(json!([])));
            }
            if *most < 1_000 && matches!(item.kind, Kind::Text(_) | Kind::Integer { .. } | Kind::Choice(_)) {
                let count = most + 1;
                add(
                    "too many items",
                    Box::new(move |honest| Value::from(vec![honest.get(0).cloned().unwrap_or_else(|| json!("item")); count])),
                );
            }
        }
        Kind::Object { .. } | Kind::Tuple(_) => {
            add("a text for an object", fixed(json!("object")));
            add("a list for an object", fixed(json!([])));
        }
        Kind::Fixed(_) | Kind::OneOf(_) => all.clear(),
    }
    all
}

fn texts(rule: &TextRule, add: &mut dyn FnMut(&'static str, Confused)) {
    if let Some(most) = rule.most.filter(|most| *most <= TEXT) {
        add("a text that is too long", Box::new(move |_| Value::from("a".repeat(most + 1))));
    }
    if rule.least > 0 {
        add("a text that is too short", Box::new(|_| Value::from("")));
    }
    if rule.is_narrow() {
        add("a text of another pattern", Box::new(|_| Value::from("!! none @ of = the / pattern !!")));
    }
}

fn of_integer(number: i128) -> Value {
    let small = i64::try_from(number).map(Number::from).or_else(|_| u64::try_from(number).map(Number::from));
    // Beyond 64 bits JSON libraries make a float of it, or an error.
    small.map_or_else(|_| json!(if number < 0 { -1.8e19 } else { 1.9e19 }), Value::Number)
}

fn probe(subject: &Subject, point: &Point, attack: &'static str, confused: Confused) -> Option<Probe> {
    let (place, depth, pointer) = (subject.place(point), point.depth(), point.pointer.clone());
    let node = point.node.clone();
    let example = confused(&json!("a"));
    // What the place can't hold is not sent, protected or not.
    if !fits(place, depth, &example) {
        return None;
    }
    let make = move |sample: &Sample| {
        let honest = sample.arguments.pointer(&pointer)?;
        let value = confused(honest);
        // A pattern may happen to allow the text.
        if let (Kind::Text(rule), Some(text)) = (&node.kind, value.as_str())
            && rule.admits(text)
        {
            return None;
        }
        let arguments = replaced(&sample.arguments, &pointer, value)?;
        Some(Attempt::new(arguments.to_string(), &sample.answer))
    };
    let vary = Vary::Arguments(point.route.clone());
    let probe = Probe::new(&point.shown, attack, vary, make, |look| oracle::requested(look.seen)).cases(2);
    Some(probe.falls_without(&subject.beyond(&[Protection::Schema, Protection::ArgumentLimits])))
}

/// Whether the place can hold such a value at all.
fn fits(place: Place, depth: usize, value: &Value) -> bool {
    let is_line = |value: &Value| match value {
        Value::String(text) => text.len() <= LINE,
        Value::Number(_) | Value::Bool(_) => true,
        _ => false,
    };
    match (place, value) {
        (Place::Body, _) | (Place::Query | Place::Header(_), Value::Null) => true,
        (Place::Path, Value::String(text)) => !text.is_empty() && is_line(value),
        (Place::Query, Value::Array(items)) => depth == 1 && items.iter().all(is_line),
        _ => is_line(value),
    }
}

/// A number that no float holds. No parser of JSON reads it, so no twin gets it either.
fn too_large_to_read(point: &Point) -> Probe {
    const NUMBER: &str = "1e400";
    let pointer = point.pointer.clone();
    let make = move |sample: &Sample| {
        let arguments = replaced(&sample.arguments, &pointer, json!("testkit number"))?.to_string();
        Some(Attempt::new(arguments.replacen("\"testkit number\"", NUMBER, 1), &sample.answer))
    };
    Probe::new(&point.shown, "a number that no float holds", Vary::Arguments(point.route.clone()), make, |look| {
        oracle::requested(look.seen)
    })
    .cases(1)
}

fn missing(subject: &Subject, point: &Point) -> Probe {
    let name = point.top().to_owned();
    let make = move |sample: &Sample| {
        let mut arguments = sample.arguments.clone();
        arguments.as_object_mut()?.remove(&name)?;
        Some(Attempt::new(arguments.to_string(), &sample.answer))
    };
    Probe::new(&point.shown, "nothing where something must be", Vary::Arguments(point.route.clone()), make, |look| {
        oracle::requested(look.seen)
    })
    .cases(1)
    .falls_without(&subject.beyond(&[Protection::Schema, Protection::ArgumentLimits]))
}
