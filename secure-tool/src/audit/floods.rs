//! Floods of refusals: each of the first few is recorded, the rest is counted, so that a model that
//! is refused without end does not fill the disk that effects need.
//!
//! What is alike is of one session and one rule. Of these the first [`FIRST`] within [`WINDOW`] are
//! written, the others counted. The count is written when the time has passed and the guard records
//! anything, when the session ends, or when the guard does. While a flood goes on, it costs one
//! record in a [`WINDOW`].
//!
//! Promised: each call has an outcome of its own or is in exactly one count; a call with an intent
//! always has its own. Not promised: what is counted and not yet written when the process dies is
//! lost. Those are refusals, after which nothing was sent or done that an intent does not tell of.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::record::{Header, Outcome, Refusals};
use crate::refusal::Rule;

/// How many alike are written in a row.
pub(crate) const FIRST: u32 = 10;
/// How long they are looked at together.
pub(crate) const WINDOW: Duration = Duration::from_mins(1);

#[derive(Debug, Default)]
pub(super) struct Floods(Mutex<BTreeMap<(String, Option<&'static str>), Flood>>);

/// What is alike, since a time.
#[derive(Debug)]
struct Flood {
    since: Duration,
    written: u32,
    /// The refusals that were not written, with the header of the last.
    counted: (Header, Refusals),
}

impl Flood {
    fn new(since: Duration) -> Self {
        Self { since, written: 0, counted: Default::default() }
    }

    fn is_over(&self, now: Duration) -> bool {
        now.saturating_sub(self.since) >= WINDOW
    }

    /// Returns the count, to be written, if anything was counted.
    fn take(&mut self) -> Option<(Header, Refusals)> {
        let counted = std::mem::take(&mut self.counted);
        (counted.1.count > 0).then_some(counted)
    }

    fn count(&mut self, header: &Header, outcome: &Outcome) {
        let before = &self.counted.1;
        let same_tool = before.count == 0 || before.tool == outcome.call.tool;
        let refusals = Refusals {
            tool: if same_tool { outcome.call.tool } else { "" },
            decision: outcome.decision,
            rule: outcome.rule,
            attempt: outcome.call.attempt,
            count: before.count + 1,
        };
        self.counted = (header.clone(), refusals);
    }
}

impl Floods {
    /// Whether a refusal was counted, and is not to be written.
    pub(super) fn counts(&self, header: &Header, outcome: &Outcome, now: Duration) -> bool {
        let mut floods = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let alike = (header.session.clone(), outcome.rule.map(Rule::id));
        let flood = floods.entry(alike).or_insert_with(|| Flood::new(now));
        if flood.written < FIRST {
            flood.written += 1;
            return false;
        }
        flood.count(header, outcome);
        true
    }

    /// The counts whose time has passed.
    pub(super) fn due(&self, now: Duration) -> Vec<(Header, Refusals)> {
        let mut due = Vec::new();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, flood| {
            if !flood.is_over(now) {
                return true;
            }
            let counted = flood.take();
            flood.since = now;
            let goes_on = counted.is_some();
            due.extend(counted);
            goes_on
        });
        due
    }

    /// The counts of a session, or of all, whether their time has passed or not.
    pub(super) fn close(&self, session: Option<&str>) -> Vec<(Header, Refusals)> {
        let mut closed = Vec::new();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(of, _), flood| {
            let ends = session.is_none_or(|session| session == of);
            if ends {
                closed.extend(flood.take());
            }
            !ends
        });
        closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(session: &str, tool: &'static str, attempt: u64) -> (Header, Outcome) {
        let header = Header { session: session.into(), ..Header::default() };
        let mut outcome = Outcome { rule: Some(Rule::Malformed), ..Outcome::default() };
        (outcome.call.tool, outcome.call.attempt) = (tool, attempt);
        (header, outcome)
    }

    fn counts(floods: &Floods, refusal: &(Header, Outcome), now: Duration) -> bool {
        floods.counts(&refusal.0, &refusal.1, now)
    }

    #[test]
    fn each_refusal_is_written_or_in_one_count() {
        let floods = Floods::default();
        let (mut written, mut counted) = (0, 0);
        for second in 0..600 {
            let now = Duration::from_secs(second);
            counted += floods.due(now).iter().map(|(_, refusals)| refusals.count).sum::<u64>();
            written += u64::from(!counts(&floods, &refusal("s", "t", second), now));
        }
        let last = floods.close(Some("s"));
        counted += last.iter().map(|(_, refusals)| refusals.count).sum::<u64>();
        assert_eq!(
            (written, written + counted),
            (u64::from(FIRST), 600),
            "one flood, one row of records"
        );
        assert!(floods.close(None).is_empty(), "and nothing twice");
        let last = last.first().map(|(_, refusals)| (refusals.tool, refusals.attempt));
        assert_eq!(last, Some(("t", 599)));
    }

    #[test]
    fn after_a_quiet_minute_refusals_are_written_again() {
        let floods = Floods::default();
        assert!(!counts(&floods, &refusal("s", "t", 1), Duration::ZERO));
        assert!(floods.due(WINDOW).is_empty());
        for attempt in 0..u64::from(FIRST) {
            assert!(!counts(&floods, &refusal("s", "t", attempt), WINDOW), "{attempt}");
        }
        assert!(counts(&floods, &refusal("s", "t", 99), WINDOW));
    }

    #[test]
    fn one_sessions_flood_hides_nothing_of_anothers() {
        let floods = Floods::default();
        for attempt in 0..100 {
            let tool = if attempt % 2 == 0 { "t" } else { "u" };
            counts(&floods, &refusal("s", tool, attempt), Duration::ZERO);
        }
        assert!(!counts(&floods, &refusal("other", "t", 1), Duration::ZERO));
        let (header, outcome) = refusal("s", "t", 1);
        let other = (header, Outcome { rule: Some(Rule::TooLarge), ..outcome });
        assert!(!counts(&floods, &other, Duration::ZERO));
        let closed = floods.close(Some("s"));
        let closed: Vec<_> =
            closed.iter().map(|(_, refusals)| (refusals.tool, refusals.count)).collect();
        assert_eq!(closed, [("", 90)], "of several tools");
    }
}
