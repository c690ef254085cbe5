//! URLs that lead to this machine, its network, or an undeclared host.
//!
//! Oracle: no request, no run of the handler (which would fetch the URL), and no DNS lookup of
//! another name. Twin: without `Domains`; for an invalid URL also without `Schema` and
//! `ArgumentLimits`.

use secure_tool::spec::{Place, Protection};
use serde_json::Value;

use crate::attack::probe::{Plan, Planned, Probe, Sample, Vary};
use crate::attack::subject::{Subject, replaced};
use crate::attempt::Attempt;
use crate::oracle;
use crate::payloads::{URLS, UrlPayload};
use crate::strategy::Point;

pub(in crate::attack) fn plan(subject: &Subject) -> Planned {
    let mut plan = Plan::default();
    for point in subject
        .argument_leaves()
        .filter(|point| point.node.named.is_some_and(secure_tool::spec::Named::is_url))
    {
        // The HTTP library rejects other header values even without the protection.
        let is_sendable =
            |text: &str| text.bytes().all(|b| (b' '..=b'~').contains(&b)) && text.trim() == text;
        let in_header = matches!(subject.place(point), Place::Header(_));
        let all = URLS.iter().filter(|url| !in_header || is_sendable(url.payload.text));
        plan.probes.extend(all.map(|url| probe(subject, point, url)));
    }
    if plan.probes.is_empty() { Err("no argument is a URL".into()) } else { Ok(plan) }
}

fn probe(subject: &Subject, point: &Point, url: &'static UrlPayload) -> Probe {
    let (pointer, domains) = (point.pointer.clone(), point.node.argument().domains);
    let make = move |sample: &Sample| {
        let honest = sample.arguments.pointer(&pointer)?.as_str()?;
        let host = honest.strip_prefix("https://")?.split('/').next()?;
        let domain = domains.iter().find(|domain| host.ends_with(**domain))?;
        let text = url.payload.text.replace("{domain}", domain);
        let arguments = replaced(&sample.arguments, &pointer, Value::from(text.as_str()))?;
        Some(Attempt { mark: text, ..Attempt::new(arguments.to_string(), &sample.response) })
    };
    let without = match url.guard {
        Protection::Domains => vec![Protection::Domains],
        other => vec![Protection::Domains, other, Protection::ArgumentLimits],
    };
    Probe::new(
        &point.shown,
        url.payload.described(),
        Vary::Arguments(point.route.clone()),
        make,
        |evidence| oracle::requested(evidence.seen).or_else(|| oracle::looked_up(evidence.seen)),
    )
    .falls_without(&subject.beyond(&without))
}
