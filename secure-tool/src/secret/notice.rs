//! Notifies the operator of changes to a credential, in the audit log and in tracing. Repeats the
//! same notice at most once per hour.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub(super) use crate::audit::CredentialChange as Notice;
use crate::audit::{Credential, Event, Header, Recorder};
use crate::clock::Clock;
use crate::scrub::Scrubber;

/// The minimum time between two equal notices.
pub(super) const PAUSE: Duration = Duration::from_hours(1);

pub(super) struct Notices {
    recorder: Arc<Recorder>,
    clock: Arc<dyn Clock>,
    scrubber: Arc<Scrubber>,
    last: Mutex<BTreeMap<(String, Notice), Duration>>,
}

impl Notices {
    pub(super) fn new(
        recorder: Arc<Recorder>,
        clock: Arc<dyn Clock>,
        scrubber: Arc<Scrubber>,
    ) -> Self {
        Self { recorder, clock, scrubber, last: Mutex::default() }
    }

    /// Reports a rotation. Resets the pauses of this name, so that a problem with the new value is
    /// reported at once.
    pub(super) fn rotated(&self, name: &str) {
        self.last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|(other, _), _| other != name);
        self.write(name, Notice::Rotated, "");
    }

    /// Reports a notice, unless the same one was reported within the pause.
    pub(super) fn report(&self, name: &str, notice: Notice, detail: &str) {
        let now = self.clock.monotonic();
        {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            let reported = last.get(&(name.to_owned(), notice));
            if reported.is_some_and(|at| now.saturating_sub(*at) < PAUSE) {
                return;
            }
            last.insert((name.to_owned(), notice), now);
        }
        self.write(name, notice, detail);
    }

    fn write(&self, name: &str, notice: Notice, detail: &str) {
        // A store is third-party code: its error text is scrubbed like a response.
        let detail = self.scrubber.scrub(detail).into_owned();
        match notice {
            Notice::Rotated => tracing::info!(credential = name, "a credential was rotated"),
            Notice::Aging | Notice::PreviousUsed | Notice::ScopeUnsaid => {
                tracing::warn!(
                    credential = name,
                    notice = notice.id(),
                    detail,
                    "a credential needs attention"
                );
            }
            _ => tracing::error!(
                credential = name,
                notice = notice.id(),
                detail,
                "a credential cannot be used"
            ),
        }
        let credential = Credential { credential: name.to_owned(), decision: notice, detail };
        self.recorder.note(Header::default(), Event::Credential(credential));
    }
}

impl fmt::Debug for Notices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Notices")
    }
}
