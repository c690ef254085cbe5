//! One call on its way: who calls which tool, and the record that is written of it whatever
//! happens.

use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::free_text::FreeText;
use crate::audit::{Kind, Record, micros};
use crate::code::Parsed;
use crate::guard::{Inner, Registered};
use crate::policy::Question;
use crate::quota::Reservation;
use crate::refusal::{Refusal, Rule};
use crate::rules::Flaw;
use crate::session::Session;
use crate::spec::ToolSpec;
use crate::transport::Tries;

/// What the model sent.
#[derive(Debug)]
pub(crate) enum Input<'c> {
    Text(&'c str),
    Value(Value),
}

/// A call before it is known which tool it is of. `admit` takes it.
#[derive(Debug)]
pub struct Attempt<'c> {
    pub(crate) session: &'c Session,
    pub(crate) name: &'c str,
    pub(crate) input: Input<'c>,
    pub(crate) trace: Trace<'c>,
}

impl<'c> Attempt<'c> {
    pub(crate) fn new(session: &'c Session, name: &'c str, input: Input<'c>) -> Self {
        Self { session, name, input, trace: Trace::new(session) }
    }

    pub(super) fn refuse(self, rule: Rule) -> Stop {
        if let Input::Value(value) = self.input {
            crate::json::dismantle(value);
        }
        self.trace.refuse(rule, Vec::new())
    }
}

/// A call of a known tool. Each proof owns one, and it ends with the call.
#[derive(Debug)]
pub struct Call<'c> {
    pub(crate) session: &'c Session,
    pub(crate) tool: &'c Registered,
    pub(crate) trace: Trace<'c>,
    /// The memory that it costs.
    pub(super) held: Reservation,
    /// Whether a day's budget was charged for it.
    pub(super) has_spent: bool,
}

impl<'c> Call<'c> {
    pub(crate) fn guard(&self) -> &'c Inner {
        self.session.guard()
    }

    pub(crate) fn spec(&self) -> &'static ToolSpec {
        self.tool.tool.spec
    }

    /// The API whose answers it gets. What a handler of several puts together is of none of them,
    /// which is empty: it grounds nothing anywhere, and its tokens open nowhere.
    pub(crate) fn api(&self) -> &'static str {
        match self.spec().apis {
            [api] => api.name,
            _ => "",
        }
    }

    /// What is taken out of free text for this agent.
    pub(super) fn free_text(&self) -> FreeText<'c> {
        FreeText::new(&self.guard().entities, self.session.agent().clearance)
    }

    /// Whether a call of the tool changes anything, or carries anything out.
    pub(crate) fn has_effect(&self) -> bool {
        self.spec().effect.changes() || self.spec().egress
    }

    pub(crate) fn refuse(self, rule: Rule) -> Stop {
        self.trace.refuse(rule, Vec::new())
    }

    pub(crate) fn refuse_with(self, rule: Rule, flaws: Vec<Flaw>) -> Stop {
        self.trace.refuse(rule, flaws)
    }

    pub(crate) fn refuse_because(mut self, rule: Rule, detail: &str) -> Stop {
        self.trace.record.detail = self.guard().scrubber.scrub(detail).into_owned();
        self.refuse(rule)
    }
}

/// Arguments that fit the schema.
#[derive(Debug)]
pub(crate) struct Typed {
    pub(crate) value: Value,
    /// The same as the tool's own type; only handlers have use for it.
    pub(crate) parsed: Option<Parsed>,
    /// What tokens of trusted fields stood for: by pointer and value, and nowhere else, it has a
    /// source.
    pub(crate) opened: HashSet<(String, Value)>,
}

/// What is known of where arguments come from.
#[derive(Debug)]
pub(crate) struct Grounds {
    /// Why a person must be asked; empty if nobody must for the sake of a source.
    pub(crate) why: Vec<String>,
    /// Where each value comes from, by its pointer.
    pub(crate) origins: Vec<(String, Origin)>,
}

/// Where a value comes from, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// It stands in what the user typed.
    User,
    /// A trusted field of an answer, or a handle, held it.
    Answer,
    /// A yes or no of the model's: nobody could have put it somewhere to be found.
    Model,
    /// Nowhere that is known: the model wrote it, or copied it from untrusted text.
    Unknown,
}

impl Origin {
    /// As a person is told.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::User => "typed by the user",
            Self::Answer => "from a trusted answer",
            Self::Model => "a yes or no of the model's",
            Self::Unknown => "NOT from the user or a trusted source",
        }
    }
}

/// Why a call does not go on.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a call is refused or it waits")]
pub enum Stop {
    /// It was refused.
    Refused(Refusal),
    /// It waits for a person.
    Pending(Box<Question>),
}

/// The record of a call. Dropped before the call has ended, it records that the call was cancelled.
#[derive(Debug)]
pub(crate) struct Trace<'c> {
    session: &'c Session,
    pub(crate) record: Record,
    /// The tries of its exchanges that were not the last; in the record when the call ends, however
    /// it ends.
    pub(crate) retried: Tries,
    start: Duration,
    /// Whether an intent was written, or is about to be.
    intended: AtomicBool,
    /// What the operator should know besides, said while the call was under way.
    notes: Mutex<BTreeSet<&'static str>>,
    ended: bool,
}

impl<'c> Trace<'c> {
    fn new(session: &'c Session) -> Self {
        let guard = session.guard();
        guard.in_flight.fetch_add(1, Ordering::SeqCst);
        let attempt = session.next_attempt();
        let record = Record {
            call: format!("{}-{attempt}", session.id()),
            session: session.id().to_owned(),
            tenant: session.agent().tenant.clone(),
            agent: session.agent().name.clone(),
            attempt,
            ..Record::default()
        };
        let (start, intended) = (guard.clock.monotonic(), AtomicBool::new(false));
        Self {
            session,
            record,
            retried: Tries::default(),
            start,
            intended,
            notes: Mutex::default(),
            ended: false,
        }
    }

    /// Since the call began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.session.guard().clock.monotonic().saturating_sub(self.start)
    }

    /// Has this in the outcome's detail too.
    pub(crate) fn note(&self, note: Option<&'static str>) {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).extend(note);
    }

    /// An intent record of this call, to be written before its effect.
    pub(crate) fn intent(&self) -> Record {
        self.intended.store(true, Ordering::SeqCst);
        Record { kind: Kind::Intent, decision: "intended", ..self.record.clone() }
    }

    fn refuse(mut self, rule: Rule, flaws: Vec<Flaw>) -> Stop {
        self.record.rule = rule.id();
        let decision = match rule {
            Rule::EffectUnknown => "unknown",
            Rule::EffectMade => "made",
            _ => "refused",
        };
        // A refusal goes out even if it can't be recorded: it gives nothing away.
        let _ = self.end(decision);
        Stop::Refused(Refusal { rule, flaws })
    }

    /// Writes the outcome.
    pub(crate) fn end(&mut self, decision: &'static str) -> Result<(), Rule> {
        self.ended = true;
        self.record.kind = Kind::Outcome;
        self.record.decision = decision;
        for note in std::mem::take(self.notes.get_mut().unwrap_or_else(PoisonError::into_inner)) {
            if !self.record.detail.is_empty() {
                self.record.detail.push_str("; ");
            }
            self.record.detail.push_str(note);
        }
        self.record.micros.total = micros(self.elapsed());
        self.record.retried = self.retried.take();
        (self.record.read_untrusted, self.record.read_private) = self.session.bits();
        let recorder = &self.session.guard().recorder;
        // An intent waits for its own outcome, so what follows one is never only counted; nor is
        // what was tried more than once.
        let may_be_counted = !*self.intended.get_mut() && self.record.retried.is_empty();
        let written = match decision {
            "refused" | "pending" if may_be_counted => recorder.record_refusal(&mut self.record),
            _ => recorder.record(&mut self.record, false),
        };
        written.map_err(|_| Rule::OutcomeUnrecorded)
    }
}

impl Drop for Trace<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.record.rule = Rule::Cancelled.id();
            let _ = self.end("cancelled");
        }
        self.session.guard().in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}
