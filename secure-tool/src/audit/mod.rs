//! The audit log: one outcome for every call, including refused and cancelled ones, and an intent
//! before each effect. A flood of equal refusals becomes one count.
//!
//! | sink | keeps |
//! |--|--|
//! | [`JsonlAudit`] | a file of JSON lines in a SHA-256 chain, mode 0600 |
//! | [`MemoryAudit`] | the same lines in memory, for tests |
//!
//! A chain proves that no line was changed, moved or removed from its middle. A removed end is
//! detected only with a [`Head`] that was kept elsewhere. An attacker who can write the file can
//! write a new chain, so keep heads where the agent's machine can't write.

mod chain;
mod floods;
mod jsonl;
mod memory;
mod record;
mod recorder;

use std::io;

pub use chain::{Broken, Head, Verified, verify, verify_against, verify_lines};
pub use jsonl::JsonlAudit;
pub use memory::MemoryAudit;
pub(crate) use record::micros;
pub use record::{
    Call, Circuit, CircuitChange, Credential, CredentialChange, Decision, Event, Finding, Header,
    Intent, Kind, Micros, Outcome, Record, Refusals, Retried, Switch, Switched, Taint,
};
pub(crate) use recorder::Recorder;

/// A sink for audit records.
///
/// ```
/// use secure_tool::audit::{Audit, Record};
///
/// /// Writes records to standard error.
/// struct Stderr;
///
/// impl Audit for Stderr {
///     fn append(&self, record: &Record, _durable: bool) -> std::io::Result<()> {
///         eprintln!("{}", record.kind().id());
///         Ok(())
///     }
///
///     fn describe(&self) -> String {
///         "standard error".to_owned()
///     }
/// }
/// ```
pub trait Audit: Send + Sync {
    /// Stores a record. With `durable`, returns only after the record would survive a power
    /// failure.
    ///
    /// Called during a call; with `durable`, on a thread that may block.
    ///
    /// # Errors
    ///
    /// Returns an error if the record is not stored. The effect is then not made, and the response
    /// is withheld.
    fn append(&self, record: &Record, durable: bool) -> io::Result<()>;

    /// Returns a description for [`Guard::posture`](crate::Guard::posture).
    fn describe(&self) -> String;
}
