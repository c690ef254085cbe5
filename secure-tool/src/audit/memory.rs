//! A chain in memory, for tests.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Audit, Head, Record, chain};

/// Records in memory, as the lines of a file. Clones share them. For tests: it grows without bound.
///
/// ```
/// use secure_tool::Guard;
/// use secure_tool::audit::MemoryAudit;
///
/// let audit = MemoryAudit::new();
/// let builder = Guard::builder().audit(audit.clone()); // read `audit.lines()` after the calls
/// ```
#[derive(Debug, Clone, Default)]
pub struct MemoryAudit(Arc<Mutex<(Head, Vec<String>)>>);

impl MemoryAudit {
    /// Creates an empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the lines so far.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }
}

impl Audit for MemoryAudit {
    fn append(&self, record: &Record, _durable: bool) -> io::Result<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (line, head) = chain::link(&state.0, record)?;
        state.0 = head;
        state.1.push(line);
        Ok(())
    }

    fn describe(&self) -> String {
        "memory, for tests".into()
    }
}
