//! Guards, sessions and records that are looked at for canaries: what the product gives out goes
//! through here on its way to a test.

use std::ops::Deref;

use secure_tool::audit::{Audit, MemoryAudit, Record};
use secure_tool::guard::Builder;
use secure_tool::{Agent, Approver, Error, Outcome, Question};

use crate::canary::{saw, saw_error, watch};

/// A guard whose posture was looked at, and whose sessions are.
#[derive(Debug, Clone)]
pub struct Guard(secure_tool::Guard);

impl Guard {
    /// Builds it.
    ///
    /// # Errors
    ///
    /// As the builder, with an error that was looked at.
    pub fn build(builder: Builder) -> Result<Self, Error> {
        watch();
        saw("a builder", &format!("{builder:?}"));
        let guard = builder.build().inspect_err(|error| saw_error(error))?;
        saw("a posture", &format!("{} {:?} {:?}", guard.posture(), guard.posture(), guard));
        Ok(Self(guard))
    }

    /// Opens a session.
    ///
    /// # Errors
    ///
    /// As the guard, with an error that was looked at.
    pub fn session(&self, agent: Agent) -> Result<Session, Error> {
        let session = self.0.session(agent).inspect_err(|error| saw_error(error))?;
        saw("a session", &format!("{session:?} {:?} {:?}", session.agent(), session.tools()));
        Ok(Session(session))
    }
}

impl Deref for Guard {
    type Target = secure_tool::Guard;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// A session whose outcomes are looked at.
#[derive(Debug, Clone)]
pub struct Session(secure_tool::Session);

impl Session {
    /// As [`secure_tool::Session::call`].
    pub async fn call(&self, tool: &str, arguments: &str) -> Outcome {
        look(self.0.call(tool, arguments).await)
    }

    /// As [`secure_tool::Session::call_value`].
    pub async fn call_value(&self, tool: &str, arguments: serde_json::Value) -> Outcome {
        look(self.0.call_value(tool, arguments).await)
    }

    /// As [`secure_tool::Session::release`].
    #[must_use]
    pub fn release(&self, answer: &str) -> String {
        let released = self.0.release(answer);
        saw("a released text", &released);
        released
    }

    /// As [`secure_tool::Session::release_stream`].
    pub fn release_stream(&self) -> ReleaseStream {
        ReleaseStream { stream: self.0.release_stream(), out: String::new() }
    }
}

/// A final answer in pieces; what was given out is looked at as a whole.
#[derive(Debug)]
pub struct ReleaseStream {
    stream: secure_tool::ReleaseStream,
    out: String,
}

impl ReleaseStream {
    /// As [`secure_tool::ReleaseStream::push`].
    #[must_use]
    pub fn push(&mut self, piece: &str) -> String {
        let released = self.stream.push(piece);
        self.out.push_str(&released);
        released
    }

    /// As [`secure_tool::ReleaseStream::finish`].
    #[must_use]
    pub fn finish(self) -> String {
        saw("a stream", &format!("{:?}", self.stream));
        let released = self.stream.finish();
        saw("a released text", &(self.out + &released));
        released
    }

    /// As [`secure_tool::ReleaseStream::held`].
    #[must_use]
    pub fn held(&self) -> usize {
        self.stream.held()
    }
}

impl Deref for Session {
    type Target = secure_tool::Session;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

fn look(outcome: Outcome) -> Outcome {
    saw("an outcome", &format!("{outcome:?} {} {:?}", outcome.for_model(), outcome.structured()));
    if let Some(refusal) = outcome.refusal() {
        saw_error(refusal);
    }
    if let Outcome::Pending(question) = &outcome {
        look_at(question);
    }
    outcome
}

fn look_at(question: &Question) {
    saw("a question", &format!("{question:?} {question}"));
}

/// An approver whose questions are looked at.
pub fn asking(approver: impl Approver + 'static) -> impl Approver + 'static {
    Asking(approver)
}

struct Asking<A>(A);

impl<A: Approver> Approver for Asking<A> {
    fn ask<'a>(
        &'a self,
        question: &'a Question,
    ) -> std::pin::Pin<Box<dyn Future<Output = secure_tool::Decision> + Send + 'a>> {
        look_at(question);
        self.0.ask(question)
    }
}

/// Records in memory that are looked at.
#[derive(Debug, Clone, Default)]
pub struct Records(MemoryAudit);

impl Records {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Deref for Records {
    type Target = MemoryAudit;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Audit for Records {
    fn append(&self, record: &Record, durable: bool) -> std::io::Result<()> {
        saw("a record", &format!("{} {record:?}", serde_json::to_string(record)?));
        self.0.append(record, durable)
    }

    fn describe(&self) -> String {
        self.0.describe()
    }
}
