//! The closed JSON Schema of a tool's arguments: the schema from schemars, with every object closed
//! and every pattern added.
//!
//! It is compiled once, with formats asserted and linear-time patterns. The model sees the same
//! schema with two additions. A handle may be written in its short form (`Sku#3`). An argument that
//! takes tokens may be a token (`tok_…`).

use std::fmt;

use jsonschema::{PatternOptions, Validator};
use serde_json::{Map, Value, json};

use super::patterns::whole;
use super::visit::declared_pointer;
use super::{Drift, Flaw};
use crate::error::Error;
use crate::spec::{Named, Record, Shape};

/// The maximum number of flaws reported per call.
const FLAWS: usize = 20;
/// The maximum size of one compiled pattern, in bytes.
const PATTERN: usize = 1 << 20;

pub(crate) struct Schema {
    compiled: Validator,
    /// The schema shown to the model.
    pub(crate) shown: Value,
}

impl Schema {
    /// Closes and compiles the schema of the types.
    pub(crate) fn new(tool: &str, open: Value, record: &'static Record) -> Result<Self, Error> {
        let wrong = |what: &str| Error::configuration(format!("tool `{tool}`: {what}"));
        let mut closed = open;
        if close(&mut closed).is_err() {
            return Err(wrong(
                "its schema mixes declared fields with a referenced type, as an internally tagged enum with newtype variants does; use variants with named fields",
            ));
        }
        let mut shown = closed.clone();
        add_patterns(&mut closed, record, false);
        add_patterns(&mut shown, record, true);
        let compiled = jsonschema::draft202012::options()
            .offline()
            .should_validate_formats(true)
            .should_ignore_unknown_formats(false)
            .with_pattern_options(PatternOptions::regex().size_limit(PATTERN))
            .build(&closed)
            .map_err(|error| wrong("its schema does not compile").because(error.to_string()))?;
        if let Some(meta) = shown.as_object_mut() {
            meta.remove("$schema");
        }
        Ok(Self { compiled, shown })
    }

    /// Returns the flaws of the arguments.
    pub(crate) fn flaws(&self, arguments: &Value, record: &'static Record) -> Vec<Flaw> {
        if self.compiled.is_valid(arguments) {
            return Vec::new();
        }
        let mut flaws: Vec<Flaw> = self
            .compiled
            .iter_errors(arguments)
            .take(FLAWS)
            .map(|error| {
                use jsonschema::error::ValidationErrorKind::{AdditionalProperties, Required};
                let mut pointer = declared_pointer(record, error.instance_path().as_str());
                let code = match error.kind() {
                    AdditionalProperties { .. } => "unknown_field".into(),
                    Required { property } => {
                        // The name comes from the schema and not from the model.
                        pointer.push('/');
                        pointer.push_str(property.as_str().unwrap_or_default());
                        "required".into()
                    }
                    _ => keyword(error.schema_path().as_str()),
                };
                Flaw { pointer, code: code.into() }
            })
            .collect();
        flaws.dedup();
        flaws
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Schema")
    }
}

/// Returns the violated keyword in snake case: the last name in the schema path.
fn keyword(path: &str) -> String {
    let last = path
        .rsplit('/')
        .find(|part| !part.bytes().all(|byte| byte.is_ascii_digit()))
        .unwrap_or("schema");
    last.chars().fold(String::new(), |mut name, c| {
        if c.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
        name
    })
}

/// Rejects unexpected fields in every object with declared ones. Removes the formats of numbers,
/// which no draft defines.
fn close(schema: &mut Value) -> Result<(), Drift> {
    let Value::Object(node) = schema else { return Ok(()) };
    let is_object = node.get("type").is_some_and(|kind| mentions(kind, "object"));
    let is_choice =
        ["oneOf", "anyOf", "$ref", "allOf"].iter().any(|keyword| node.contains_key(*keyword));
    // A struct without fields has no `properties` and is closed too.
    if node.contains_key("properties") || is_object && !is_choice {
        if node.contains_key("$ref") || node.contains_key("allOf") {
            return Err(Drift { code: "open", at: String::new() });
        }
        if node.contains_key("properties") {
            node.insert("additionalProperties".into(), Value::Bool(false));
        } else {
            node.entry("additionalProperties").or_insert(Value::Bool(false));
        }
    }
    if !node.get("type").is_some_and(|kind| mentions(kind, "string")) {
        node.remove("format");
    }
    for (keyword, inner) in node.iter_mut() {
        match keyword.as_str() {
            "properties" | "$defs" | "patternProperties" | "dependentSchemas" => {
                for (_, inner) in inner.as_object_mut().into_iter().flatten() {
                    close(inner)?;
                }
            }
            "oneOf" | "anyOf" | "allOf" | "prefixItems" => {
                inner.as_array_mut().into_iter().flatten().try_for_each(close)?;
            }
            "items"
            | "additionalProperties"
            | "not"
            | "if"
            | "then"
            | "else"
            | "contains"
            | "propertyNames" => close(inner)?,
            _ => {}
        }
    }
    Ok(())
}

fn mentions(kind: &Value, name: &str) -> bool {
    kind == name || kind.as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == name))
}

/// Adds the specification's patterns to the schema, walking both in parallel.
fn add_patterns(schema: &mut Value, record: &'static Record, shown: bool) {
    let mut defs = schema
        .get_mut("$defs")
        .and_then(Value::as_object_mut)
        .map(std::mem::take)
        .unwrap_or_default();
    Patcher { defs: &mut defs, shown }.record(schema, record);
    if let Some(kept) = schema.get_mut("$defs") {
        *kept = Value::Object(defs);
    }
}

struct Patcher<'a> {
    defs: &'a mut Map<String, Value>,
    shown: bool,
}

impl Patcher<'_> {
    fn record(&mut self, schema: &mut Value, record: &'static Record) {
        self.at_definition(schema, |patcher, schema| {
            for field in record.arguments() {
                if let Some(property) = schema
                    .get_mut("properties")
                    .and_then(|properties| properties.get_mut(field.name()))
                {
                    if let (Shape::Map(_), Some((least, most))) = (field.shape(), field.length()) {
                        // schemars writes lengths for texts and lists only.
                        property["minProperties"] = least.into();
                        property["maxProperties"] = most.into();
                    }
                    if patcher.shown && !field.policy().domains.is_empty() {
                        describe_domains(property, field.policy().domains);
                    }
                    patcher.value(property, field.shape(), field.pattern());
                    if patcher.shown && field.policy().token.is_some() {
                        add_token(property);
                    }
                }
            }
        });
    }

    /// Calls the function with the schema, or with the definition that it refers to. A definition
    /// that is already being patched is skipped.
    fn at_definition(&mut self, schema: &mut Value, patch: impl FnOnce(&mut Self, &mut Value)) {
        let name = schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|path| path.strip_prefix("#/$defs/"))
            .map(str::to_owned);
        match name {
            None => patch(self, schema),
            Some(name) => {
                if let Some(mut definition) = self
                    .defs
                    .get_mut(&name)
                    .map(Value::take)
                    .filter(|definition| !definition.is_null())
                {
                    patch(self, &mut definition);
                    self.defs.insert(name, definition);
                }
            }
        }
    }

    fn value(&mut self, schema: &mut Value, shape: &'static Shape, pattern: Option<&'static str>) {
        match shape {
            Shape::Optional(inner) => {
                match schema.get_mut("anyOf").and_then(Value::as_array_mut).and_then(|any| {
                    any.iter_mut()
                        .find(|one| !mentions(one.get("type").unwrap_or(&Value::Null), "null"))
                }) {
                    Some(some) => self.value(some, inner, pattern),
                    None => self.value(schema, inner, pattern),
                }
            }
            Shape::List(item) => {
                if let Some(items) = schema.get_mut("items") {
                    self.value(items, item, pattern);
                }
            }
            Shape::Map(item) => {
                if let Some(members) =
                    schema.get_mut("additionalProperties").filter(|members| members.is_object())
                {
                    self.value(members, item, pattern);
                }
            }
            Shape::Text => put(schema, pattern),
            Shape::Named(named) => {
                self.at_definition(schema, |patcher, schema| patcher.named(schema, named));
                put(schema, pattern);
            }
            Shape::Record(record) => self.record(schema, record),
            Shape::Variants(variants) => self.at_definition(schema, |patcher, schema| {
                for variant in variants.variants {
                    if let Shape::Record(record) = variant.shape {
                        for one in schema
                            .get_mut("oneOf")
                            .and_then(Value::as_array_mut)
                            .into_iter()
                            .flatten()
                            .filter(|one| {
                                one.to_string().contains(&format!("\"{}\"", variant.name))
                            })
                        {
                            let inner =
                                match one.pointer_mut(&format!("/properties/{}", variant.name)) {
                                    Some(inner) => inner,
                                    None => one,
                                };
                            patcher.record(inner, record);
                        }
                    }
                }
            }),
            _ => {}
        }
    }

    fn named(&mut self, schema: &mut Value, named: &'static Named) {
        let is_shown = self.shown && named.handle;
        if is_shown && schema.get("anyOf").is_some() {
            return; // a shared definition, patched for an earlier field
        }
        put(schema, named.pattern);
        if is_shown {
            let shown = format!("^{}#[0-9]{{1,6}}$", named.name);
            let itself = schema.take();
            *schema = json!({ "anyOf": [{ "type": "string", "pattern": shown, "description": "as shown in an earlier response" }, itself] });
        }
    }
}

/// Tells the model that a value, or each item of a list, may be a token. A definition that two
/// fields share gets the text once.
fn add_token(schema: &mut Value) {
    let token = json!({ "type": "string", "pattern": "^tok_[A-Za-z0-9_-]+$", "description": "a token, exactly as in an earlier response" });
    if schema.pointer("/anyOf/0") == Some(&token) {
        return;
    }
    let of_list = |schema: &Value| schema.get("items").is_some();
    if of_list(schema) {
        schema.get_mut("items").into_iter().for_each(add_token);
    } else if let Some(list) = schema
        .get_mut("anyOf")
        .and_then(Value::as_array_mut)
        .and_then(|kinds| kinds.iter_mut().find(|kind| of_list(kind)))
    {
        add_token(list);
    } else {
        let itself = schema.take();
        *schema = json!({ "anyOf": [token, itself] });
    }
}

/// Tells the model the allowed domains of a URL. A definition that two fields share gets the text
/// once.
fn describe_domains(schema: &mut Value, domains: &[&str]) {
    let told =
        format!("Only https URLs of these domains and their subdomains: {}.", domains.join(", "));
    let Some(node) = schema.as_object_mut() else { return };
    let before = node.get("description").and_then(Value::as_str).unwrap_or_default();
    if !before.ends_with(&told) {
        let described = if before.is_empty() { told } else { format!("{before}\n\n{told}") };
        node.insert("description".into(), described.into());
    }
}

/// Adds a pattern. If the type has another one, both must match.
fn put(schema: &mut Value, pattern: Option<&'static str>) {
    let (Some(pattern), Some(node)) = (pattern, schema.as_object_mut()) else { return };
    let pattern = Value::String(whole(pattern));
    match node.get("pattern") {
        None => drop(node.insert("pattern".into(), pattern)),
        Some(present) if *present == pattern => {}
        Some(_) => drop(node.insert("allOf".into(), json!([{ "pattern": pattern }]))),
    }
}
