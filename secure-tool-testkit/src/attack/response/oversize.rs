//! Responses over the size cap, and endless responses.
//!
//! Oracle: no successful outcome, and the API wrote no more bytes than the cap and the socket
//! buffers. Twin: without `BodyCap` for a response slightly over the cap. The endless response has
//! no twin.

use secure_tool::spec::Protection;

use crate::attack::probe::{Evidence, Plan, Planned, Probe, Sample, Vary};
use crate::attack::subject::Subject;
use crate::attempt::Attempt;
use crate::hostile::Response;

/// An upper bound of the socket and TLS buffers between both ends, in bytes.
const IN_BUFFERS: u64 = 8 << 20;

pub(in crate::attack) fn plan(subject: &Subject) -> Planned {
    if subject.is_handler() {
        return Err("the handler reads the responses of its APIs itself".into());
    }
    let cap = subject.spec().limits.response_bytes;
    let longer = move |sample: &Sample| {
        let mut text = sample.response.to_string();
        let padding = cap.saturating_sub(text.len()) + 1;
        text.push_str(&" ".repeat(padding));
        Some(Attempt::new(sample.arguments.to_string(), &sample.response).responding(text))
    };
    let accepted = |evidence: Evidence<'_>| {
        evidence.seen.outcome.answer().map(|_| "the whole response was read".to_owned())
    };
    let endless = |sample: &Sample| {
        let attempt = Attempt::new(sample.arguments.to_string(), &sample.response);
        Some(Attempt {
            response: Response::huge(),
            response_text: "\"aaaa… (endless)".into(),
            ..attempt
        })
    };
    let most = cap as u64 + IN_BUFFERS;
    let bounded = move |evidence: Evidence<'_>| {
        let too_much =
            (evidence.seen.sent > most).then(|| format!("{} bytes were read", evidence.seen.sent));
        too_much.or_else(|| accepted(evidence))
    };
    let whole = || Vary::Response(Vec::new());
    Ok(Plan {
        probes: vec![
            Probe::new("", "a valid response, one byte over the cap", whole(), longer, accepted)
                .large()
                .cases(1)
                .falls_without(&[Protection::BodyCap]),
            Probe::new(
                "",
                "an endless response (it exhausts the memory)",
                whole(),
                endless,
                bounded,
            )
            .large()
            .cases(1)
            .endless(),
        ],
        notes: Vec::new(),
    })
}
