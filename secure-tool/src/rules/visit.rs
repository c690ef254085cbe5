//! Walks arguments along their shapes and visits each scalar with its pointer, field and shape.
//!
//! A value that does not match its shape is skipped: the schema rejects it.

use serde_json::Value;

use crate::spec::{Argument, Record, Shape, Tagging, Variants};

type Scalar<'a> = dyn FnMut(&str, Argument, &'static Shape, &mut Value) + 'a;

/// Visits every scalar. Keys of maps are `*` in the pointer, because the model chose them.
pub(crate) fn visit(record: &'static Record, arguments: &mut Value, scalar: &mut Scalar<'_>) {
    visit_record(record, arguments, &mut String::new(), scalar);
}

fn visit_record(
    record: &'static Record,
    value: &mut Value,
    pointer: &mut String,
    scalar: &mut Scalar<'_>,
) {
    for field in record.arguments() {
        if let Some(inner) = value.get_mut(field.name()) {
            below(pointer, field.name(), |pointer| {
                visit_value(field.shape(), field, inner, pointer, scalar);
            });
        }
    }
}

fn below(pointer: &mut String, name: &str, visit: impl FnOnce(&mut String)) {
    let length = pointer.len();
    pointer.push('/');
    pointer.push_str(name);
    visit(pointer);
    pointer.truncate(length);
}

fn visit_value(
    shape: &'static Shape,
    field: Argument,
    value: &mut Value,
    pointer: &mut String,
    scalar: &mut Scalar<'_>,
) {
    match (shape, &mut *value) {
        (Shape::Optional(_), Value::Null) => {}
        (Shape::Optional(inner), _) => visit_value(inner, field, value, pointer, scalar),
        (Shape::Recursive(edge), _) => visit_value(edge(), field, value, pointer, scalar),
        (Shape::Named(named), _)
            if !matches!(
                named.inner,
                Shape::Bool | Shape::Number | Shape::Text | Shape::Choice(_)
            ) =>
        {
            visit_value(named.inner, field, value, pointer, scalar);
        }
        (Shape::Bool | Shape::Number | Shape::Text | Shape::Choice(_) | Shape::Named(_), _) => {
            scalar(pointer, field, shape, value);
        }
        (Shape::List(item), Value::Array(items)) => {
            for (index, inner) in items.iter_mut().enumerate() {
                below(pointer, &index.to_string(), |pointer| {
                    visit_value(item, field, inner, pointer, scalar);
                });
            }
        }
        (Shape::Map(item), Value::Object(members)) => {
            for (key, inner) in members.iter_mut() {
                below(pointer, "*", |pointer| {
                    // A key is text from the model, like any other.
                    scalar(pointer, field, &Shape::Text, &mut Value::String(key.clone()));
                    visit_value(item, field, inner, pointer, scalar);
                });
            }
        }
        (Shape::Record(record), Value::Object(_)) => visit_record(record, value, pointer, scalar),
        (Shape::Variants(variants), Value::Object(_)) => {
            visit_variants(variants, field, value, pointer, scalar);
        }
        _ => {}
    }
}

fn visit_variants(
    variants: &'static Variants,
    field: Argument,
    value: &mut Value,
    pointer: &mut String,
    scalar: &mut Scalar<'_>,
) {
    let tagged = |value: &Value, tag: &str| {
        variants
            .variants
            .iter()
            .find(|variant| value.get(tag).and_then(Value::as_str) == Some(variant.name))
    };
    match variants.tagging {
        Tagging::External => {
            for variant in variants.variants {
                if let Some(inner) = value.get_mut(variant.name) {
                    below(pointer, variant.name, |pointer| {
                        visit_value(variant.shape, field, inner, pointer, scalar);
                    });
                }
            }
        }
        Tagging::Internal { tag } => {
            if let Some(variant) = tagged(value, tag) {
                visit_value(variant.shape, field, value, pointer, scalar);
            }
        }
        Tagging::Adjacent { tag, content } => {
            if let (Some(variant), Some(inner)) = (tagged(value, tag), value.get_mut(content)) {
                below(pointer, content, |pointer| {
                    visit_value(variant.shape, field, inner, pointer, scalar);
                });
            }
        }
    }
}

/// Returns the places where an object has fields that its record does not declare.
pub(crate) fn undeclared(record: &'static Record, arguments: &Value) -> Vec<String> {
    let mut found = Vec::new();
    find_undeclared(&Shape::Record(record), arguments, &mut String::new(), &mut found);
    found
}

fn find_undeclared(shape: &Shape, value: &Value, pointer: &mut String, found: &mut Vec<String>) {
    match (shape, value) {
        (Shape::Optional(inner), _) if !value.is_null() => {
            find_undeclared(inner, value, pointer, found);
        }
        (Shape::Recursive(edge), _) => find_undeclared(edge(), value, pointer, found),
        (Shape::Named(named), _) => find_undeclared(named.inner, value, pointer, found),
        (Shape::List(item), Value::Array(items)) => {
            for (index, inner) in items.iter().enumerate() {
                below(pointer, &index.to_string(), |pointer| {
                    find_undeclared(item, inner, pointer, found);
                });
            }
        }
        (Shape::Map(item), Value::Object(members)) => {
            for inner in members.values() {
                below(pointer, "*", |pointer| find_undeclared(item, inner, pointer, found));
            }
        }
        (Shape::Record(record), Value::Object(members)) => {
            if members.keys().any(|key| !record.fields.iter().any(|field| field.name == key)) {
                found.push(pointer.clone());
            }
            for field in record.fields {
                if let Some(inner) = members.get(field.name) {
                    below(pointer, field.name, |pointer| {
                        find_undeclared(field.shape, inner, pointer, found);
                    });
                }
            }
        }
        _ => {}
    }
}

/// Returns a JSON pointer with every name that the model may have chosen replaced by `*`.
pub(super) fn declared_pointer(record: &'static Record, pointer: &str) -> String {
    let root = Shape::Record(record);
    let mut shape: Option<&Shape> = Some(&root);
    let mut declared = String::new();
    for segment in pointer.split('/').skip(1) {
        declared.push('/');
        while let Some(inner) = shape.and_then(through) {
            shape = Some(inner);
        }
        shape = match shape {
            Some(Shape::Record(record)) => {
                match record.fields.iter().find(|field| field.name == segment) {
                    Some(field) => {
                        declared.push_str(field.name);
                        Some(field.shape)
                    }
                    None => unknown(&mut declared),
                }
            }
            Some(Shape::List(item)) => {
                let is_index =
                    segment.len() <= 9 && segment.bytes().all(|byte| byte.is_ascii_digit());
                declared.push_str(if is_index { segment } else { "*" });
                Some(item)
            }
            Some(Shape::Map(item)) => {
                declared.push('*');
                Some(item)
            }
            _ => unknown(&mut declared),
        };
    }
    declared
}

fn unknown<'s>(declared: &mut String) -> Option<&'s Shape> {
    declared.push('*');
    None
}

/// Returns the inner shape, for shapes that add no level to the document.
fn through(shape: &Shape) -> Option<&'static Shape> {
    match shape {
        Shape::Optional(inner) => Some(inner),
        Shape::Named(named) => Some(named.inner),
        Shape::Recursive(edge) => Some(edge()),
        _ => None,
    }
}
