//! What became of a credential, told to the operator: to the audit and to tracing, and of the same
//! thing not again within an hour.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub(super) use crate::audit::CredentialChange as Notice;
use crate::audit::{Credential, Event, Header, Recorder};
use crate::clock::Clock;
use crate::scrub::Scrubber;

/// From one notice to the next of the same thing.
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

    /// Tells of a rotation. What is wrong with the new value is told at once, whatever was told of
    /// the old one.
    pub(super) fn rotated(&self, name: &str) {
        self.last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|(other, _), _| other != name);
        self.write(name, Notice::Rotated, "");
    }

    /// Tells of this, if it was not told within the pause.
    pub(super) fn tell(&self, name: &str, notice: Notice, detail: &str) {
        let now = self.clock.monotonic();
        {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            let told = last.get(&(name.to_owned(), notice));
            if told.is_some_and(|told| now.saturating_sub(*told) < PAUSE) {
                return;
            }
            last.insert((name.to_owned(), notice), now);
        }
        self.write(name, notice, detail);
    }

    fn write(&self, name: &str, notice: Notice, detail: &str) {
        // A store is somebody else's code: its error is looked through like an answer.
        let detail = self.scrubber.scrub(detail).into_owned();
        match notice {
            Notice::Rotated => tracing::info!(credential = name, "a credential was rotated"),
            Notice::Aging | Notice::PreviousUsed | Notice::ScopeUnsaid => {
                tracing::warn!(
                    credential = name,
                    notice = notice.id(),
                    detail,
                    "look after a credential"
                );
            }
            _ => tracing::error!(
                credential = name,
                notice = notice.id(),
                detail,
                "a credential can't be used"
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
