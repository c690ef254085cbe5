//! One call on its way: who calls which tool, and the record that is written of it whatever
//! happens.

use std::collections::HashSet;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;

use super::free_text::FreeText;
use crate::audit::{self, Decision, Header, Intent, Outcome, Taint, micros};
use crate::conversation::Conversation;
use crate::engine::{Engine, RegisteredTool};
use crate::policy::Question;
use crate::quota::Reservation;
use crate::refusal::{Refusal, Rule};
use crate::rules::Flaw;
use crate::spec::ToolSpec;
use crate::tool::{Notes, Parsed};
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
    pub(crate) conversation: &'c Conversation,
    pub(crate) name: &'c str,
    pub(crate) input: Input<'c>,
    pub(crate) trace: Trace<'c>,
}

impl<'c> Attempt<'c> {
    pub(crate) fn new(conversation: &'c Conversation, name: &'c str, input: Input<'c>) -> Self {
        Self { conversation, name, input, trace: Trace::new(conversation) }
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
    pub(crate) conversation: &'c Conversation,
    pub(crate) tool: &'c RegisteredTool,
    pub(crate) trace: Trace<'c>,
    /// The memory that it costs.
    pub(super) held: Reservation,
    /// Whether a day's budget was charged for it.
    pub(super) has_spent: bool,
}

impl<'c> Call<'c> {
    pub(crate) fn engine(&self) -> &'c Engine {
        self.conversation.engine()
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
        FreeText::new(&self.engine().entities, self.conversation.agent().clearance)
    }

    /// Whether a call of the tool changes anything, or carries anything out.
    pub(crate) fn has_effect(&self) -> bool {
        self.spec().has_effect()
    }

    pub(crate) fn refuse(self, rule: Rule) -> Stop {
        self.trace.refuse(rule, Vec::new())
    }

    pub(crate) fn refuse_with(self, rule: Rule, flaws: Vec<Flaw>) -> Stop {
        self.trace.refuse(rule, flaws)
    }

    pub(crate) fn refuse_because(mut self, rule: Rule, detail: &str) -> Stop {
        self.trace.record.detail = self.engine().scrubber.scrub(detail).into_owned();
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
    conversation: &'c Conversation,
    /// The call as its records describe it, and how it ended.
    pub(crate) record: Outcome,
    /// The tries of its exchanges that were not the last; in the record when the call ends, however
    /// it ends.
    pub(crate) retried: Tries,
    start: Duration,
    /// Whether an intent was written, or is about to be.
    intended: AtomicBool,
    /// Remarks for the operator, collected while the call runs.
    pub(crate) notes: Notes,
    ended: bool,
}

impl<'c> Trace<'c> {
    fn new(conversation: &'c Conversation) -> Self {
        let engine = conversation.engine();
        engine.in_flight.fetch_add(1, Ordering::SeqCst);
        let attempt = conversation.next_attempt();
        let call = audit::Call {
            call: format!("{}-{attempt}", conversation.id()),
            attempt,
            ..audit::Call::default()
        };
        let record = Outcome { call, ..Outcome::default() };
        let (start, intended) = (engine.clock.monotonic(), AtomicBool::new(false));
        Self {
            conversation,
            record,
            retried: Tries::default(),
            start,
            intended,
            notes: Notes::default(),
            ended: false,
        }
    }

    /// Since the call began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.conversation.engine().clock.monotonic().saturating_sub(self.start)
    }

    /// Records durably that the effect of this call is about to be made.
    pub(crate) async fn intend(&self) -> io::Result<()> {
        self.intended.store(true, Ordering::SeqCst);
        let intent = Intent { call: self.record.call.clone(), taint: self.taint() };
        self.conversation.engine().recorder.intent(self.header(), intent).await
    }

    fn header(&self) -> Header {
        let agent = self.conversation.agent();
        Header {
            session: self.conversation.id().to_owned(),
            tenant: agent.tenant.clone(),
            agent: agent.name.clone(),
            ..Header::default()
        }
    }

    fn taint(&self) -> Taint {
        let (read_untrusted, read_private) = self.conversation.taint();
        Taint { read_untrusted, read_private }
    }

    fn refuse(mut self, rule: Rule, flaws: Vec<Flaw>) -> Stop {
        self.record.rule = Some(rule);
        let decision = match rule {
            Rule::EffectUnknown => Decision::Unknown,
            Rule::EffectMade => Decision::Made,
            _ => Decision::Refused,
        };
        // A refusal is returned even if it can't be recorded: it reveals nothing.
        let _ = self.end(decision);
        Stop::Refused(Refusal { rule, flaws })
    }

    /// Writes the outcome.
    pub(crate) fn end(&mut self, decision: Decision) -> Result<(), Rule> {
        self.ended = true;
        self.record.decision = decision;
        for note in self.notes.take() {
            if !self.record.detail.is_empty() {
                self.record.detail.push_str("; ");
            }
            self.record.detail.push_str(note);
        }
        self.record.micros.total = micros(self.elapsed());
        self.record.retried = self.retried.take();
        self.record.taint = self.taint();
        let (header, record) = (self.header(), std::mem::take(&mut self.record));
        let recorder = &self.conversation.engine().recorder;
        // An intent waits for its own outcome, so no refusal after one is only counted. Nor is a
        // call that was retried.
        let may_be_counted = !*self.intended.get_mut() && record.retried.is_empty();
        let written = match decision {
            Decision::Refused | Decision::Pending if may_be_counted => {
                recorder.refusal(header, record)
            }
            Decision::Refused
            | Decision::Pending
            | Decision::Answered
            | Decision::Cancelled
            | Decision::Made
            | Decision::Unknown => recorder.outcome(header, record),
        };
        written.map_err(|_| Rule::OutcomeUnrecorded)
    }
}

impl Drop for Trace<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.record.rule = Some(Rule::Cancelled);
            let _ = self.end(Decision::Cancelled);
        }
        self.conversation.engine().in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}
