//! Stage 10: a redacted answer in, the same with what detectors found in it noted, and acted upon,
//! out.
//!
//! All untrusted text of an answer is read as one text, once by each detector. What is found is a
//! signal: rule ids, counts, confidence and the declared fields that it stands in go into the
//! record and the answer; never the text. The guard's judge, if it has one, is asked beside them.
//! What is done about it is declared, and done in `act`.

use std::collections::BTreeMap;
use std::ops::Range;

use secure_tool_text::detect::{Confidence, Detector, Report};

use super::act::act;
use super::call::Stop;
use super::draft::{Draft, Text};
use super::joined::Joined;
use super::judged::judged;
use super::redact::Redacted;
use super::sent::Sent;
use crate::audit::Finding;
use crate::refusal::Rule;
use crate::spec::{Protection, RemainingText};

/// Proof that the answer was looked through. Only `inspect` makes one.
#[derive(Debug)]
pub struct Inspected<'c>((Sent<'c>, Draft));

impl<'c> Inspected<'c> {
    /// What it proves something about.
    pub(super) fn open(self) -> (Sent<'c>, Draft) {
        self.0
    }
}

/// Looks through the answer for text that tries to steer a model.
///
/// # Errors
///
/// A refusal by a rule of [`Stage::Inspect`](crate::Stage::Inspect).
pub async fn inspect(redacted: Redacted<'_>) -> Result<Inspected<'_>, Stop> {
    let (mut call, mut draft) = redacted.open();
    if !call.spec().enforces(Protection::Detection) {
        return Ok(Inspected((call, draft)));
    }
    let joined = Joined::of(&draft, is_looked_through);
    let mut reports = scan(&call.engine().detectors, &joined);
    scan_apart(&call.engine().detectors, &draft, &joined, &mut reports);
    let score = reports.iter().map(Report::score).max().unwrap_or_default();
    reports.extend(judged(&mut call, &draft, &joined, score).await);
    let flagged = flagged(&reports, &joined);
    call.trace.record.findings.extend(findings(&reports, &flagged, &joined, &draft));
    draft.flagged = touched(&flagged, &joined);
    if act(&mut call, &mut draft, joined, &flagged).is_err() {
        return Err(call.refuse(Rule::Injection, ""));
    }
    Ok(Inspected((call, draft)))
}

/// Whether detectors read a text.
pub(super) fn is_looked_through(text: &Text) -> bool {
    text.is_open() && !is_blanked(text)
}

/// Whether a redaction has left nothing that could speak: between the halves of an instruction it
/// would only be in the way.
fn is_blanked(text: &Text) -> bool {
    text.redaction().facts().remains != RemainingText::Text
}

/// One report for each detector, so that none can fill the place of another's signals.
pub(super) fn scan(detectors: &[std::sync::Arc<dyn Detector>], joined: &Joined) -> Vec<Report> {
    if joined.text.is_empty() {
        return Vec::new();
    }
    let scanned = |detector: &std::sync::Arc<dyn Detector>| {
        let mut report = Report::new();
        detector.scan(&joined.text, &mut report);
        report
    };
    detectors.iter().map(scanned).collect()
}

/// Among much honest text a detector asks for more before it flags. What it finds most suspicious
/// of several texts is therefore looked at once without the others, so that what is flagged alone
/// is flagged beside them too.
fn scan_apart(
    detectors: &[std::sync::Arc<dyn Detector>],
    draft: &Draft,
    joined: &Joined,
    reports: &mut [Report],
) {
    for (detector, report) in
        detectors.iter().zip(reports).filter(|(_, report)| !report.is_flagged())
    {
        let Some(window) = report.suspect() else { continue };
        let few: Vec<usize> = joined
            .touched(joined.sound(&window))
            .map(|(index, _)| index)
            .take(MOST_APART + 1)
            .collect();
        if few.len() > MOST_APART {
            continue;
        }
        let mut apart = Report::new();
        detector.scan(&Joined::of_these(draft, &few).text, &mut apart);
        if apart.is_flagged() {
            report.raise_over(apart.score(), window);
        }
    }
}

/// Not more texts are looked at without the others.
const MOST_APART: usize = 64;

/// Where in the text there is what has to be acted upon: in order, without overlaps.
#[derive(Debug, Default)]
pub(super) struct Flagged {
    /// What rules are sure of.
    pub(super) spans: Vec<Range<usize>>,
    /// Where it is somewhere, and other text may be beside it.
    pub(super) windows: Vec<Range<usize>>,
}

impl Flagged {
    pub(super) fn is_empty(&self) -> bool {
        self.spans.is_empty() && self.windows.is_empty()
    }
}

/// What reports flag. What is told narrowly goes before what is told widely: if the rest is flagged
/// without it, it will be seen.
pub(super) fn flagged(reports: &[Report], joined: &Joined) -> Flagged {
    let mut flagged = Flagged::default();
    for report in reports.iter().filter(|report| report.is_flagged()) {
        let window = report.window();
        let strong = || {
            report
                .signals()
                .iter()
                .filter(|signal| signal.confidence == Confidence::Strong)
                .map(|signal| &signal.span)
        };
        let holds_another = |span: &Range<usize>| {
            strong()
                .any(|other| other != span && span.start <= other.start && other.end <= span.end)
        };
        let narrow: Vec<_> = strong()
            .filter(|span| window.as_ref() != Some(*span) && !holds_another(span))
            .collect();
        if report.dropped() > 0 || narrow.is_empty() && window.is_none() {
            // A detector that does not say where, or not of all, means all of it.
            flagged.windows.push(0..joined.text.len());
        } else if narrow.is_empty() {
            flagged.windows.extend(window.map(|window| joined.sound(&window)));
        } else {
            flagged.spans.extend(narrow.into_iter().map(|span| joined.sound(span)));
        }
    }
    Flagged { spans: merged(flagged.spans), windows: merged(flagged.windows) }
}

/// The texts of the draft that something flagged stands in, in order, each once.
fn touched(flagged: &Flagged, joined: &Joined) -> Vec<u32> {
    let spans = merged([flagged.spans.as_slice(), flagged.windows.as_slice()].concat());
    let mut touched: Vec<u32> = Vec::new();
    for (index, _) in spans.into_iter().flat_map(|span| joined.touched(span)) {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        if touched.last() != Some(&index) {
            touched.push(index);
        }
    }
    touched
}

/// What the reports say, by rule. It holds nothing of the text.
fn findings(reports: &[Report], flagged: &Flagged, joined: &Joined, draft: &Draft) -> Vec<Finding> {
    let mut rules: BTreeMap<&'static str, (Confidence, Vec<Range<usize>>)> = BTreeMap::new();
    for signal in reports.iter().flat_map(Report::signals) {
        let (confidence, spans) =
            rules.entry(signal.rule).or_insert((signal.confidence, Vec::new()));
        *confidence = signal.confidence.max(*confidence);
        spans.push(joined.sound(&signal.span));
    }
    let found = rules.into_iter().map(|(id, (confidence, spans))| Finding {
        confidence: Some(confidence),
        fields: fields(&merged(spans.clone()), joined, draft),
        ..Finding::new(id, count(spans.len()))
    });
    let dropped = reports.iter().map(Report::dropped).sum();
    let dropped = (dropped > 0).then(|| Finding::new("scan.dropped", count(dropped)));
    let flagged = (!flagged.is_empty()).then(|| Finding {
        confidence: Some(Confidence::Strong),
        fields: fields(
            &merged([flagged.spans.as_slice(), flagged.windows.as_slice()].concat()),
            joined,
            draft,
        ),
        ..Finding::new("scan.flagged", count(flagged.spans.len() + flagged.windows.len()))
    });
    flagged.into_iter().chain(found).chain(dropped).collect()
}

/// The names of the declared fields that spans, in order and without overlaps, stand in.
fn fields(spans: &[Range<usize>], joined: &Joined, draft: &Draft) -> Vec<&'static str> {
    let mut names = Vec::new();
    for span in spans {
        for (index, _) in joined.touched(span.clone()) {
            let Some(name) = draft.texts.get(index).map(|text| text.field.name()) else { continue };
            if !name.is_empty() && !names.contains(&name) {
                names.push(name);
            }
            if names.len() == Finding::MOST_FIELDS {
                return names;
            }
        }
    }
    names
}

/// Spans in order and without overlaps, so that to walk over all of them takes no longer than the
/// text is.
pub(super) fn merged(mut spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
    spans.sort_unstable_by_key(|span| span.start);
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut().filter(|last| span.start <= last.end) {
            Some(last) => last.end = last.end.max(span.end),
            None => merged.push(span),
        }
    }
    merged
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
