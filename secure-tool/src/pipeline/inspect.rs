//! Stage 10: scans a redacted response for prompt injection, records the findings, and acts on
//! them.
//!
//! Each detector scans all untrusted text of a response once, as one text. The audit record and the
//! response contain rule IDs, counts, confidence and the declared fields of the findings, never the
//! text. The guard's judge, if it has one, classifies the same text. The declared action is taken
//! in `act`.

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

/// Proof that the response was scanned. Only `inspect` creates it.
#[derive(Debug)]
pub struct Inspected<'c>((Sent<'c>, Draft));

impl<'c> Inspected<'c> {
    /// The call.
    pub(super) fn open(self) -> (Sent<'c>, Draft) {
        self.0
    }
}

/// Scans the response for prompt injection.
///
/// # Errors
///
/// Returns a refusal by a rule of [`Stage::Inspect`](crate::Stage::Inspect).
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

/// Returns whether detectors scan a text.
pub(super) fn is_looked_through(text: &Text) -> bool {
    text.is_open() && !is_blanked(text)
}

/// Returns whether redaction left too little for an instruction. Such a text would only separate
/// the two halves of an instruction.
fn is_blanked(text: &Text) -> bool {
    text.redaction().facts().remains != RemainingText::Text
}

/// Returns one report per detector, so that one detector's signals can't displace another's.
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

/// Scans the most suspicious texts again without the others. The threshold of a detector rises with
/// the amount of benign text, so surrounding text could hide a finding.
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

/// The maximum number of texts scanned without the others.
const MOST_APART: usize = 64;

/// The flagged places in the text, in order and without overlaps.
#[derive(Debug, Default)]
pub(super) struct Flagged {
    /// Exact spans from rules.
    pub(super) spans: Vec<Range<usize>>,
    /// Windows that contain a finding, possibly with other text.
    pub(super) windows: Vec<Range<usize>>,
}

impl Flagged {
    pub(super) fn is_empty(&self) -> bool {
        self.spans.is_empty() && self.windows.is_empty()
    }
}

/// Returns what the reports flag. Exact spans are acted on first. If the rest is flagged without
/// them, a later scan finds it.
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
            // A detector that reports no place, or not every place, flags the whole text.
            flagged.windows.push(0..joined.text.len());
        } else if narrow.is_empty() {
            flagged.windows.extend(window.map(|window| joined.sound(&window)));
        } else {
            flagged.spans.extend(narrow.into_iter().map(|span| joined.sound(span)));
        }
    }
    Flagged { spans: merged(flagged.spans), windows: merged(flagged.windows) }
}

/// Returns the indexes of the flagged texts, in order and without duplicates.
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

/// Returns the findings by rule, without any of the text.
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

/// Returns the names of the declared fields that contain the spans. The spans are in order and
/// without overlaps.
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

/// Returns the spans in order and without overlaps, so that walking them takes at most the length
/// of the text.
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
