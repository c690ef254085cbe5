//! The only writer of a guard's records: adds the time to an event and sends the record to the
//! audit and to tracing. Floods of refusals become counts.

use std::fmt;
use std::io;
use std::sync::Arc;

use super::floods::Floods;
use super::record::{Event, Header, Intent, Outcome, Record};
use crate::clock::Clock;
use crate::refusal::Rule;

/// The only writer of a guard's records.
pub(crate) struct Recorder {
    audit: Option<Arc<dyn super::Audit>>,
    clock: Arc<dyn Clock>,
    floods: Floods,
}

impl Recorder {
    pub(crate) fn new(audit: Option<Arc<dyn super::Audit>>, clock: Arc<dyn Clock>) -> Self {
        Self { audit, clock, floods: Floods::default() }
    }

    /// Writes the outcome of a call.
    pub(crate) fn outcome(&self, header: Header, outcome: Outcome) -> io::Result<()> {
        self.record(header, Event::Outcome(Box::new(outcome)))
    }

    /// Writes the outcome of a refused call without an intent, or counts it during a flood.
    pub(crate) fn refusal(&self, header: Header, outcome: Outcome) -> io::Result<()> {
        let now = self.clock.monotonic();
        self.write_counts(self.floods.due(now));
        if self.floods.counts(&header, &outcome, now) {
            return Ok(());
        }
        self.write(header, Event::Outcome(Box::new(outcome)))
    }

    /// Writes an intent durably, on a thread that may block, to the disk.
    pub(crate) async fn intent(&self, header: Header, intent: Intent) -> io::Result<()> {
        let record = self.stamped(header, Event::Intent(Box::new(intent)));
        let Some(audit) = self.audit.clone() else { return Ok(()) };
        tokio::task::spawn_blocking(move || audit.append(&record, true))
            .await
            .unwrap_or_else(|_| Err(io::Error::other("the audit panicked")))
    }

    /// Writes any event.
    pub(crate) fn record(&self, header: Header, event: Event) -> io::Result<()> {
        self.write_counts(self.floods.due(self.clock.monotonic()));
        self.write(header, event)
    }

    /// Writes an event for which no call waits. Reports a failure to tracing.
    pub(crate) fn note(&self, header: Header, event: Event) {
        let kind = event.kind().id();
        if self.record(header, event).is_err() {
            tracing::error!(kind, "an event could not be recorded");
        }
    }

    /// Writes the counts of a session that ends.
    pub(crate) fn end_session(&self, session: &str) {
        self.write_counts(self.floods.close(Some(session)));
    }

    fn write(&self, header: Header, event: Event) -> io::Result<()> {
        let record = self.stamped(header, event);
        self.audit.as_ref().map_or(Ok(()), |audit| audit.append(&record, false))
    }

    fn write_counts(&self, counts: Vec<(Header, super::Refusals)>) {
        for (header, count) in counts {
            let (session, rule) = (header.session.clone(), count.rule.map(Rule::id));
            let number = count.count;
            if self.write(header, Event::Refusals(count)).is_err() {
                tracing::error!(
                    session,
                    rule,
                    count = number,
                    "a count of refusals could not be recorded"
                );
            }
        }
    }

    /// Adds the time, and emits the record as an event of tracing.
    fn stamped(&self, mut header: Header, event: Event) -> Record {
        header.time = jiff::Timestamp::try_from(self.clock.wall())
            .map(|time| time.to_string())
            .unwrap_or_default();
        let record = Record { header, event };
        record.trace();
        record
    }
}

/// One event of tracing: the header and these fields.
macro_rules! emit {
    ($record:expr, $($fields:tt)*) => {
        tracing::info!(
            target: "secure_tool::audit",
            kind = $record.kind().id(),
            session = $record.header.session,
            agent = $record.header.agent,
            $($fields)*
        )
    };
}

impl Record {
    fn trace(&self) {
        match &self.event {
            Event::Posture { posture } => emit!(self, weakened = posture.weakened.len()),
            Event::Intent(intent) => emit!(
                self,
                call = intent.call.call,
                tool = intent.call.tool,
                host = intent.call.host,
                credential = intent.call.credential,
            ),
            Event::Outcome(outcome) => emit!(
                self,
                call = outcome.call.call,
                tool = outcome.call.tool,
                host = outcome.call.host,
                credential = outcome.call.credential,
                decision = outcome.decision.id(),
                rule = outcome.rule.map(Rule::id),
                status = outcome.status,
                micros = outcome.micros.total,
                detail = outcome.detail,
            ),
            Event::Refusals(refusals) => emit!(
                self,
                tool = refusals.tool,
                decision = refusals.decision.id(),
                rule = refusals.rule.map(Rule::id),
                count = refusals.count,
            ),
            Event::Switch(switch) => {
                emit!(self, tool = switch.tool, decision = switch.decision.id());
            }
            Event::Circuit(circuit) => {
                emit!(self, api = circuit.api, decision = circuit.decision.id());
            }
            Event::Credential(credential) => emit!(
                self,
                credential = credential.credential,
                decision = credential.decision.id(),
                detail = credential.detail,
            ),
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.write_counts(self.floods.close(None));
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recorder")
    }
}
