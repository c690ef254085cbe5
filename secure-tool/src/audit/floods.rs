//! Floods of refusals: the first few are recorded and the rest are counted, so that an endlessly
//! refused model does not fill the disk that effects need.
//!
//! Refusals are equal if session and rule are equal. The first [`FIRST`] within a [`WINDOW`] are
//! written, the others are counted. The count is written at the first record after the window, when
//! the session ends, or when the guard is dropped. A flood costs one record per [`WINDOW`].
//!
//! Promise: each call has its own outcome or is in exactly one count, and a call with an intent
//! always has its own outcome. A count that is not yet written is lost when the process dies. It
//! contains only refusals, which sent nothing without an intent.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::record::{Header, Outcome, Refusals};
use crate::refusal::Rule;

/// The number of equal refusals that are written.
pub(crate) const FIRST: u32 = 10;
/// The period in which equal refusals are counted together.
pub(crate) const WINDOW: Duration = Duration::from_mins(1);

#[derive(Debug, Default)]
pub(super) struct Floods(Mutex<BTreeMap<(String, Option<&'static str>), Flood>>);

/// The equal refusals since a time.
#[derive(Debug)]
struct Flood {
    since: Duration,
    written: u32,
    /// The refusals that are not written, with the header of the last.
    counted: (Header, Refusals),
}

impl Flood {
    fn new(since: Duration) -> Self {
        Self { since, written: 0, counted: Default::default() }
    }

    fn is_over(&self, now: Duration) -> bool {
        now.saturating_sub(self.since) >= WINDOW
    }

    /// Returns the count to be written, if there is one.
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
    /// Counts a refusal, and returns whether it must not be written.
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

    /// Returns the counts whose window has passed.
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

    /// Returns the counts of a session, or of all sessions, before their window has passed.
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
