//! Answers without end.
//!
//! Oracle: there is no answer, and the API got rid of no more than the cap and what sockets hold.
//! Twin: without `BodyCap`, for an answer that is a little longer than the cap; one without end has
//! none.

use secure_tool::spec::Protection;

use crate::attack::probe::{Look, Plan, Planned, Probe, Sample, Vary};
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
        let mut text = sample.answer.to_string();
        let padding = cap.saturating_sub(text.len()) + 1;
        text.push_str(&" ".repeat(padding));
        Some(Attempt::new(sample.arguments.to_string(), &sample.answer).answering(text))
    };
    let answered =
        |look: Look<'_>| look.seen.outcome.answer().map(|_| "all of it was read".to_owned());
    let endless = |sample: &Sample| {
        let attempt = Attempt::new(sample.arguments.to_string(), &sample.answer);
        Some(Attempt {
            answer: Response::huge(),
            answered: "\"aaaa… without end".into(),
            ..attempt
        })
    };
    let most = cap as u64 + IN_BUFFERS;
    let bounded = move |look: Look<'_>| {
        let too_much =
            (look.seen.sent > most).then(|| format!("{} bytes were read", look.seen.sent));
        too_much.or_else(|| answered(look))
    };
    let whole = || Vary::Response(Vec::new());
    Ok(Plan {
        probes: vec![
            Probe::new(
                "",
                "a sound answer, one byte longer than the cap",
                whole(),
                longer,
                answered,
            )
            .large()
            .cases(1)
            .falls_without(&[Protection::BodyCap]),
            Probe::new(
                "",
                "an answer without end (it fills the memory)",
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
