//! A tool as the classes see it: its spec, the trees of its types, and the points in them.

use std::sync::Arc;

use secure_tool::Tool;
use secure_tool::spec::{
    ArgumentPolicy, Confirm, Field, Method, Place, Protection, Redaction, Shape, ToolSpec, Work,
};
use serde_json::Value;

use crate::hostile::Trap;
use crate::strategy::{Kind, Node, Part, Point, Unmade, read};

/// A tool that is attacked.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) tool: Tool,
    pub(crate) arguments: Arc<Node>,
    pub(crate) answer: Arc<Node>,
    pub(crate) argument_points: Vec<Point>,
    pub(crate) answer_points: Vec<Point>,
    /// The arguments in which something must come from somewhere.
    pub(crate) spoken: Vec<String>,
    /// The credential of its APIs.
    pub(crate) secret: String,
    /// An address that nobody may reach.
    pub(crate) trap: Arc<Trap>,
    seed: u64,
}

impl Subject {
    pub(crate) fn new(tool: Tool, seed: u64, trap: Trap) -> Result<Self, Unmade> {
        let spec = tool.spec();
        let arguments =
            Arc::new(read(&tool.code().arguments_schema(), arguments_shape(spec), true)?);
        let answer = Arc::new(read(&tool.code().response_schema(), spec.response, false)?);
        // What a Bearer token may be, and other in every encoding.
        let secret = format!("stk-7Qx/+_~9fK2-{seed:016x}=");
        let argument_points = arguments.points();
        let mut spoken: Vec<String> =
            grounded(&argument_points).map(|point| point.top().to_owned()).collect();
        spoken.dedup();
        Ok(Self {
            tool,
            argument_points,
            spoken,
            answer_points: answer.points(),
            arguments,
            answer,
            secret,
            trap: Arc::new(trap),
            seed,
        })
    }

    pub(crate) fn spec(&self) -> &'static ToolSpec {
        self.tool.spec()
    }

    pub(crate) fn is_handler(&self) -> bool {
        matches!(self.spec().work, Work::Handler)
    }

    /// Whether the request has a body.
    pub(crate) fn has_body(&self) -> bool {
        matches!(self.spec().work, Work::Http(route) if !matches!(route.method, Method::Get | Method::Head))
    }

    /// Whether anything of the answer's body is read.
    pub(crate) fn reads_answer(&self) -> bool {
        !self.is_handler() && !matches!(self.spec().response, Shape::Empty)
    }

    /// The argument that a point is in.
    fn argument(&self, point: &Point) -> &'static ArgumentPolicy {
        self.spec()
            .arguments
            .fields
            .iter()
            .find(|field| field.name == point.top())
            .and_then(Field::argument)
            .unwrap_or(&ArgumentPolicy::DEFAULT)
    }

    pub(crate) fn place(&self, point: &Point) -> Place {
        self.argument(point).place
    }

    /// The scalars of the arguments.
    pub(crate) fn argument_leaves(&self) -> impl Iterator<Item = &Point> {
        self.argument_points.iter().filter(|point| is_scalar(point))
    }

    /// The texts of the answer, and the keys that anyone may write.
    pub(crate) fn answer_texts(&self) -> impl Iterator<Item = &Point> {
        self.answer_points.iter().filter(|point| point.part == Part::Key || point.text().is_some())
    }

    /// Whether some argument must come from somewhere.
    pub(crate) fn is_grounded(&self) -> bool {
        !self.spoken.is_empty()
    }

    /// What a twin must be without so that arguments of any kind get as far as the protections in
    /// question, and those protections.
    pub(crate) fn beyond(&self, protections: &[Protection]) -> Vec<Protection> {
        let mut all = protections.to_vec();
        if self.is_grounded() {
            all.push(Protection::Grounding);
        }
        if matches!(self.spec().confirm, Confirm::Always) {
            all.push(Protection::Confirmation);
        }
        // An amount that is no number is above every cap.
        if self
            .spec()
            .arguments
            .fields
            .iter()
            .any(|field| field.argument().is_some_and(|policy| policy.cap.is_some()))
        {
            all.push(Protection::Quota);
        }
        all
    }

    /// A text that stands nowhere else.
    pub(crate) fn canary(&self, purpose: &str) -> String {
        format!("cnry{:012x}", crate::strategy::hash(self.seed, purpose) >> 16)
    }
}

/// The scalars that must come from somewhere.
pub(crate) fn grounded(points: &[Point]) -> impl Iterator<Item = &Point> {
    points.iter().filter(|point| is_scalar(point) && point.node.must_be_grounded())
}

/// Whether the value is one scalar that may be something else than `null`.
fn is_scalar(point: &Point) -> bool {
    point.part == Part::Value && point.is_leaf() && !matches!(point.node.kind, Kind::Fixed(_))
}

/// Whether a text at this point reaches the model as it is, but for what the last two stages do.
pub(crate) fn survives(point: &Point, text: &str) -> bool {
    let policy = point.node.response();
    let is_handle = point.node.named.is_some_and(|named| named.handle)
        || matches!(policy.integrity, secure_tool::spec::Integrity::Handle);
    let is_whole = policy.max.is_none_or(|max| text.chars().count() <= max as usize);
    policy.redaction == Redaction::Keep
        && is_whole
        && !is_handle
        && (point.part == Part::Key || point.text().is_some_and(|rule| rule.admits(text)))
}

/// The value with another one at this pointer.
pub(crate) fn replaced(whole: &Value, pointer: &str, with: Value) -> Option<Value> {
    let mut whole = whole.clone();
    *whole.pointer_mut(pointer)? = with;
    Some(whole)
}

/// The value with this text at this point: as the value, or as the key.
pub(crate) fn injected(whole: &Value, point: &Point, text: &str) -> Option<Value> {
    match point.part {
        Part::Value => replaced(whole, &point.pointer, Value::from(text)),
        Part::Key => {
            let (map, key) = point.pointer.rsplit_once('/')?;
            let mut whole = whole.clone();
            let map = whole.pointer_mut(map)?.as_object_mut()?;
            let value = map.remove(key)?;
            map.insert(text.to_owned(), value);
            Some(whole)
        }
    }
}

/// The value with one more member in the object at this pointer.
pub(crate) fn extended(whole: &Value, object: &str, name: &str, value: Value) -> Option<Value> {
    let mut whole = whole.clone();
    whole.pointer_mut(object)?.as_object_mut()?.insert(name.to_owned(), value);
    Some(whole)
}

/// The text of the value, with one member of the object at this pointer twice; the second time its
/// name is written as given.
pub(crate) fn twice(whole: &Value, object: &str, name: &str, written: &str) -> Option<String> {
    const PLACE: &str = "testkit place of the second";
    let value = whole.pointer(object)?.get(name)?.clone();
    let text = extended(whole, object, PLACE, value)?.to_string();
    Some(text.replacen(&format!("\"{PLACE}\""), &format!("\"{written}\""), 1))
}

/// The name as JSON, with its first character escaped.
pub(crate) fn escaped_name(name: &str) -> String {
    let mut rest = name.chars();
    let first = rest.next().map(|c| format!("\\u{:04x}", u32::from(c))).unwrap_or_default();
    first + rest.as_str()
}

/// The name as JSON, without its quotes.
pub(crate) fn plain_name(name: &str) -> String {
    let quoted = Value::from(name).to_string();
    quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default().to_owned()
}

fn arguments_shape(spec: &'static ToolSpec) -> &'static Shape {
    // One allocation for each tool that is attacked.
    Box::leak(Box::new(Shape::Record(spec.arguments)))
}
