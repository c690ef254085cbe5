//! Retries: decides whether a failed request is retried, and after which wait.
//!
//! A request is retried only if all of these hold:
//!
//! - It has no effect, or it carries an idempotency key.
//! - The API's type declares retries, and the declared number is not used up.
//! - The failure can be temporary: DNS or connection (nothing was sent), a broken connection, 502,
//!   503, 504, or 429 with `retry-after`.
//!
//! Failures of certificates, addresses, sizes or types are never retried.
//!
//! Backoff: the upper bound doubles with each attempt, and the wait is random between 0 and that
//! bound ("full jitter"), so that callers do not retry in step. With `retry-after` of a 429 or 503
//! the wait is added to that time. Retry budget: 20 % of requests, plus 10, so that retries do not
//! multiply the load on a failing API.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use reqwest::header::RETRY_AFTER;
use ring::rand::{SecureRandom, SystemRandom};

use super::super::failure::Failure;
use super::super::request::Response;
use crate::refusal::Rule;
use crate::spec::Retries;

/// The maximum backoff without `retry-after`.
const LONGEST: Duration = Duration::from_secs(10);
/// The cost of a retry. Each request earns 1.
const COST: u32 = 5;
/// The maximum budget: 10 retries.
const MOST_SAVED: u32 = 10 * COST;

/// The retries of one API.
#[derive(Debug)]
pub(super) struct Retry {
    policy: Option<Retries>,
    saved: AtomicU32,
    random: SystemRandom,
}

/// A failure that can be temporary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Passing {
    pub(super) rule: Rule,
    pub(super) status: Option<u16>,
    /// The wait from `retry-after`.
    after: Duration,
}

impl Retry {
    pub(super) fn new(policy: Option<Retries>) -> Self {
        Self { policy, saved: AtomicU32::new(MOST_SAVED), random: SystemRandom::new() }
    }

    /// Adds a first attempt to the budget.
    pub(super) fn earn(&self) {
        if self.policy.is_some() {
            let _ = self.saved.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |saved| {
                (saved < MOST_SAVED).then(|| saved + 1)
            });
        }
    }

    /// Takes a retry from the budget. Returns false if the budget is exhausted.
    pub(super) fn spend(&self) -> bool {
        self.saved
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |saved| saved.checked_sub(COST))
            .is_ok()
    }

    /// Returns the wait before retry `number`, counted from 0, or `None` if no retry is left.
    pub(super) fn wait(&self, number: u32, passing: &Passing) -> Option<Duration> {
        let policy = self.policy.filter(|policy| number < policy.most)?;
        let mut bytes = [0xff; 8];
        let _ = self.random.fill(&mut bytes); // without random numbers, the maximum wait
        Some(passing.after.saturating_add(jitter(policy.base, number, u64::from_le_bytes(bytes))))
    }
}

/// Returns a wait between 0 and `base`, doubled for each earlier retry, and at most 10 seconds.
fn jitter(base: Duration, number: u32, random: u64) -> Duration {
    let most = base.saturating_mul(2_u32.saturating_pow(number)).min(LONGEST);
    let nanos = u128::from(random) * most.as_nanos() / u128::from(u64::MAX);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// Returns the failure of a request, if it can be temporary.
pub(super) fn passing(result: &Result<Response, Failure>, now: SystemTime) -> Option<Passing> {
    let (rule, status, after) = match result {
        Err(Failure { rule: rule @ (Rule::Dns | Rule::Connect | Rule::Exchange), .. }) => {
            (*rule, None, None)
        }
        Ok(response @ Response { status: 429, .. }) => {
            (Rule::Throttled, Some(429), Some(retry_after_header(response, now)?))
        }
        Ok(response @ Response { status: 503, .. }) => {
            (Rule::Failed, Some(503), retry_after_header(response, now))
        }
        Ok(Response { status: status @ (502 | 504), .. }) => (Rule::Failed, Some(*status), None),
        _ => return None,
    };
    Some(Passing { rule, status, after: after.unwrap_or_default() })
}

/// Returns the wait that the API requests.
fn retry_after_header(response: &Response, now: SystemTime) -> Option<Duration> {
    retry_after(response.headers.get(RETRY_AFTER)?.to_str().ok()?, now)
}

/// Parses seconds or an HTTP date (RFC 9110, 10.2.3). A past date is a wait of 0.
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
    fn backoff_is_random_up_to_a_bound_that_doubles() {
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
        assert!(retry.wait(2, &passing).is_none(), "no more than the declared number");
        assert!(Retry::new(None).wait(0, &passing).is_none(), "no retries unless declared");
    }

    #[test]
    fn the_retry_budget_is_20_percent_plus_10() {
        let retry = Retry::new(Some(POLICY));
        assert_eq!((0..100).filter(|_| retry.spend()).count(), 10);
        let mut made = 0;
        for _ in 0..100 {
            retry.earn();
            made += usize::from(retry.spend());
        }
        assert_eq!(made, 20);
        (0..1_000).for_each(|_| retry.earn());
        assert_eq!((0..100).filter(|_| retry.spend()).count(), 10, "the budget is bounded");
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
    fn only_temporary_failures_are_retried() {
        let now = ManualClock::new().wall();
        let response = |status, retry_after: Option<&'static str>| {
            let headers = retry_after
                .map(|text| (RETRY_AFTER, HeaderValue::from_static(text)))
                .into_iter()
                .collect();
            Ok(Response { status, headers, ..Response::default() })
        };
        for status in [200, 204, 301, 400, 401, 404, 408, 409, 425, 500, 501, 505, 599] {
            assert_eq!(passing(&response(status, Some("0")), now), None, "{status}");
        }
        for status in [502, 503, 504] {
            assert!(passing(&response(status, None), now).is_some(), "{status}");
        }
        assert_eq!(passing(&response(429, None), now), None, "no `retry-after`");
        assert!(
            passing(&response(429, Some("1")), now)
                .is_some_and(|passing| passing.after == Duration::from_secs(1))
        );
        assert!(
            passing(&response(503, Some("2")), now)
                .is_some_and(|passing| passing.after == Duration::from_secs(2))
        );
        for rule in Rule::ALL {
            let may_pass = matches!(rule, Rule::Dns | Rule::Connect | Rule::Exchange);
            assert_eq!(passing(&Err(Failure::new(*rule, "")), now).is_some(), may_pass, "{rule}");
        }
    }
}
