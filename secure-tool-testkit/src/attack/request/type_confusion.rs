//! Values of another type, out of range, or too long.
//!
//! Oracle: no request. Twin: without `Schema` and `ArgumentLimits`.

use secure_tool::spec::{Place, Protection};
use serde_json::{Number, Value, json};

use crate::attack::probe::{Plan, Planned, Probe, Sample, Vary};
use crate::attack::subject::{Subject, replaced};
use crate::attempt::Attempt;
use crate::oracle;
use crate::strategy::{Kind, Node, Part, Point, TextRule};

/// The maximum length of a text in the path, the query or a header, in bytes.
const LINE: usize = 4_000;
/// The maximum length of a text, in characters. The class `size_and_shape` tries longer ones.
const TEXT: usize = 60_000;

/// Converts an honest value to an invalid one.
type Confused = Box<dyn Fn(&Value) -> Value>;

pub(in crate::attack) fn plan(subject: &Subject) -> Planned {
    if subject.is_handler() {
        return Err("the handler receives typed arguments even without the protection".into());
    }
    let mut plan = Plan::default();
    for point in subject
        .argument_points
        .iter()
        .filter(|point| point.part == Part::Value && !point.pointer.is_empty())
    {
        plan.probes.extend(
            confusions(point)
                .into_iter()
                .filter_map(|(attack, confused)| probe(subject, point, attack, confused)),
        );
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
    let mut all = match &point.node.kind {
        Kind::Text(rule) => of_text(rule),
        Kind::Integer { least, most } => {
            let mut all = of_number();
            all.push((
                "a fraction for an integer",
                Box::new(|honest| json!(honest.as_f64().unwrap_or_default() + 0.5)),
            ));
            all.push(("a number below the minimum", fixed(of_integer(least - 1))));
            all.push(("a number above the maximum", fixed(of_integer(most + 1))));
            all
        }
        Kind::Number { least, most } => {
            let mut all = of_number();
            let (below, above) = (least - least.abs().max(1.0), most + most.abs().max(1.0));
            all.extend(
                (*least > f64::MIN).then(|| ("a number below the minimum", fixed(json!(below)))),
            );
            all.extend(
                (*most < f64::MAX).then(|| ("a number above the maximum", fixed(json!(above)))),
            );
            all
        }
        Kind::Bool => vec![
            ("a number for a bool", fixed(json!(1))),
            ("a text for a bool", fixed(json!("true"))),
        ],
        Kind::Choice(_) => vec![
            ("an undeclared choice", fixed(json!("none_of_them"))),
            ("a number for a choice", fixed(json!(0))),
            ("a list for a choice", Box::new(|honest| json!([honest]))),
        ],
        Kind::List { item, least, most, .. } => of_list(item, *least, *most),
        Kind::Object { .. } | Kind::Tuple(_) => {
            vec![
                ("a text for an object", fixed(json!("object"))),
                ("a list for an object", fixed(json!([]))),
            ]
        }
        Kind::Fixed(_) | Kind::OneOf(_) => return Vec::new(),
    };
    all.extend((!point.nullable).then(|| ("null", fixed(Value::Null))));
    all
}

fn fixed(value: Value) -> Confused {
    Box::new(move |_| value.clone())
}

fn of_text(rule: &TextRule) -> Vec<(&'static str, Confused)> {
    let mut all: Vec<(&'static str, Confused)> = vec![
        ("a list for a text", Box::new(|honest| json!([honest]))),
        ("an object for a text", fixed(json!({ "$gt": "" }))),
        ("a number for a text", fixed(json!(7))),
        ("a bool for a text", fixed(json!(true))),
    ];
    if let Some(most) = rule.most.filter(|most| *most <= TEXT) {
        all.push((
            "a text over the maximum length",
            Box::new(move |_| Value::from("a".repeat(most + 1))),
        ));
    }
    if rule.least > 0 {
        all.push(("a text below the minimum length", fixed(json!(""))));
    }
    if rule.is_narrow() {
        all.push((
            "a text that does not match the pattern",
            fixed(json!("!! none @ of = the / pattern !!")),
        ));
    }
    all
}

fn of_number() -> Vec<(&'static str, Confused)> {
    vec![
        ("a text for a number", Box::new(|honest| Value::from(honest.to_string()))),
        ("a bool for a number", fixed(json!(true))),
        ("a list for a number", Box::new(|honest| json!([honest]))),
        ("an object for a number", fixed(json!({ "$gt": 0 }))),
    ]
}

fn of_list(item: &Node, least: usize, most: usize) -> Vec<(&'static str, Confused)> {
    let first = |honest: &Value| honest.get(0).cloned().unwrap_or_else(|| json!("item"));
    let mut all: Vec<(&'static str, Confused)> = vec![
        ("an item for a list", Box::new(first)),
        ("an object for a list", fixed(json!({ "0": "item" }))),
    ];
    if least > 0 {
        all.push(("too few items", fixed(json!([]))));
    }
    if most < 1_000 && matches!(item.kind, Kind::Text(_) | Kind::Integer { .. } | Kind::Choice(_)) {
        all.push((
            "too many items",
            Box::new(move |honest| Value::from(vec![first(honest); most + 1])),
        ));
    }
    all
}

fn of_integer(number: i128) -> Value {
    let small = i64::try_from(number)
        .map(Number::from)
        .or_else(|_| u64::try_from(number).map(Number::from));
    // JSON libraries parse integers beyond 64 bits as a float or reject them.
    small.map_or_else(|_| json!(if number < 0 { -1.8e19 } else { 1.9e19 }), Value::Number)
}

fn probe(
    subject: &Subject,
    point: &Point,
    attack: &'static str,
    confused: Confused,
) -> Option<Probe> {
    let (place, depth, pointer) = (subject.place(point), point.depth(), point.pointer.clone());
    let node = point.node.clone();
    let example = confused(&json!("a"));
    // The place can't carry such a value even without the protection.
    if !fits(place, depth, &example) {
        return None;
    }
    let make = move |sample: &Sample| {
        let honest = sample.arguments.pointer(&pointer)?;
        let value = confused(honest);
        // The pattern may accept the text.
        if let (Kind::Text(rule), Some(text)) = (&node.kind, value.as_str())
            && rule.admits(text)
        {
            return None;
        }
        let arguments = replaced(&sample.arguments, &pointer, value)?;
        Some(Attempt::new(arguments.to_string(), &sample.response))
    };
    let vary = Vary::Arguments(point.route.clone());
    let probe =
        Probe::new(&point.shown, attack, vary, make, |evidence| oracle::requested(evidence.seen))
            .cases(2);
    Some(probe.falls_without(&subject.beyond(&[Protection::Schema, Protection::ArgumentLimits])))
}

/// Returns whether the place can carry such a value.
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

/// Returns a probe with a number beyond the range of a float. JSON parsers reject it, so it has no
/// twin.
fn too_large_to_read(point: &Point) -> Probe {
    const NUMBER: &str = "1e400";
    let pointer = point.pointer.clone();
    let make = move |sample: &Sample| {
        let arguments = replaced(&sample.arguments, &pointer, json!("testkit number"))?.to_string();
        Some(Attempt::new(arguments.replacen("\"testkit number\"", NUMBER, 1), &sample.response))
    };
    Probe::new(
        &point.shown,
        "a number beyond the range of a float",
        Vary::Arguments(point.route.clone()),
        make,
        |evidence| oracle::requested(evidence.seen),
    )
    .cases(1)
}

fn missing(subject: &Subject, point: &Point) -> Probe {
    let name = point.top().to_owned();
    let make = move |sample: &Sample| {
        let mut arguments = sample.arguments.clone();
        arguments.as_object_mut()?.remove(&name)?;
        Some(Attempt::new(arguments.to_string(), &sample.response))
    };
    Probe::new(
        &point.shown,
        "a missing argument",
        Vary::Arguments(point.route.clone()),
        make,
        |evidence| oracle::requested(evidence.seen),
    )
    .cases(1)
    .falls_without(&subject.beyond(&[Protection::Schema, Protection::ArgumentLimits]))
}
