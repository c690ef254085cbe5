//! The domains of URLs in a tool's arguments: a spec in, its domains or an error out.

use secure_tool_text::host_name::host_flaw;

use crate::__private::check;
use crate::error::Error;
use crate::spec::{Part, Shape, ToolSpec};
use crate::transport::Fetcher;
use crate::value::is_web_url;

/// Returns the allowed domains of URLs in the arguments, sorted.
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

/// Returns the hosts from which a handler fetches: each domain and its subdomains.
pub(super) fn fetched(fetcher: Option<&Fetcher>) -> impl Iterator<Item = String> {
    fetcher
        .into_iter()
        .flat_map(Fetcher::domains)
        .flat_map(|domain| [(*domain).to_owned(), format!("*.{domain}")])
}

/// Checks what the compiler can't: URLs behind recursive edges, specs without a derive, and whether
/// the `xn--` form of a domain is the one that the transport uses.
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
