//! A tool in a guard: its specification and the data computed from it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use percent_encoding::utf8_percent_encode;
use ring::digest::{SHA256, digest};

use super::fields::Fields;
use crate::audit;
use crate::error::Error;
use crate::keys::hex;
use crate::policy::Agent;
use crate::rules::{Patterns, Schema};
use crate::spec::{Class, Part, PathPart, RESERVED, Shape, ToolSpec, Work};
use crate::tool::Tool;
use crate::transport::{ApiClient, Fetcher};

#[derive(Debug)]
pub(crate) struct RegisteredTool {
    pub(crate) tool: Tool,
    /// The SHA-256 digest of the specification as canonical JSON.
    pub(crate) digest: String,
    pub(crate) schema: Schema,
    /// The patterns of the response.
    pub(crate) patterns: Patterns,
    pub(crate) argument_patterns: Patterns,
    /// The highest class that reaches the model.
    pub(crate) class: Class,
    /// The client of the first API.
    pub(crate) client: Option<Arc<ApiClient>>,
    /// The client for URLs in the arguments of a handler.
    pub(crate) fetcher: Option<Fetcher>,
    /// The destination of a call, as shown to approvers.
    pub(crate) destination: String,
    path: String,
    /// The query parameter that selects the declared fields, percent-encoded.
    pub(crate) selection: Option<String>,
    /// The fields that the API returns and the tool uses.
    pub(crate) fields: Fields,
    pub(crate) killed: AtomicBool,
}

impl RegisteredTool {
    pub(crate) fn new(
        tool: Tool,
        client: Option<Arc<ApiClient>>,
        fetcher: Option<Fetcher>,
    ) -> Result<Self, Error> {
        let spec = tool.spec;
        let json = serde_json_canonicalizer::to_vec(spec).map_err(|error| {
            Error::configuration(format!(
                "tool `{}`: its specification can't be written as canonical JSON",
                spec.name
            ))
            .because(error)
        })?;
        let path = template(&spec.work);
        let host = |api: &crate::spec::ApiSpec| format!("{}{path}", api.url);
        Ok(Self {
            digest: hex(digest(&SHA256, &json).as_ref()),
            schema: Schema::new(spec.name, tool.code.arguments_schema(), spec.arguments)?,
            patterns: Patterns::of(spec.response)?,
            argument_patterns: Patterns::of_arguments(spec.arguments)?,
            class: class(spec.response),
            destination: spec.apis.iter().map(|api| host(api)).collect::<Vec<_>>().join(", "),
            client,
            fetcher,
            path,
            fields: Fields::of(spec.response),
            selection: selection(spec)?,
            tool,
            killed: AtomicBool::new(false),
        })
    }

    /// Returns the description of the tool for audit records.
    pub(crate) fn describe(&self, record: &mut audit::Call, agent: &Agent) {
        let spec = self.tool.spec;
        record.tool = spec.name;
        record.spec.clone_from(&self.digest);
        record.path.clone_from(&self.path);
        if let Work::Http(route) = spec.work {
            record.method = route.method.name();
        }
        if let Some(client) = &self.client {
            record.api = client.spec.name;
            client.host().clone_into(&mut record.host);
            client.credential.name(agent).unwrap_or_default().clone_into(&mut record.credential);
        }
    }

    /// Returns the kinds and names of the handles in the tool's arguments and response.
    pub(crate) fn handles(&self) -> Vec<(&'static str, &'static str)> {
        let mut found = Vec::new();
        let mut look = |shape: &Shape| {
            if let Shape::Named(named) = shape
                && named.handle
            {
                found.push((named.kind.name(), named.name));
            }
        };
        self.tool.spec.response.each_of_response(&mut |part| {
            part.shape().into_iter().for_each(&mut look);
            true
        });
        self.tool.spec.arguments.each_argument(&mut |part| {
            part.shape().into_iter().for_each(&mut look);
            true
        });
        found
    }
}

/// Returns the query parameter that selects the declared fields, percent-encoded.
fn selection(spec: &ToolSpec) -> Result<Option<String>, Error> {
    let Some(select) = spec.select else { return Ok(None) };
    let fields = select.value(spec.response);
    let fields = fields.ok_or_else(|| {
        Error::configuration(format!("tool `{}`: its response has no fields to select", spec.name))
    })?;
    let encode = |text: &str| utf8_percent_encode(text, RESERVED).to_string();
    Ok(Some(format!("{}={}", encode(select.query), encode(&fields))))
}

/// Returns the highest class that reaches the model.
fn class(response: &'static Shape) -> Class {
    let mut highest = Class::Public;
    response.each_of_response(&mut |part| {
        let Part::Field(field) = part else { return true };
        let kept = field.policy().is_shown();
        if kept {
            highest = highest.max(field.class());
        }
        kept
    });
    highest
}

/// Returns the path template as the developer wrote it.
fn template(work: &Work) -> String {
    let Work::Http(route) = work else { return String::new() };
    route.path.iter().fold(String::new(), |mut path, part| {
        match part {
            PathPart::Literal(text) => path.push_str(text),
            PathPart::Field(name) => {
                path.push('{');
                path.push_str(name);
                path.push('}');
            }
        }
        path
    })
}
