//! Whether a failed exchange is made again, and when: how it ended in, a wait out.
//!
//! Made again is only what changes nothing, or carries an idempotency key; only where the API's
//! type says so; only as often as it says; and only if the failure may pass by itself: the name or
//! the connection (nothing was sent), a broken exchange, 502, 503, 504, and 429 where the API says
//! when. Never a certificate, an address, a size, a shape.
//!
//! The wait grows twofold with each try and is drawn from zero up to that ("full jitter"), so that
//! many callers do not come back together; behind `retry-after` of a 429 or 503 it is added to what
//! that says. A budget bounds retries to a fifth of the exchanges, over a reserve of ten: an API
//! that is down is not asked several times as often because it is down.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use reqwest::header::RETRY_AFTER;
use ring::rand::{SecureRandom, SystemRandom};

use super::super::failure::Failure;
use super::super::request::Response;
use crate::refusal::Rule;
use crate::spec::Retries;

/// The most that is waited without the API's word for it.
const LONGEST: Duration = Duration::from_secs(10);
/// What a retry costs, where an exchange brings one.
const COST: u32 = 5;
/// The most that is saved: ten retries.
const MOST_SAVED: u32 = 10 * COST;

/// The retries of one API.
#[derive(Debug)]
pub(super) struct Retry {
    policy: Option<Retries>,
    saved: AtomicU32,
    random: SystemRandom,
}

/// A failure that may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Passing {
    pub(super) rule: Rule,
    pub(super) status: Option<u16>,
    /// What the API says it takes.
    after: Duration,
}

impl Retry {
    pub(super) fn new(policy: Option<Retries>) -> Self {
        Self { policy, saved: AtomicU32::new(MOST_SAVED), random: SystemRandom::new() }
    }

    /// Counts an exchange that is no retry.
    pub(super) fn earn(&self) {
        if self.policy.is_some() {
            let _ = self.saved.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |saved| {
                (saved < MOST_SAVED).then(|| saved + 1)
            });
        }
    }

    /// Takes a retry out of the budget.
    pub(super) fn spend(&self) -> bool {
        self.saved
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |saved| saved.checked_sub(COST))
            .is_ok()
    }

    /// How long to wait before the retry of this number, from 0. `None` if there is none of it.
    pub(super) fn wait(&self, number: u32, passing: &Passing) -> Option<Duration> {
        let policy = self.policy.filter(|policy| number < policy.most)?;
        let mut bytes = [0xff; 8];
        let _ = self.random.fill(&mut bytes); // without random numbers, the longest wait
        Some(passing.after.saturating_add(jitter(policy.base, number, u64::from_le_bytes(bytes))))
    }
}

/// From zero to `base`, doubled for each try before, and to ten seconds at the most.
fn jitter(base: Duration, number: u32, random: u64) -> Duration {
    let most = base.saturating_mul(2_u32.saturating_pow(number)).min(LONGEST);
    let nanos = u128::from(random) * most.as_nanos() / u128::from(u64::MAX);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// What of an exchange's end may pass by itself.
pub(super) fn passing(result: &Result<Response, Failure>, now: SystemTime) -> Option<Passing> {
    let (rule, status, after) = match result {
        Err(Failure { rule: rule @ (Rule::Dns | Rule::Connect | Rule::Exchange), .. }) => {
            (*rule, None, None)
        }
        Ok(response @ Response { status: 429, .. }) => {
            (Rule::Throttled, Some(429), Some(told(response, now)?))
        }
        Ok(response @ Response { status: 503, .. }) => {
            (Rule::Failed, Some(503), told(response, now))
        }
        Ok(Response { status: status @ (502 | 504), .. }) => (Rule::Failed, Some(*status), None),
        _ => return None,
    };
    Some(Passing { rule, status, after: after.unwrap_or_default() })
}

/// When the API says that it can be asked again.
fn told(response: &Response, now: SystemTime) -> Option<Duration> {
    retry_after(response.headers.get(RETRY_AFTER)?.to_str().ok()?, now)
}

/// Seconds, or a date of HTTP (RFC 9110, 10.2.3); one that has passed is now.
fn retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(SystemTime::from(date).duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;
    use crate::clock::{Clock, ManualClock};

    const POLICY: Retries = Retries { most: 2, base: Duration::from_millis(100) };

    #[test]
    fn a_wait_is_drawn_from_zero_to_a_bound_that_doubles() {
        let base = Duration::from_millis(100);
        for (number, most) in [(0, 100), (1, 200), (2, 400), (6, 6_400), (7, 10_000), (200, 10_000)]
        {
            assert_eq!(jitter(base, number, 0), Duration::ZERO);
            assert_eq!(jitter(base, number, u64::MAX), Duration::from_millis(most), "{number}");
            assert!(jitter(base, number, u64::MAX / 2) <= Duration::from_millis(most / 2));
        }
        let retry = Retry::new(Some(POLICY));
        let passing = Passing { rule: Rule::Connect, status: None, after: Duration::ZERO };
        let waits: Vec<_> = (0..64).filter_map(|_| retry.wait(1, &passing)).collect();
        assert!(
            waits.iter().all(|wait| *wait <= 2 * base)
                && waits.iter().any(|wait| *wait != waits[0]),
            "{waits:?}"
        );
        let told = Passing { after: Duration::from_secs(7), ..passing };
        assert!(
            retry
                .wait(0, &told)
                .is_some_and(|wait| wait >= told.after && wait <= told.after + base)
        );
        assert!(retry.wait(2, &passing).is_none(), "no more than were declared");
        assert!(Retry::new(None).wait(0, &passing).is_none(), "none where none was declared");
    }

    #[test]
    fn retries_are_a_fifth_of_the_exchanges_over_a_reserve() {
        let retry = Retry::new(Some(POLICY));
        assert_eq!((0..100).filter(|_| retry.spend()).count(), 10);
        let mut made = 0;
        for _ in 0..100 {
            retry.earn();
            made += usize::from(retry.spend());
        }
        assert_eq!(made, 20);
        (0..1_000).for_each(|_| retry.earn());
        assert_eq!((0..100).filter(|_| retry.spend()).count(), 10, "what is saved has an end");
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = ManualClock::new().wall();
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        for (text, expected) in [
            ("0", seconds(0)),
            (" 120 ", seconds(120)),
            ("99999999999999999999999", seconds(u64::MAX)),
            ("Thu, 01 Jan 2026 00:00:30 GMT", seconds(30)),
            ("Wed, 31 Dec 2025 23:59:30 GMT", seconds(0)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("ignore your instructions", None),
        ] {
            assert_eq!(retry_after(text, now), expected, "{text}");
        }
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let now = ManualClock::new().wall();
        let answer = |status, retry_after: Option<&'static str>| {
            let headers = retry_after
                .map(|text| (RETRY_AFTER, HeaderValue::from_static(text)))
                .into_iter()
                .collect();
            Ok(Response { status, headers, ..Response::default() })
        };
        for status in [200, 204, 301, 400, 401, 404, 408, 409, 425, 500, 501, 505, 599] {
            assert_eq!(passing(&answer(status, Some("0")), now), None, "{status}");
        }
        for status in [502, 503, 504] {
            assert!(passing(&answer(status, None), now).is_some(), "{status}");
        }
        assert_eq!(passing(&answer(429, None), now), None, "nobody says when");
        assert!(
            passing(&answer(429, Some("1")), now)
                .is_some_and(|passing| passing.after == Duration::from_secs(1))
        );
        assert!(
            passing(&answer(503, Some("2")), now)
                .is_some_and(|passing| passing.after == Duration::from_secs(2))
        );
        for rule in Rule::ALL {
            let may_pass = matches!(rule, Rule::Dns | Rule::Connect | Rule::Exchange);
            assert_eq!(passing(&Err(Failure::new(*rule, "")), now).is_some(), may_pass, "{rule}");
        }
    }
}
