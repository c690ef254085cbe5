//! The domains of web addresses in a tool's arguments: a spec in, its domains or what is wrong with
//! them out.

use secure_tool_text::host_name::host_flaw;

use crate::__private::check;
use crate::error::Error;
use crate::spec::{Part, Shape, ToolSpec};
use crate::transport::Fetcher;
use crate::value::is_web_url;

/// The domains that web addresses in the arguments may be of, in order.
pub(super) fn of(spec: &ToolSpec) -> Vec<&'static str> {
    let mut domains = Vec::new();
    spec.arguments.each_argument(&mut |part| {
        if let Part::Field(field) = part {
            domains.extend(field.policy().domains);
        }
        true
    });
    domains.sort_unstable();
    domains.dedup();
    domains
}

/// The hosts that a handler fetches from: each domain, and all below it.
pub(super) fn fetched(fetcher: Option<&Fetcher>) -> impl Iterator<Item = String> {
    fetcher
        .into_iter()
        .flat_map(Fetcher::domains)
        .flat_map(|domain| [(*domain).to_owned(), format!("*.{domain}")])
}

/// What the compiler can't see: addresses behind the edges of types that contain themselves, specs
/// that no derive wrote, and whether a domain in another script is written as the transport writes
/// it.
pub(super) fn check(spec: &ToolSpec) -> Result<(), Error> {
    let mut wrong = None;
    spec.arguments.each_argument(&mut |part| {
        if let Part::Field(field) = part {
            let shape = match field.shape() {
                Shape::Recursive(edge) => edge(),
                shape => shape,
            };
            if !check::has_domains(field, shape) {
                wrong = Some(format!(
                    "argument `{}` is a web address, or holds one, and names no domains",
                    field.name()
                ));
            }
            let is_none = |domain: &&&str| {
                host_flaw(domain).is_some() || !is_web_url(&format!("https://{domain}/"))
            };
            if let Some(domain) = field.policy().domains.iter().find(is_none) {
                wrong = Some(format!(
                    "`{domain}`, of argument `{}`, is no domain in ASCII and lower case",
                    field.name()
                ));
            }
        }
        true
    });
    wrong
        .map_or(Ok(()), |wrong| Err(Error::configuration(format!("tool `{}`: {wrong}", spec.name))))
}
