//! Where records go: one outcome for every call, refused and cancelled ones too; before an effect,
//! an intent. Of a flood of refusals alike, one count.
//!
//! | sink | keeps |
//! |--|--|
//! | [`JsonlAudit`] | a file of JSON lines in a SHA-256 chain, mode 0600 |
//! | [`MemoryAudit`] | the same lines in memory, for tests |
//!
//! A chain shows that no line was changed, moved or taken out of its middle. That its end was not
//! cut off is seen only against a head ([`Head`]) that was kept elsewhere. Whoever can write the
//! file and knows no head can write a new chain: keep heads where the agent's machine can't write.

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

/// Where records go.
pub trait Audit: Send + Sync {
    /// Keeps a record. With `durable`, it returns only when the record would survive a loss of
    /// power.
    ///
    /// It is called on the path of a call, and with `durable` on a thread that may block.
    ///
    /// # Errors
    ///
    /// If the record is not kept. An effect is then not made, and an answer withheld.
    fn append(&self, record: &Record, durable: bool) -> io::Result<()>;

    /// What it is, for [`Guard::posture`](crate::Guard::posture).
    fn describe(&self) -> String;
}
