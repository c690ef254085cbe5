//! Start-up checks of a builder: tools that conflict with each other, with their connections or
//! with the guard.

use std::collections::BTreeMap;

use super::{Builder, domains, headers};
use crate::__private::check;
use crate::error::Error;
use crate::quota::{CALL, COST};
use crate::spec::{ApiSpec, Auth, Integrity, Part, Shape, ToolSpec, Trifecta};
use crate::tool::Tool;

/// The maximum response size of a tool, in bytes, because positions in a response have 32 bits.
const MOST_RESPONSE: usize = 1 << 30;

impl Builder {
    /// Checks the rules of a set, for tools that were added at run time.
    pub(super) fn check_tools(&self) -> Result<(), Error> {
        if self.tools.is_empty() {
            return Err(Error::configuration("the guard has no tools; add a toolset"));
        }
        for (at, tool) in self.tools.iter().enumerate() {
            let spec = tool.spec;
            let alike = |other: &&Tool| {
                other.spec.name.bytes().map(check::folded).eq(spec.name.bytes().map(check::folded))
            };
            if let Some(other) = self.tools.iter().skip(at + 1).find(alike) {
                let what = if other.spec.name == spec.name {
                    "two tools have one name, or one was added twice"
                } else {
                    "look alike"
                };
                return Err(Error::configuration(format!(
                    "tools `{}` and `{}`: {what}; rename one",
                    spec.name, other.spec.name
                )));
            }
            if !spec.removed.is_none() && self.unprotected.is_none() {
                return Err(Error::configuration(format!(
                    "tool `{}` has protections removed; for a test, call `.dangerously_accept_unprotected_tools(\"…\")`",
                    spec.name
                )));
            }
            if let Some(api) = spec
                .apis
                .iter()
                .find(|api| !spec.scopes.iter().any(|scope| api.scopes.contains(scope)))
            {
                return Err(Error::configuration(format!(
                    "tool `{}` reaches API `{}` without a scope of it, so no grant would limit it; add one to `scopes(…)`",
                    spec.name, api.name
                )));
            }
            check_shapes(spec)?;
            headers::check(spec)?;
            if spec.limits.response_bytes > MOST_RESPONSE {
                return Err(Error::configuration(format!(
                    "tool `{}` accepts responses of more than 1 GiB; lower `response_bytes`",
                    spec.name
                )));
            }
            let longest = spec.limits.response_bytes;
            if longest.saturating_mul(COST).saturating_add(CALL) > self.memory {
                return Err(Error::configuration(format!(
                    "tool `{}` accepts responses of {longest} bytes, and one can exceed the guard's memory budget of {} bytes; raise `.memory(…)` or lower `response_bytes`",
                    spec.name, self.memory
                )));
            }
            if (spec.effect.changes() || spec.egress) && self.audit.is_none() {
                return Err(Error::configuration(format!(
                    "tool `{}` has effects, and the guard has no audit to record them; add one: `.audit(JsonlAudit::open(\"audit.jsonl\")?)`",
                    spec.name
                )));
            }
        }
        if self.audit.is_none() && self.unaudited.is_none() {
            return Err(Error::configuration(
                "the guard has no audit; add one: `.audit(JsonlAudit::open(\"audit.jsonl\")?)`",
            ));
        }
        let specs = || self.tools.iter().map(|tool| tool.spec);
        let trifecta = specs().any(|spec| anywhere(spec.response, check::holds_untrusted))
            && specs().any(|spec| anywhere(spec.response, check::holds_private))
            && specs().any(check::carries_out);
        if trifecta && self.trifecta == Trifecta::Absent {
            return Err(Error::configuration(
                "the tools together read untrusted text, read private data and send data out, so an injected text could leak private data; put them into a toolset with `trifecta = confirm` or `trifecta = deny`",
            ));
        }
        Ok(())
    }

    /// Returns the APIs of all tools by name. A name belongs to one API.
    pub(super) fn apis(&self) -> Result<BTreeMap<&'static str, &'static ApiSpec>, Error> {
        let mut apis: BTreeMap<&'static str, &'static ApiSpec> = BTreeMap::new();
        for api in self.tools.iter().flat_map(|tool| tool.spec.apis) {
            let differs = |other: &ApiSpec| {
                serde_json::to_string(other).ok() != serde_json::to_string(api).ok()
            };
            if apis.insert(api.name, api).is_some_and(differs) {
                return Err(Error::configuration(format!(
                    "two APIs have the name `{}`; rename one",
                    api.name
                )));
            }
        }
        Ok(apis)
    }

    /// Rejects a connection for an API that no tool uses, because it would have no effect.
    pub(super) fn check_connections(
        &self,
        apis: &BTreeMap<&'static str, &'static ApiSpec>,
    ) -> Result<(), Error> {
        if let Some(name) = self.connections.keys().find(|name| !apis.contains_key(*name)) {
            return Err(Error::configuration(format!(
                "the connection for API `{name}` has no effect, because no tool reaches this API; remove it or add the tool"
            )));
        }
        let has_endpoint =
            |name: &str| apis.get(name).is_some_and(|api| matches!(api.auth, Auth::OAuth2 { .. }));
        match self.token_connections.keys().find(|name| !has_endpoint(name)) {
            Some(name) => Err(Error::configuration(format!(
                "the connection for the token endpoint of API `{name}` has no effect, because this API has none; remove it"
            ))),
            None => Ok(()),
        }
    }
}

/// Returns whether a condition is true for a shape or for a shape behind one of its recursive
/// edges.
fn anywhere(shape: &'static Shape, holds: fn(&Shape) -> bool) -> bool {
    let mut found = holds(shape);
    shape.each_of_response(&mut |part| {
        if let Part::Shape(Shape::Recursive(edge)) = part {
            found |= holds(edge());
        }
        true
    });
    found
}

/// Checks the rules on shapes that constants can't check: behind recursive edges, and between the
/// fields of a record.
fn check_shapes(spec: &ToolSpec) -> Result<(), Error> {
    let wrong = |what: String| Error::configuration(format!("tool `{}`: {what}", spec.name));
    let (mut undeclared, mut unbounded) = (None, None);
    let mut note = |name: &'static str, is_declared: bool| {
        if !is_declared {
            undeclared = Some(name);
        }
    };
    spec.arguments.each_argument(&mut |part| {
        if let Part::Field(field) = part {
            note(field.name(), field.is_declared());
        }
        true
    });
    spec.response.each_of_response(&mut |part| {
        if let Part::Field(field) = part {
            note(field.name(), field.is_declared());
        }
        true
    });
    if let Some(name) = undeclared {
        return Err(wrong(format!("field `{name}` has no policy in the direction of its use")));
    }
    spec.arguments.each_argument(&mut |part| {
        if let Part::Field(field) = part
            && let Shape::Recursive(edge) = field.shape()
            && !check::is_bounded(field, edge())
        {
            unbounded = Some(field.name());
        }
        true
    });
    if let Some(name) = unbounded {
        return Err(wrong(format!(
            "argument `{name}` has no bound behind the edge where its type contains itself"
        )));
    }
    domains::check(spec)?;
    let mut author = None;
    spec.response.each_of_response(&mut |part| {
        if let Part::Shape(Shape::Record(record)) = part {
            let names =
                record.response_fields().filter_map(|field| match field.policy().integrity {
                    Integrity::TrustedIf { field } => Some(field),
                    _ => None,
                });
            for name in names {
                if !record
                    .fields
                    .iter()
                    .any(|field| field.name == name && field.shape.facts().own.is_scalar)
                {
                    author = Some(name);
                }
            }
        }
        true
    });
    author.map_or(Ok(()), |name| {
        Err(wrong(format!(
            "`trusted(if {name} = principal)` needs `{name}` to be one text: what is inside another value anyone may have written"
        )))
    })
}
