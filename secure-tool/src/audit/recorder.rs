//! What writes records: a record in, the same with its time in the audit and in tracing out; floods
//! of refusals as counts.

use std::fmt;
use std::io;
use std::sync::Arc;

use super::floods::Floods;
use super::{Audit, Kind, Record};
use crate::clock::Clock;

/// The only one that writes records of a guard.
pub(crate) struct Recorder {
    audit: Option<Arc<dyn Audit>>,
    clock: Arc<dyn Clock>,
    floods: Floods,
}

impl Recorder {
    pub(crate) fn new(audit: Option<Arc<dyn Audit>>, clock: Arc<dyn Clock>) -> Self {
        Self { audit, clock, floods: Floods::default() }
    }

    /// Writes a record: to the audit, and as an event of tracing.
    pub(crate) fn record(&self, record: &mut Record, durable: bool) -> io::Result<()> {
        self.write_counts(self.floods.due(self.clock.monotonic()));
        self.write(record, durable)
    }

    /// Writes the refusal of a call without an intent, or counts it if there were many alike.
    pub(crate) fn record_refusal(&self, record: &mut Record) -> io::Result<()> {
        let now = self.clock.monotonic();
        self.write_counts(self.floods.due(now));
        if self.floods.counts(record, now) { Ok(()) } else { self.write(record, false) }
    }

    /// Writes a record durably, on a thread that may block, to the disk.
    pub(crate) async fn record_durably(&self, mut record: Record) -> io::Result<()> {
        self.stamp(&mut record);
        let Some(audit) = self.audit.clone() else { return Ok(()) };
        tokio::task::spawn_blocking(move || audit.append(&record, true))
            .await
            .unwrap_or_else(|_| Err(io::Error::other("the audit panicked")))
    }

    /// Writes what is still counted of a session that ends.
    pub(crate) fn end_session(&self, session: &str) {
        self.write_counts(self.floods.close(Some(session)));
    }

    fn write(&self, record: &mut Record, durable: bool) -> io::Result<()> {
        self.stamp(record);
        self.audit.as_ref().map_or(Ok(()), |audit| audit.append(record, durable))
    }

    fn write_counts(&self, counts: Vec<Record>) {
        for mut count in counts {
            if self.write(&mut count, false).is_err() {
                tracing::error!(
                    session = count.session,
                    rule = count.rule,
                    count = count.count,
                    "a count of refusals could not be recorded"
                );
            }
        }
    }

    fn stamp(&self, record: &mut Record) {
        record.time = jiff::Timestamp::try_from(self.clock.wall())
            .map(|time| time.to_string())
            .unwrap_or_default();
        tracing::info!(
            target: "secure_tool::audit",
            kind = ?record.kind,
            call = record.call,
            session = record.session,
            agent = record.agent,
            tool = record.tool,
            host = record.host,
            credential = record.credential,
            decision = record.decision,
            rule = record.rule,
            count = record.count,
            status = record.status,
            micros = record.micros.total,
            detail = record.detail,
        );
    }

    /// Writes a record that no call waits for. What can't be recorded is said to tracing.
    pub(crate) fn note(&self, record: &mut Record) {
        if self.record(record, false).is_err() {
            tracing::error!(kind = ?record.kind, tool = record.tool, credential = record.credential, decision = record.decision, "this could not be recorded");
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

impl Record {
    /// Something that was switched.
    pub(crate) fn switch(tool: &'static str, decision: &'static str) -> Self {
        Self { kind: Kind::Switch, tool, decision, ..Self::default() }
    }
}
