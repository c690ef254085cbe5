//! One secret as a guard holds it: what a store says of it now, and what is still true of the value
//! before. No store is asked here, and no time is read.

use std::time::{Duration, SystemTime};

use secrecy::{ExposeSecret, SecretString};

use super::Secret;

/// How long a value is sent first that was accepted where the newer one was refused. Otherwise each
/// call of an overlap would begin with a refusal, and APIs lock those out who are refused too
/// often.
const PREFERRED: Duration = Duration::from_secs(10);

/// How one API's credential grows old and is replaced.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rotation {
    /// From which age on the operator is warned, and from which on nothing is sent.
    pub(crate) age: Option<(Duration, Duration)>,
    /// How long the value before is tried where the new one is refused.
    pub(crate) overlap: Duration,
}

/// Both clocks at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Now {
    pub(super) monotonic: Duration,
    pub(super) wall: SystemTime,
}

/// One value, and when the guard saw it first.
#[derive(Clone)]
struct Known {
    secret: Secret,
    seen: Now,
}

impl Known {
    /// How old it is, if its store says when it was issued. The clock of the day may be set back;
    /// what has passed since the guard saw the value has passed all the same.
    fn age(&self, now: Now) -> Option<Duration> {
        let issued = self.secret.issued?;
        let by_wall = now.wall.duration_since(issued).unwrap_or_default();
        let when_seen = self.seen.wall.duration_since(issued).unwrap_or_default();
        Some(by_wall.max(when_seen + now.monotonic.saturating_sub(self.seen.monotonic)))
    }

    fn has_expired(&self, now: Now) -> bool {
        self.secret.expires.is_some_and(|expires| {
            let left_when_seen = expires.duration_since(self.seen.wall).unwrap_or_default();
            now.wall >= expires
                || now.monotonic.saturating_sub(self.seen.monotonic) >= left_when_seen
        })
    }

    fn freshness(&self, rotation: &Rotation, now: Now) -> Freshness {
        let old = |limit: fn((Duration, Duration)) -> Duration| {
            rotation.age.zip(self.age(now)).is_some_and(|(limits, age)| age >= limit(limits))
        };
        if self.has_expired(now) || old(|(_, refuse)| refuse) {
            Freshness::TooOld
        } else if old(|(warn, _)| warn) {
            Freshness::Aging
        } else {
            Freshness::Fresh
        }
    }

    fn is(&self, value: &SecretString) -> bool {
        self.secret.value.expose_secret() == value.expose_secret()
    }
}

/// Whether a value may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    Fresh,
    /// Yes, and the operator is told that it is time for a new one.
    Aging,
    TooOld,
}

/// One secret, held.
pub(super) struct CachedSecret {
    current: Known,
    /// The value before, and when it was replaced, on the monotonic clock.
    previous: Option<(Known, Duration)>,
    prefers_previous_until: Duration,
    /// When the store was asked last, and for the how manieth time.
    asked: Duration,
    asks: u64,
    /// The latest ask whose answer is held.
    answered: u64,
    /// How many refreshes the store had ended when it was asked last.
    refreshes: u64,
}

impl CachedSecret {
    pub(super) fn new(secret: Secret, now: Now) -> Self {
        Self {
            current: Known { secret, seen: now },
            previous: None,
            prefers_previous_until: Duration::ZERO,
            asked: now.monotonic,
            asks: 0,
            answered: 0,
            refreshes: 0,
        }
    }

    /// The number of the next ask, if it is time for one: after this pause, or where the store was
    /// refreshed since the last.
    pub(super) fn ask(&mut self, now: Now, pause: Duration, refreshes: u64) -> Option<u64> {
        if now.monotonic.saturating_sub(self.asked) < pause && refreshes == self.refreshes {
            return None;
        }
        (self.asked, self.refreshes) = (now.monotonic, refreshes);
        self.asks += 1;
        Some(self.asks)
    }

    /// Whether this is the value that is held.
    pub(super) fn holds(&self, value: &SecretString) -> bool {
        self.current.is(value)
    }

    /// Takes the answer to an ask: whether the value is a new one. An answer that was overtaken is
    /// dropped.
    pub(super) fn take(&mut self, ask: u64, secret: Secret, now: Now) -> bool {
        if ask < self.answered {
            return false;
        }
        self.answered = ask;
        if self.current.is(&secret.value) {
            // The same value with another date is what the store says of it now.
            if (self.current.secret.issued, self.current.secret.expires)
                != (secret.issued, secret.expires)
            {
                self.current = Known { secret, seen: now };
            }
            return false;
        }
        let old = std::mem::replace(&mut self.current, Known { secret, seen: now });
        self.previous = Some((old, now.monotonic));
        self.prefers_previous_until = Duration::ZERO;
        true
    }

    pub(super) fn freshness(&self, rotation: &Rotation, now: Now) -> Freshness {
        self.current.freshness(rotation, now)
    }

    /// The age of the value, if it is known.
    pub(super) fn age(&self, now: Now) -> Option<Duration> {
        self.current.age(now)
    }

    /// What to send first.
    pub(super) fn first(&self, rotation: &Rotation, now: Now) -> SecretString {
        let preferred =
            self.previous(rotation, now).filter(|_| now.monotonic < self.prefers_previous_until);
        preferred.unwrap_or(&self.current).secret.value.clone()
    }

    /// What to send where this was refused, if there is anything else.
    pub(super) fn other_than(
        &self,
        refused: &SecretString,
        rotation: &Rotation,
        now: Now,
    ) -> Option<SecretString> {
        let current = Some(&self.current).filter(|known| may_be_sent(known, rotation, now));
        let known = current
            .into_iter()
            .chain(self.previous(rotation, now))
            .find(|known| !known.is(refused))?;
        Some(known.secret.value.clone())
    }

    /// Remembers that a value was accepted where another was refused. Whether it is the previous
    /// one.
    pub(super) fn prefer(&mut self, accepted: &SecretString, now: Now) -> bool {
        let is_previous = self.previous.as_ref().is_some_and(|(known, _)| known.is(accepted));
        self.prefers_previous_until =
            if is_previous { now.monotonic + PREFERRED } else { Duration::ZERO };
        is_previous
    }

    /// The value before, within the overlap.
    fn previous(&self, rotation: &Rotation, now: Now) -> Option<&Known> {
        let (known, replaced) = self.previous.as_ref()?;
        let overlaps = now.monotonic.saturating_sub(*replaced) < rotation.overlap;
        Some(known).filter(|known| overlaps && may_be_sent(known, rotation, now))
    }
}

fn may_be_sent(known: &Known, rotation: &Rotation, now: Now) -> bool {
    !matches!(known.freshness(rotation, now), Freshness::TooOld)
}
