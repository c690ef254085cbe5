//! Answers without end.
//!
//! Oracle: there is no response, and the API got rid of no more than the cap and what sockets hold.
//! Twin: without `BodyCap`, for a response that is a little longer than the cap; one without end has
//! none.

use secure_tool::spec::Protection;

use crate::attack::probe::{Evidence, Plan, Planned, Probe, Sample, Vary};
use crate::attack::subject::Subject;
use crate::attempt::Attempt;
use crate::hostile::Response;

/// What the buffers between the two ends hold at the most, with room to spare.
const IN_BUFFERS: u64 = 8 << 20;

pub(in crate::attack) fn plan(subject: &Subject) -> Planned {
    if subject.is_handler() {
        return Err(
            "the handler reads the answers of the API, and what it makes of them is its own".into(),
        );
    }
    let cap = subject.spec().limits.response_bytes;
    let longer = move |sample: &Sample| {
        let mut text = sample.response.to_string();
        let padding = cap.saturating_sub(text.len()) + 1;
        text.push_str(&" ".repeat(padding));
        Some(Attempt::new(sample.arguments.to_string(), &sample.response).responding(text))
    };
    let answered = |evidence: Evidence<'_>| {
        evidence.seen.outcome.answer().map(|_| "all of it was read".to_owned())
    };
    let endless = |sample: &Sample| {
        let attempt = Attempt::new(sample.arguments.to_string(), &sample.response);
        Some(Attempt {
            response: Response::huge(),
            response_text: "\"aaaa… without end".into(),
            ..attempt
        })
    };
    let most = cap as u64 + IN_BUFFERS;
    let bounded = move |evidence: Evidence<'_>| {
        let too_much =
            (evidence.seen.sent > most).then(|| format!("{} bytes were read", evidence.seen.sent));
        too_much.or_else(|| answered(evidence))
    };
    let whole = || Vary::Response(Vec::new());
    Ok(Plan {
        probes: vec![
            Probe::new(
                "",
                "a sound response, one byte longer than the cap",
                whole(),
                longer,
                answered,
            )
            .large()
            .cases(1)
            .falls_without(&[Protection::BodyCap]),
            Probe::new(
                "",
                "a response without end (it fills the memory)",
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
