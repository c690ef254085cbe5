//! Stage 11: turns an inspected response into text that the model may read.
//!
//! Hidden characters are removed and counted. Links are defanged where declared, or in flagged
//! texts. Untrusted text is enclosed in unpredictable delimiters. Handles become numbers. Taint,
//! trusted values and handles are stored in the session before the text is returned.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use secure_tool_text::defang::{self, Allowlist, defang_counted};
use secure_tool_text::hidden::{self, Counts};
use secure_tool_text::internal::Marks;
use secure_tool_text::needles::Needles;

use crate::audit::Finding;
use crate::conversation::State;
use crate::json::escape_into;
use crate::outcome::{Answer, Untrusted};
use crate::policy::Agent;
use crate::redaction::Distinct;
use crate::refusal::Rule;
use crate::scrub::SCRUBBED;
use crate::spec::{Class, Kind, Links, Protection, Spotlighting, ToolSpec};

use super::call::Stop;
use super::draft::{Draft, LONGEST_CLOSED, Text, Trust, write_json};
use super::free_text::FreeText;
use super::inspect::Inspected;
use super::sent::Sent;

/// Proof that the response is safe for the model. Only `neutralise` creates it.
#[derive(Debug)]
pub struct Neutral<'c>((Sent<'c>, Answer));

impl Neutral<'_> {
    /// Records the outcome and returns the response.
    pub(super) fn into_answer(self) -> Result<Answer, Stop> {
        let (sent, answer) = self.0;
        sent.complete().map(|()| answer)
    }
}

/// Cleans and delimits the texts, and records the session's new state.
///
/// # Errors
///
/// Returns a refusal by a rule of [`Stage::Neutralise`](crate::Stage::Neutralise).
pub fn neutralise(inspected: Inspected<'_>) -> Result<Neutral<'_>, Stop> {
    let (mut call, draft) = inspected.open();
    let Some(nonce) = crate::keys::nonce::<8>() else {
        return Err(call.refuse(Rule::NoNonce, ""));
    };
    let api = call.api();
    let mut writer = Writer {
        out: String::with_capacity(
            draft.skeleton.len() + draft.arena.len() + draft.texts.len() * 2,
        ),
        untrusted: Vec::new(),
        counts: draft.hidden,
        clean: call.spec().enforces(Protection::Cleaning) && !hidden::is_plain(&draft.arena),
        scrub: call.spec().enforces(Protection::Scrubbing),
        needles: call.engine().scrubber.needles(),
        free_text: call.spec().enforces(Protection::Entities).then(|| call.free_text()),
        redactions: BTreeMap::new(),
        links: call.engine().links.clone(),
        defanged: defang::Counts::default(),
        keys: Distinct::default(),
        spec: call.spec(),
        api,
    };
    let written = {
        let mut state = call.conversation.state();
        let written = writer
            .write(&draft, &mut state)
            .filter(|()| remember(&draft, call.conversation.agent(), &mut state));
        state.read_untrusted |= !writer.untrusted.is_empty();
        state.read_private |= draft.class > Some(Class::Public);
        written
    };
    if written.is_none() {
        return Err(call.refuse(Rule::SessionFull, ""));
    }
    for (what, count) in writer.redactions {
        *call.trace.record.redactions.entry(what).or_default() += count;
    }
    call.trace
        .record
        .findings
        .extend(writer.counts.found().map(|(kind, count)| Finding::new(kind.id(), count)));
    call.trace
        .record
        .findings
        .extend(writer.defanged.found().map(|(id, count)| Finding::new(id, count)));
    let marks = call.spec().enforces(Protection::Marking).then(|| {
        let datamarks = writer.untrusted.iter().any(|text| text.form == Spotlighting::Datamarking);
        let (marks, taken) = Marks::new(nonce, &writer.out, datamarks);
        if datamarks {
            call.conversation.state().marks.insert(marks.mark());
        }
        if taken > 0 {
            call.trace
                .record
                .findings
                .push(Finding::new("hidden.mark", u32::try_from(taken).unwrap_or(u32::MAX)));
        }
        marks
    });
    let notes = draft.cuts.line().into_iter().collect();
    let answer =
        Answer::new(writer.out, writer.untrusted, marks, call.trace.record.findings.clone())
            .with_notes(notes);
    Ok(Neutral((call, answer)))
}

/// Remembers values that the model sees but the readers of its answer may not see. Returns false if
/// the session is full.
fn remember(draft: &Draft, agent: &Agent, state: &mut State) -> bool {
    let mut above = draft.shown().filter(|(class, _)| !agent.readers_see(*class));
    above.all(|(class, value)| state.confidential.remember(class, value))
}

/// The maximum size of one remembered value, in bytes. A longer trusted value is not a source for
/// arguments.
const LONGEST_REMEMBERED: usize = 512;

struct Writer<'g> {
    out: String,
    /// The ranges of untrusted texts in `out`, without their quotes.
    untrusted: Vec<Untrusted>,
    counts: Counts,
    /// Whether any text needs cleaning.
    clean: bool,
    scrub: bool,
    needles: Arc<Needles>,
    free_text: Option<FreeText<'g>>,
    /// The numbers of values removed from cleaned texts, by redaction.
    redactions: BTreeMap<&'static str, u32>,
    /// The allowed hosts of links.
    links: Allowlist,
    defanged: defang::Counts,
    /// Keys with defanged links, kept distinct.
    keys: Distinct,
    spec: &'static ToolSpec,
    api: &'static str,
}

impl Writer<'_> {
    /// Writes skeleton and texts in turn. Returns `None` if the session is full.
    fn write(&mut self, draft: &Draft, state: &mut State) -> Option<()> {
        let mut from = 0;
        let mut flagged = draft.flagged.iter().peekable();
        for (index, text) in (0_u32..).zip(&draft.texts) {
            self.out.push_str(draft.skeleton.get(from..text.at()).unwrap_or_default());
            from = text.at();
            let (value, is_flagged) = (
                draft.arena.get(text.range()).unwrap_or_default(),
                flagged.next_if_eq(&&index).is_some(),
            );
            let links = self.spec.links_in(text.field, is_flagged);
            let is_key = draft.skeleton.as_bytes().get(from) == Some(&b':');
            self.text(text, value, (links, is_key), state)?;
        }
        self.out.push_str(draft.skeleton.get(from..).unwrap_or_default());
        Some(())
    }

    /// Writes one text. `links` is the treatment of its links; `is_key` is true for a key of a map.
    fn text(
        &mut self,
        text: &Text,
        value: &str,
        (links, is_key): (Links, bool),
        state: &mut State,
    ) -> Option<()> {
        match (text.trust, text.named) {
            (Trust::Handle, Some(_)) if value.len() > LONGEST_REMEMBERED => return None,
            (Trust::Handle, Some(named)) => {
                // The value is written where its number will be, and then removed again.
                let start = self.out.len();
                write_json(&mut self.out, value, text.is_bare());
                let number = state.number(
                    self.api,
                    named.kind.name(),
                    self.out.get(start..).unwrap_or_default(),
                );
                self.out.truncate(start);
                self.out.push('"');
                escape_into(&mut self.out, named.name);
                let _ = write!(self.out, "#{}\"", number?);
                return Some(());
            }
            (Trust::Trusted, named) => {
                let canonical = named.and_then(|named| named.canonical);
                let known = canonical.map_or(value.into(), |canonical| canonical(value));
                if known.len() <= LONGEST_REMEMBERED
                    && !state.trust(self.api, Kind::of(named, text.field.name()).name(), &known)
                {
                    return None;
                }
            }
            _ => {}
        }
        if text.is_bare() {
            self.out.push_str(value);
            return Some(());
        }
        let value =
            match if self.clean { hidden::clean(value, &mut self.counts) } else { value.into() } {
                // Removing hidden characters can uncover a secret or personal data.
                Cow::Owned(cleaned) => Cow::Owned(self.rescrub(text, cleaned)),
                Cow::Borrowed(value) => Cow::Borrowed(value),
            };
        let is_trusted = matches!(text.trust, Trust::Trusted | Trust::Replacement);
        let value = if links == Links::Defang && !is_trusted {
            self.defang(text, value, is_key)
        } else {
            value
        };
        self.out.push('"');
        let start = self.out.len();
        escape_into(&mut self.out, &value);
        let end = self.out.len();
        self.out.push('"');
        let closed = text.closed && value.len() <= LONGEST_CLOSED;
        if !closed && !value.is_empty() && !is_trusted {
            self.untrusted
                .push(Untrusted::new(&(start..end), self.spec.spotlighting_of(text.field)));
        }
        Some(())
    }

    /// Returns a cleaned text with links outside of the allowlist defanged. Defanging can uncover
    /// encoded letters in a URL, so the text is scrubbed and defanged again.
    fn defang<'a>(&mut self, text: &Text, value: Cow<'a, str>, is_key: bool) -> Cow<'a, str> {
        let Cow::Owned(inert) = defang_counted(&value, &self.links, &mut self.defanged) else {
            return value;
        };
        let seen = self.rescrub(text, inert);
        let inert = defang_counted(&seen, &self.links, &mut self.defanged).into_owned();
        if is_key { self.keys.distinct(inert).into() } else { inert.into() }
    }

    /// Scrubs a changed text again, for values that were not recognizable before.
    fn rescrub(&mut self, text: &Text, mut cleaned: String) -> String {
        if self.scrub {
            cleaned = self.needles.replace(&cleaned, SCRUBBED).into_owned();
        }
        match self.free_text.as_ref().filter(|_| text.is_free()) {
            Some(search) => search.redact(&cleaned, &mut self.redactions).into_owned(),
            None => cleaned,
        }
    }
}
