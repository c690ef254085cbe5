//! One secret as the guard caches it: the current value, the previous value and their ages. This
//! module calls no store and reads no clock.

use std::time::{Duration, SystemTime};

use secrecy::{ExposeSecret, SecretString};

use super::Secret;

/// How long the previous value is sent first after an API accepted it and rejected the current one.
/// Without this, each call of an overlap would start with a rejected request, and APIs lock out
/// clients after too many of those.
const PREFERRED: Duration = Duration::from_secs(10);

/// The age limits and the overlap of one API's credential.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rotation {
    /// The age that triggers a warning, and the age from which the value is not sent.
    pub(crate) age: Option<(Duration, Duration)>,
    /// How long the previous value is tried after an API rejected the current one.
    pub(crate) overlap: Duration,
}

/// The times of both clocks, read together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Now {
    pub(super) monotonic: Duration,
    pub(super) wall: SystemTime,
}

/// A value, and the time when the guard first saw it.
#[derive(Clone)]
struct Known {
    secret: Secret,
    seen: Now,
}

impl Known {
    /// Returns the age of the value, if its store reports when it was issued. If the wall clock is
    /// set back, the monotonic time since the guard saw the value still counts.
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
    /// The value may be sent, and the operator is warned to replace it.
    Aging,
    TooOld,
}

/// One cached secret.
pub(super) struct CachedSecret {
    current: Known,
    /// The previous value, and the monotonic time when it was replaced.
    previous: Option<(Known, Duration)>,
    prefers_previous_until: Duration,
    /// The monotonic time of the last read of the store, and the number of reads so far.
    asked: Duration,
    asks: u64,
    /// The number of the latest read whose result is cached.
    answered: u64,
    /// The number of refreshes that the store had completed at the last read.
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

    /// Returns the number of the next read if one is due: after `pause`, or if the store was
    /// refreshed since the last read.
    pub(super) fn ask(&mut self, now: Now, pause: Duration, refreshes: u64) -> Option<u64> {
        if now.monotonic.saturating_sub(self.asked) < pause && refreshes == self.refreshes {
            return None;
        }
        (self.asked, self.refreshes) = (now.monotonic, refreshes);
        self.asks += 1;
        Some(self.asks)
    }

    /// Returns whether `value` is the current value.
    pub(super) fn holds(&self, value: &SecretString) -> bool {
        self.current.is(value)
    }

    /// Stores the result of a read and returns whether the value is new. Drops a result that a
    /// later read overtook.
    pub(super) fn take(&mut self, ask: u64, secret: Secret, now: Now) -> bool {
        if ask < self.answered {
            return false;
        }
        self.answered = ask;
        if self.current.is(&secret.value) {
            // The value is the same, but the store reports other dates for it.
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

    /// Returns the age of the current value, if it is known.
    pub(super) fn age(&self, now: Now) -> Option<Duration> {
        self.current.age(now)
    }

    /// Returns the value to send first.
    pub(super) fn first(&self, rotation: &Rotation, now: Now) -> SecretString {
        let preferred =
            self.previous(rotation, now).filter(|_| now.monotonic < self.prefers_previous_until);
        preferred.unwrap_or(&self.current).secret.value.clone()
    }

    /// Returns another value to send after an API rejected `refused`, if there is one.
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

    /// Records that an API accepted this value after it rejected another. Returns whether it is the
    /// previous value.
    pub(super) fn prefer(&mut self, accepted: &SecretString, now: Now) -> bool {
        let is_previous = self.previous.as_ref().is_some_and(|(known, _)| known.is(accepted));
        self.prefers_previous_until =
            if is_previous { now.monotonic + PREFERRED } else { Duration::ZERO };
        is_previous
    }

    /// Returns the previous value, if the overlap has not ended.
    fn previous(&self, rotation: &Rotation, now: Now) -> Option<&Known> {
        let (known, replaced) = self.previous.as_ref()?;
        let overlaps = now.monotonic.saturating_sub(*replaced) < rotation.overlap;
        Some(known).filter(|known| overlaps && may_be_sent(known, rotation, now))
    }
}

fn may_be_sent(known: &Known, rotation: &Rotation, now: Now) -> bool {
    !matches!(known.freshness(rotation, now), Freshness::TooOld)
}
