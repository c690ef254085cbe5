//! Web addresses that lead to this machine, to its network, or to a host that nobody declared.
//!
//! Oracle: no request and no run of the handler, which would fetch it, and no look-up of another
//! name. Twin: without `Domains`, and of what is no sound address also without `Schema` and
//! `ArgumentLimits`.

use secure_tool::spec::{Place, Protection};
use serde_json::Value;

use crate::attack::probe::{Plan, Planned, Probe, Sample, Vary};
use crate::attack::subject::{Subject, replaced};
use crate::attempt::Attempt;
use crate::oracle;
use crate::payloads::{ADDRESSES, Address};
use crate::strategy::Point;

pub(in crate::attack) fn plan(subject: &Subject) -> Planned {
    let mut plan = Plan::default();
    for point in subject
        .argument_leaves()
        .filter(|point| point.node.named.is_some_and(|named| named.is_url()))
    {
        // A header that no library writes reaches nobody, protected or not.
        let is_sendable =
            |text: &str| text.bytes().all(|b| (b' '..=b'~').contains(&b)) && text.trim() == text;
        let in_header = matches!(subject.place(point), Place::Header(_));
        let all =
            ADDRESSES.iter().filter(|address| !in_header || is_sendable(address.payload.text));
        plan.probes.extend(all.map(|address| probe(subject, point, address)));
    }
    if plan.probes.is_empty() { Err("no argument is a web address".into()) } else { Ok(plan) }
}

fn probe(subject: &Subject, point: &Point, address: &'static Address) -> Probe {
    let (pointer, domains) = (point.pointer.clone(), point.node.argument().domains);
    let make = move |sample: &Sample| {
        let honest = sample.arguments.pointer(&pointer)?.as_str()?;
        let host = honest.strip_prefix("https://")?.split('/').next()?;
        let domain = domains.iter().find(|domain| host.ends_with(**domain))?;
        let text = address.payload.text.replace("{domain}", domain);
        let arguments = replaced(&sample.arguments, &pointer, Value::from(text.as_str()))?;
        Some(Attempt { mark: text, ..Attempt::new(arguments.to_string(), &sample.answer) })
    };
    let without = match address.guard {
        Protection::Domains => vec![Protection::Domains],
        other => vec![Protection::Domains, other, Protection::ArgumentLimits],
    };
    Probe::new(
        &point.shown,
        address.payload.described(),
        Vary::Arguments(point.route.clone()),
        make,
        |look| oracle::requested(look.seen).or_else(|| oracle::looked_up(look.seen)),
    )
    .falls_without(&subject.beyond(&without))
}
