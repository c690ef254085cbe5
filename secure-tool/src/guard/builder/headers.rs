//! The headers of a tool's requests: a spec in, an error out if an argument could stand where the
//! transport or the API writes.
//!
//! The derive refuses the same (ST0103). This is for specs that no derive wrote: whatever declared
//! a tool, nothing that a model says becomes a credential.

use crate::error::Error;
use crate::spec::{Auth, Place, ToolSpec, Work};

/// What the transport writes.
const OURS: [&str; 14] = [
    "accept-encoding",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "te",
    "transfer-encoding",
    "upgrade",
];

pub(super) fn check(spec: &ToolSpec) -> Result<(), Error> {
    let of_arguments = spec.arguments.arguments().filter_map(|field| match field.policy().place {
        Place::Header(name) => Some(name),
        _ => None,
    });
    let of_route = match spec.work {
        Work::Http(route) => route.headers,
        Work::Handler => &[],
    };
    let mut own =
        of_arguments.chain(of_route.iter().map(|(name, _)| *name)).chain(spec.idempotency_key);
    match own.find(|name| is_taken(name, spec)) {
        Some(name) => Err(Error::configuration(format!(
            "tool `{}` writes header `{name}`, which is the transport's or its API's: what a model says could stand in the place of a credential",
            spec.name
        ))),
        None => Ok(()),
    }
}

fn is_taken(name: &str, spec: &ToolSpec) -> bool {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    let of_apis = spec.apis.iter().any(|api| {
        matches!(api.auth, Auth::Header { header, .. } if is(header))
            || api.headers.iter().any(|(header, _)| is(header))
    });
    of_apis || OURS.into_iter().any(is)
}
