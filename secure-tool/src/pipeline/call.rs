//! A call in progress: the caller, the tool, and the audit record that is written for every
//! outcome.

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

/// The tool call as the model sent it.
#[derive(Debug)]
pub(crate) enum Input<'c> {
    Text(&'c str),
    Value(Value),
}

/// A call whose tool is not looked up yet; the input of `admit`.
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

/// A call of a known tool. The current stage's proof owns it.
#[derive(Debug)]
pub struct Call<'c> {
    pub(crate) conversation: &'c Conversation,
    pub(crate) tool: &'c RegisteredTool,
    pub(crate) trace: Trace<'c>,
    /// The memory reserved for the call.
    pub(super) memory: Reservation,
    /// Whether a daily budget was charged for the call.
    pub(super) has_spent: bool,
}

impl<'c> Call<'c> {
    pub(crate) fn engine(&self) -> &'c Engine {
        self.conversation.engine()
    }

    pub(crate) fn spec(&self) -> &'static ToolSpec {
        self.tool.tool.spec
    }

    /// The API that responds. Empty for a handler with several APIs: its response is not a trusted
    /// source, and its tokens can't be opened.
    pub(crate) fn api(&self) -> &'static str {
        match self.spec().apis {
            [api] => api.name,
            _ => "",
        }
    }

    /// The scanner for free text, for this agent.
    pub(super) fn free_text(&self) -> FreeText<'c> {
        FreeText::new(&self.engine().entities, self.conversation.agent().clearance)
    }

    /// Returns whether a call of the tool changes data or sends data to third parties.
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

/// Arguments that match the schema.
#[derive(Debug)]
pub(crate) struct TypedArguments {
    pub(crate) value: Value,
    /// The arguments as the tool's own type, for handlers.
    pub(crate) parsed: Option<Parsed>,
    /// The values of opened tokens from trusted fields, by pointer and value. Exactly these have a
    /// source.
    pub(crate) opened: HashSet<(String, Value)>,
}

/// The provenance of the arguments.
#[derive(Debug)]
pub(crate) struct Provenance {
    /// Why provenance requires approval; empty if it does not.
    pub(crate) why: Vec<String>,
    /// The source of each value, by its pointer.
    pub(crate) origins: Vec<(String, Origin)>,
}

/// The source of a value, from most to least trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// The user typed it.
    User,
    /// It comes from a trusted field of a response, or from a handle.
    Response,
    /// A bool that the model chose. An attacker can't plant a bool as a value to copy.
    Model,
    /// Unknown: the model wrote it, or copied it from untrusted text.
    Unknown,
}

impl Origin {
    /// Returns the description for approvers.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::User => "typed by the user",
            Self::Response => "from a trusted response",
            Self::Model => "a bool chosen by the model",
            Self::Unknown => "NOT from the user or a trusted source",
        }
    }
}

/// Why a call does not continue.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a call is refused or it waits")]
pub enum Stop {
    /// The call was refused.
    Refused(Refusal),
    /// The call waits for approval.
    Pending(Box<Question>),
}

/// The audit record of a call. If it is dropped before the call ends, it records a cancellation.
#[derive(Debug)]
pub(crate) struct Trace<'c> {
    conversation: &'c Conversation,
    /// The audit record and the outcome.
    pub(crate) record: Outcome,
    /// The failed tries before the last one, included in the audit record for every outcome.
    pub(crate) retried: Tries,
    start: Duration,
    /// Whether an intent was recorded, or is being recorded.
    intended: AtomicBool,
    /// Notes for the operator, collected during the call.
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

    /// Returns the time since the call began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.conversation.engine().clock.monotonic().saturating_sub(self.start)
    }

    /// Durably records the intent: the effect of this call is about to happen.
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
        self.conversation.taint()
    }

    fn refuse(mut self, rule: Rule, flaws: Vec<Flaw>) -> Stop {
        self.record.rule = Some(rule);
        let decision = match rule {
            Rule::EffectUnknown => Decision::Unknown,
            Rule::EffectMade => Decision::Made,
            _ => Decision::Refused,
        };
        // A refusal is returned even if recording it fails, because it reveals no data.
        let _ = self.end(decision);
        Stop::Refused(Refusal { rule, flaws })
    }

    /// Records the outcome.
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
        // After an intent or a retry, a refusal gets its own record and is not only counted.
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
