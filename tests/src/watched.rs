//! Wrappers of guards, sessions and audit sinks that scan all outputs for canaries before a test
//! receives them.

use std::ops::Deref;

use secure_tool::audit::{Audit, MemoryAudit, Record};
use secure_tool::guard::Builder;
use secure_tool::{Agent, Approver, Error, Outcome, Question};

use crate::canary::{saw, saw_error, watch};

/// A guard whose posture and sessions are scanned.
#[derive(Debug, Clone)]
pub struct Guard(secure_tool::Guard);

impl Guard {
    /// Builds the guard.
    ///
    /// # Errors
    ///
    /// Returns the error of the builder, after a scan.
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
    /// Returns the error of the guard, after a scan.
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

/// A session whose outcomes are scanned.
#[derive(Debug, Clone)]
pub struct Session(secure_tool::Session);

impl Session {
    /// Calls [`secure_tool::Session::call`], and scans the outcome.
    pub async fn call(&self, tool: &str, arguments: &str) -> Outcome {
        scan(self.0.call(tool, arguments).await)
    }

    /// Calls [`secure_tool::Session::call_value`], and scans the outcome.
    pub async fn call_value(&self, tool: &str, arguments: serde_json::Value) -> Outcome {
        scan(self.0.call_value(tool, arguments).await)
    }

    /// Calls [`secure_tool::Session::release`], and scans the text.
    #[must_use]
    pub fn release(&self, answer: &str) -> String {
        let released = self.0.release(answer);
        saw("a released text", &released);
        released
    }

    /// Wraps [`secure_tool::Session::release_stream`].
    pub fn release_stream(&self) -> ReleaseStream {
        ReleaseStream { stream: self.0.release_stream(), out: String::new() }
    }
}

/// A stream of a final answer. The released text is scanned as a whole.
#[derive(Debug)]
pub struct ReleaseStream {
    stream: secure_tool::ReleaseStream,
    out: String,
}

impl ReleaseStream {
    /// Calls [`secure_tool::ReleaseStream::push`].
    #[must_use]
    pub fn push(&mut self, piece: &str) -> String {
        let released = self.stream.push(piece);
        self.out.push_str(&released);
        released
    }

    /// Calls [`secure_tool::ReleaseStream::finish`], and scans the whole text.
    #[must_use]
    pub fn finish(self) -> String {
        saw("a stream", &format!("{:?}", self.stream));
        let released = self.stream.finish();
        saw("a released text", &(self.out + &released));
        released
    }

    /// Calls [`secure_tool::ReleaseStream::held`].
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

fn scan(outcome: Outcome) -> Outcome {
    saw("an outcome", &format!("{outcome:?} {} {:?}", outcome.for_model(), outcome.structured()));
    if let Some(refusal) = outcome.refusal() {
        saw_error(refusal);
    }
    if let Outcome::Pending(question) = &outcome {
        scan_question(question);
    }
    outcome
}

fn scan_question(question: &Question) {
    saw("a question", &format!("{question:?} {question}"));
}

/// Returns an approver whose questions are scanned.
pub fn scanned(approver: impl Approver + 'static) -> impl Approver + 'static {
    ScannedApprover(approver)
}

struct ScannedApprover<A>(A);

impl<A: Approver> Approver for ScannedApprover<A> {
    fn ask<'a>(
        &'a self,
        question: &'a Question,
    ) -> std::pin::Pin<Box<dyn Future<Output = secure_tool::Decision> + Send + 'a>> {
        scan_question(question);
        self.0.ask(question)
    }
}

/// An audit sink in memory whose records are scanned.
#[derive(Debug, Clone, Default)]
pub struct Records(MemoryAudit);

impl Records {
    /// Returns an empty sink.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns all records, parsed.
    #[must_use]
    pub fn parsed(&self) -> Vec<serde_json::Value> {
        self.lines().iter().map(|line| serde_json::from_str(line).expect("a JSON line")).collect()
    }

    /// Returns the last record, parsed.
    #[must_use]
    pub fn last(&self) -> serde_json::Value {
        self.parsed().pop().expect("a record")
    }

    /// Returns the last record of this kind, parsed.
    #[must_use]
    pub fn last_of(&self, kind: &str) -> serde_json::Value {
        self.parsed().into_iter().rfind(|record| record["kind"] == kind).expect(kind)
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
