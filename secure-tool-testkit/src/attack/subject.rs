//! The attacked tool: its spec, the trees of its types, and the points in them.

use std::sync::Arc;

use secure_tool::Tool;
use secure_tool::spec::{
    Confirm, Field, Method, Place, Protection, Redaction, Shape, ToolSpec, Work,
};
use serde_json::Value;

use crate::hostile::Trap;
use crate::strategy::{Kind, NoValue, Node, Part, Point, read};

/// The attacked tool.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) tool: Tool,
    pub(crate) arguments: Arc<Node>,
    pub(crate) response: Arc<Node>,
    pub(crate) argument_points: Vec<Point>,
    pub(crate) response_points: Vec<Point>,
    /// The arguments that require a trusted source.
    pub(crate) spoken: Vec<String>,
    /// The credential of the tool's APIs.
    pub(crate) secret: String,
    /// An internal address that a client must not reach.
    pub(crate) trap: Arc<Trap>,
    seed: u64,
}

impl Subject {
    pub(crate) fn new(tool: Tool, seed: u64, trap: Trap) -> Result<Self, NoValue> {
        let spec = tool.spec();
        let arguments =
            Arc::new(read(&tool.code().arguments_schema(), arguments_shape(spec), true)?);
        let response = Arc::new(read(&tool.code().response_schema(), spec.response, false)?);
        // A valid Bearer token that differs in each encoding.
        let secret = format!("stk-7Qx/+_~9fK2-{seed:016x}=");
        let argument_points = arguments.points();
        let mut spoken: Vec<String> =
            grounded(&argument_points).map(|point| point.top().to_owned()).collect();
        spoken.dedup();
        Ok(Self {
            tool,
            argument_points,
            spoken,
            response_points: response.points(),
            arguments,
            response,
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

    /// Returns whether the request has a body.
    pub(crate) fn has_body(&self) -> bool {
        matches!(self.spec().work, Work::Http(route) if !matches!(route.method, Method::Get | Method::Head))
    }

    /// Returns whether the tool reads the response body.
    pub(crate) fn reads_response(&self) -> bool {
        !self.is_handler() && !matches!(self.spec().response, Shape::Empty)
    }

    /// Returns the argument that contains the point.
    pub(crate) fn argument(&self, point: &Point) -> &'static Field {
        self.spec()
            .arguments
            .fields
            .iter()
            .find(|field| field.name == point.top())
            .unwrap_or(&Field::DEFAULT)
    }

    pub(crate) fn place(&self, point: &Point) -> Place {
        self.argument(point).place
    }

    /// Returns the scalar arguments.
    pub(crate) fn argument_leaves(&self) -> impl Iterator<Item = &Point> {
        self.argument_points.iter().filter(|point| is_scalar(point))
    }

    /// Returns the texts and the map keys of the response.
    pub(crate) fn response_texts(&self) -> impl Iterator<Item = &Point> {
        self.response_points
            .iter()
            .filter(|point| point.part == Part::Key || point.text().is_some())
    }

    /// Returns whether an argument requires a trusted source.
    pub(crate) fn is_grounded(&self) -> bool {
        !self.spoken.is_empty()
    }

    /// Returns these protections, and those that would reject arbitrary arguments earlier.
    pub(crate) fn beyond(&self, protections: &[Protection]) -> Vec<Protection> {
        let mut all = protections.to_vec();
        if self.is_grounded() {
            all.push(Protection::Grounding);
        }
        if matches!(self.spec().confirm, Confirm::Always) {
            all.push(Protection::Confirmation);
        }
        // An amount that is not a number exceeds each cap.
        if self.spec().arguments.fields.iter().any(|field| field.cap.is_some()) {
            all.push(Protection::Quota);
        }
        all
    }

    /// Returns a unique text for this purpose.
    pub(crate) fn canary(&self, purpose: &str) -> String {
        format!("cnry{:012x}", crate::strategy::hash(self.seed, purpose) >> 16)
    }
}

/// Returns the scalars that require a trusted source.
pub(crate) fn grounded(points: &[Point]) -> impl Iterator<Item = &Point> {
    points.iter().filter(|point| is_scalar(point) && point.node.must_be_grounded())
}

/// Returns whether the point is a scalar that is not always `null`.
fn is_scalar(point: &Point) -> bool {
    point.part == Part::Value && point.is_leaf() && !matches!(point.node.kind, Kind::Fixed(_))
}

/// Returns whether a text at this point reaches the model unchanged, apart from the last two
/// stages.
pub(crate) fn survives(point: &Point, text: &str) -> bool {
    let field = point.node.field;
    let is_handle = point.node.named.is_some_and(|named| named.handle)
        || matches!(field.integrity, secure_tool::spec::Integrity::Handle);
    let is_whole = field.max.is_none_or(|max| text.chars().count() <= max as usize);
    field.redaction == Redaction::Keep
        && is_whole
        && !is_handle
        && (point.part == Part::Key || point.text().is_some_and(|rule| rule.admits(text)))
}

/// Returns the value with another one at this pointer.
pub(crate) fn replaced(whole: &Value, pointer: &str, with: Value) -> Option<Value> {
    let mut whole = whole.clone();
    *whole.pointer_mut(pointer)? = with;
    Some(whole)
}

/// Returns the value with this text at this point, as the value or as the key.
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

/// Returns the value with one more member in the object at this pointer.
pub(crate) fn extended(whole: &Value, object: &str, name: &str, value: Value) -> Option<Value> {
    let mut whole = whole.clone();
    whole.pointer_mut(object)?.as_object_mut()?.insert(name.to_owned(), value);
    Some(whole)
}

/// Returns the JSON text of the value with a duplicate member in the object at this pointer.
///
/// The second member's name is written as `written`.
pub(crate) fn twice(whole: &Value, object: &str, name: &str, written: &str) -> Option<String> {
    const PLACE: &str = "testkit place of the second";
    let value = whole.pointer(object)?.get(name)?.clone();
    let text = extended(whole, object, PLACE, value)?.to_string();
    Some(text.replacen(&format!("\"{PLACE}\""), &format!("\"{written}\""), 1))
}

/// Returns the name as JSON without quotes, with its first character escaped.
pub(crate) fn escaped_name(name: &str) -> String {
    let mut rest = name.chars();
    let first = rest.next().map(|c| format!("\\u{:04x}", u32::from(c))).unwrap_or_default();
    first + rest.as_str()
}

/// Returns the name as JSON without quotes.
pub(crate) fn plain_name(name: &str) -> String {
    let quoted = Value::from(name).to_string();
    quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default().to_owned()
}

fn arguments_shape(spec: &'static ToolSpec) -> &'static Shape {
    // This leaks one allocation for each attacked tool.
    Box::leak(Box::new(Shape::Record(spec.arguments)))
}
