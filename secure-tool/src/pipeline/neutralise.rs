//! Stage 10: a redacted answer in, a text that the model may read out.
//!
//! Hidden characters are gone and counted; untrusted text stands between markers that nobody could have foreseen; handles are numbers. Taint, trusted values and
//! handles are in the session before the text leaves.

use std::borrow::Cow;
use std::sync::Arc;

use crate::audit::Finding;
use crate::detect::hidden::{self, Counts};
use crate::detect::secrets::Needles;
use crate::json::{escape_into, quote_into};
use crate::marking::Marks;
use crate::outcome::Answer;
use crate::policy::Agent;
use crate::refusal::Rule;
use crate::session::State;
use crate::spec::{Class, Protection};

use super::call::{Call, Stop, kind_of};
use super::draft::{Draft, Standing, Text, as_value};
use super::redact::Redacted;

/// Proof that the answer is harmless to read. Only `neutralise` makes one.
#[derive(Debug)]
pub struct Neutral<'c>((Call<'c>, Answer));

impl Neutral<'_> {
    /// Records the outcome and gives the answer out.
    pub(super) fn into_answer(self) -> Result<Answer, Stop> {
        let (mut call, answer) = self.0;
        match call.trace.end("answered") {
            Ok(()) => Ok(answer),
            Err(rule) => Err(Stop::Refused(crate::refusal::Refusal { rule, flaws: Vec::new() })),
        }
    }
}

/// Cleans, marks and records.
///
/// # Errors
///
/// A refusal by a rule of [`Stage::Neutralise`](crate::Stage::Neutralise).
pub fn neutralise(redacted: Redacted<'_>) -> Result<Neutral<'_>, Stop> {
    let (mut call, draft) = redacted.open();
    let Some(nonce) = crate::keys::nonce::<8>() else {
        let rule = if call.has_effect() { Rule::EffectMade } else { Rule::NoNonce };
        return Err(call.refuse(rule));
    };
    // What a handler of several APIs puts together is of none of them: it grounds nothing anywhere.
    let api = match call.spec().apis {
        [api] => api.name,
        _ => "",
    };
    let mut writer = Writer {
        out: String::with_capacity(draft.skeleton.len() + draft.arena.len() + draft.texts.len() * 2),
        untrusted: Vec::new(),
        counts: Counts::default(),
        clean: call.spec().enforces(Protection::Cleaning) && !hidden::is_plain(&draft.arena),
        scrub: call.spec().enforces(Protection::Scrubbing),
        needles: call.guard().scrubber.needles(),
        api,
    };
    let written = {
        let mut state = call.session.state();
        let written = writer.write(&draft, &mut state).filter(|()| remember(&draft, call.session.agent(), &mut state));
        state.read_untrusted |= !writer.untrusted.is_empty();
        state.read_private |= draft.class > Some(Class::Public);
        written
    };
    if written.is_none() {
        let rule = if call.has_effect() { Rule::EffectMade } else { Rule::SessionFull };
        return Err(call.refuse(rule));
    }
    call.trace.record.findings = writer.counts.found().map(|(kind, count)| Finding { id: kind.id(), count }).collect();
    let marks = call.spec().enforces(Protection::Marking).then(|| Marks::new(nonce));
    let answer = Answer::new(writer.out, writer.untrusted, marks, call.trace.record.findings.clone());
    Ok(Neutral((call, answer)))
}

/// Remembers what the model is shown and the readers of its answer may not see. False if the session is full.
fn remember(draft: &Draft, agent: &Agent, state: &mut State) -> bool {
    let mut above = draft.shown().filter(|(class, _)| !agent.readers_see(*class));
    above.all(|(class, value)| state.confidential.remember(class, value))
}

/// The most bytes of one value that a session remembers. A longer trusted value grounds nothing.
const LONGEST_REMEMBERED: usize = 512;
/// The most bytes of a text of a closed type that is taken for one: longer ones can hold a sentence without white space.
const LONGEST_CLOSED: usize = 64;

struct Writer {
    out: String,
    /// Where untrusted texts stand in `out`, without their quotes.
    untrusted: Vec<std::ops::Range<usize>>,
    counts: Counts,
    /// Whether there is anything to clean.
    clean: bool,
    scrub: bool,
    needles: Arc<Needles>,
    api: &'static str,
}

impl Writer {
    /// Skeleton and texts in turn. `None` if the session is full.
    fn write(&mut self, draft: &Draft, state: &mut State) -> Option<()> {
        let mut from = 0;
        for text in &draft.texts {
            self.out.push_str(draft.skeleton.get(from..text.at()).unwrap_or_default());
            from = text.at();
            self.text(text, draft.arena.get(text.range()).unwrap_or_default(), state)?;
        }
        self.out.push_str(draft.skeleton.get(from..).unwrap_or_default());
        Some(())
    }

    fn text(&mut self, text: &Text, value: &str, state: &mut State) -> Option<()> {
        match (text.standing, text.named) {
            (Standing::Handle, Some(_)) if value.len() > LONGEST_REMEMBERED => return None,
            (Standing::Handle, Some(named)) => {
                let number = state.number(self.api, named.kind, &as_value(value, text.bare))?;
                quote_into(&mut self.out, &format!("{}#{number}", named.name));
                return Some(());
            }
            (Standing::Trusted, named) => {
                let canonical = named.and_then(|named| named.canonical);
                let known = canonical.map_or(value.into(), |canonical| canonical(value));
                if known.len() <= LONGEST_REMEMBERED && !state.trust(self.api, kind_of(named, text.field), &known) {
                    return None;
                }
            }
            _ => {}
        }
        if text.bare {
            self.out.push_str(value);
            return Some(());
        }
        let value = match if self.clean { hidden::clean(value, &mut self.counts) } else { value.into() } {
            // What was taken out may have stood within a secret.
            Cow::Owned(cleaned) if self.scrub => Cow::Owned(self.needles.scrub(&cleaned).into_owned()),
            value => value,
        };
        self.out.push('"');
        let start = self.out.len();
        escape_into(&mut self.out, &value);
        let end = self.out.len();
        self.out.push('"');
        let closed = text.closed && value.len() <= LONGEST_CLOSED;
        if !closed && !value.is_empty() && text.standing != Standing::Trusted {
            self.untrusted.push(start..end);
        }
        Some(())
    }
}
