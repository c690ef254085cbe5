//! The tree of a type, combined from its schema and shape, and the points that an attack can
//! target.

use std::sync::Arc;

use secure_tool::spec::{Field, Named, Source};
use serde_json::Value;

use super::TextRule;

/// A value of a type, or a part of one.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// The innermost declared field that contains it, or [`Field::DEFAULT`].
    pub(crate) field: &'static Field,
    pub(crate) named: Option<&'static Named>,
    /// Whether it is undeclared, within a field that accepts any JSON.
    pub(crate) any: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// Exactly this value.
    Fixed(Value),
    Bool,
    Integer {
        least: i128,
        most: i128,
    },
    Number {
        least: f64,
        most: f64,
    },
    Text(TextRule),
    /// One of these values.
    Choice(Vec<Value>),
    List {
        item: Arc<Node>,
        least: usize,
        most: usize,
        unique: bool,
    },
    /// One node per position.
    Tuple(Vec<Node>),
    Object {
        members: Vec<Member>,
        /// The values of undeclared keys, if the type allows them.
        rest: Option<Arc<Node>>,
    },
    OneOf(Vec<Node>),
}

#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) required: bool,
    pub(crate) node: Node,
}

/// The key of the attacked point in a map.
pub(super) const ENTRY: &str = "entry";

/// A place in a type, and the route to it.
#[derive(Debug, Clone)]
pub(crate) struct Point {
    /// The branch at each list, object and choice.
    pub(crate) route: Vec<usize>,
    /// The JSON pointer in a value that was generated for this route.
    pub(crate) pointer: String,
    /// The pointer in reports, with `*` for any item or key.
    pub(crate) shown: String,
    pub(crate) part: Part,
    pub(crate) node: Node,
    /// Whether it can't be omitted.
    pub(crate) required: bool,
    /// Whether it may be `null`.
    pub(crate) nullable: bool,
}

/// The part of a value that a point is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The value itself.
    Value,
    /// The key of a map entry. The pointer is that of the entry.
    Key,
}

impl Point {
    pub(crate) fn text(&self) -> Option<&TextRule> {
        match (&self.node.kind, self.part) {
            (Kind::Text(rule), Part::Value) => Some(rule),
            _ => None,
        }
    }

    /// Returns whether it contains no other points.
    pub(crate) fn is_leaf(&self) -> bool {
        !matches!(
            self.node.kind,
            Kind::List { .. } | Kind::Tuple(_) | Kind::Object { .. } | Kind::OneOf(_)
        )
    }

    /// Returns the name of the argument that contains it.
    pub(crate) fn top(&self) -> &str {
        self.pointer.split('/').nth(1).unwrap_or_default()
    }

    /// Returns its nesting depth.
    pub(crate) fn depth(&self) -> usize {
        self.pointer.matches('/').count()
    }
}

impl Node {
    pub(crate) fn new(kind: Kind) -> Self {
        Self { kind, field: &Field::DEFAULT, named: None, any: false }
    }

    /// Returns whether its value requires a trusted source.
    pub(crate) fn must_be_grounded(&self) -> bool {
        match self.field.source {
            Source::Prompt | Source::Trusted | Source::Handle => true,
            Source::Unchecked => self.named.is_some_and(|named| named.handle),
            Source::Free | Source::Any { .. } => false,
        }
    }

    /// Returns all points.
    pub(crate) fn points(&self) -> Vec<Point> {
        let mut points = Vec::new();
        let whole = Point {
            route: Vec::new(),
            pointer: String::new(),
            shown: String::new(),
            part: Part::Value,
            node: self.clone(),
            required: true,
            nullable: false,
        };
        collect(whole, &mut points);
        points
    }

    /// Returns the first key in the value that the type does not declare, at any depth.
    pub(crate) fn undeclared(&self, value: &Value) -> Option<String> {
        match (&self.kind, value) {
            (Kind::Object { members, rest }, Value::Object(found)) => {
                found.iter().find_map(|(key, inner)| {
                    match (members.iter().find(|member| member.name == *key), rest) {
                        (Some(member), _) => member.node.undeclared(inner),
                        (None, Some(rest)) => rest.undeclared(inner),
                        (None, None) => Some(key.clone()),
                    }
                })
            }
            (Kind::List { item, .. }, Value::Array(items)) => {
                items.iter().find_map(|inner| item.undeclared(inner))
            }
            (Kind::OneOf(kinds), _) => {
                let mut undeclared = kinds
                    .iter()
                    .filter(|kind| kind.is_like(value))
                    .map(|kind| kind.undeclared(value));
                let first = undeclared.next()?;
                if undeclared.any(|other| other.is_none()) { None } else { first }
            }
            _ => None,
        }
    }

    fn is_like(&self, value: &Value) -> bool {
        matches!(
            (&self.kind, value),
            (Kind::Object { .. }, Value::Object(_))
                | (Kind::List { .. } | Kind::Tuple(_), Value::Array(_))
        )
    }
}

fn collect(point: Point, points: &mut Vec<Point>) {
    let below = |way: usize, name: &str, shown: &str, node: &Node| {
        let mut route = point.route.clone();
        route.push(way);
        let pointer = format!("{}/{}", point.pointer, escaped(name));
        let shown = format!("{}/{}", point.shown, shown);
        Point {
            route,
            pointer,
            shown,
            part: Part::Value,
            node: node.clone(),
            required: true,
            nullable: false,
        }
    };
    match &point.node.kind {
        Kind::List { item, most, .. } if *most > 0 => collect(below(0, "0", "*", item), points),
        Kind::Tuple(nodes) => {
            for (way, node) in nodes.iter().enumerate() {
                collect(below(way, &way.to_string(), &way.to_string(), node), points);
            }
        }
        Kind::Object { members, rest } => {
            for (way, member) in members.iter().enumerate() {
                collect(
                    Point {
                        required: member.required,
                        ..below(way, &member.name, &member.name, &member.node)
                    },
                    points,
                );
            }
            if let Some(rest) = rest {
                let entry = below(members.len(), ENTRY, "*", rest);
                points.push(Point {
                    part: Part::Key,
                    shown: format!("{} (its key)", entry.shown),
                    ..entry.clone()
                });
                collect(Point { required: false, ..entry }, points);
            }
        }
        Kind::OneOf(kinds) => {
            let nullable = kinds.iter().any(|kind| matches!(kind.kind, Kind::Fixed(Value::Null)));
            for (way, node) in kinds.iter().enumerate() {
                let mut route = point.route.clone();
                route.push(way);
                collect(
                    Point {
                        route,
                        node: node.clone(),
                        nullable: nullable || point.nullable,
                        ..point.clone()
                    },
                    points,
                );
            }
            return; // the kinds represent it
        }
        _ => {}
    }
    points.push(point);
}

/// Escapes a name as a segment of a JSON pointer (RFC 6901).
pub(crate) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
