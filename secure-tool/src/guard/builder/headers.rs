//! Checks the headers of a tool's requests: none may be written by the transport or by an API.
//!
//! The derive rejects the same headers (ST0103). This check covers specs without a derive, so that
//! no argument can become a credential.

use crate::error::Error;
use crate::signing::CheckedSigner;
use crate::spec::{ApiSpec, Auth, Place, ToolSpec, Work, headers};
use crate::tool::Tool;

pub(super) fn check(spec: &ToolSpec) -> Result<(), Error> {
    let mut own = headers_of(spec);
    match own.find(|name| is_taken(name, spec)) {
        Some(name) => Err(Error::configuration(format!(
            "tool `{}` writes header `{name}`, which the transport or its API writes too, so an argument could replace a credential; use another header",
            spec.name
        ))),
        None => Ok(()),
    }
}

/// Returns the headers that a tool writes.
fn headers_of(spec: &ToolSpec) -> impl Iterator<Item = &'static str> {
    let of_arguments = spec.arguments.arguments().filter_map(|field| match field.policy().place {
        Place::Header(name) => Some(name),
        _ => None,
    });
    let of_route = match spec.work {
        Work::Http(route) => route.headers,
        Work::Handler => &[],
    };
    of_arguments.chain(of_route.iter().map(|(name, _)| *name)).chain(spec.idempotency_key)
}

/// Rejects a signer that writes a header of the transport, of its API or of a tool of the API.
/// `authorization` is the signer's where the API's credential is not sent there.
pub(super) fn check_signer(
    api: &ApiSpec,
    tools: &[Tool],
    signer: &CheckedSigner,
) -> Result<(), Error> {
    let own = tools.iter().filter(|tool| tool.spec.apis.iter().any(|other| other.name == api.name));
    let of_tools: Vec<&str> = own.flat_map(|tool| headers_of(tool.spec)).collect();
    let sends_authorization = matches!(api.auth, Auth::Bearer { .. } | Auth::OAuth2 { .. });
    let is_taken = |name: &str| {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        let is_of_transport = headers::is_one_of(&headers::OF_TRANSPORT, name)
            && (sends_authorization || !is("authorization"));
        is_of_transport || api.adds(name) || of_tools.iter().any(|header| is(header))
    };
    match signer.headers().find(|name| is_taken(name)) {
        Some(name) => Err(Error::configuration(format!(
            "the signer `{}` of API `{}` writes header `{name}`, which the transport, the API or a tool writes too, so one would replace the other; use another header",
            signer.scheme(),
            api.name
        ))),
        None => Ok(()),
    }
}

fn is_taken(name: &str, spec: &ToolSpec) -> bool {
    headers::is_one_of(&headers::OF_TRANSPORT, name) || spec.apis.iter().any(|api| api.adds(name))
}
