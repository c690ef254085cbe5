//! The traffic with one API: concurrency limit, circuit breaker and retries.
//!
//! | file | decides |
//! |--|--|
//! | `permits` | how many requests are in progress, and which caller is next |
//! | `breaker` | whether the API receives requests now |
//! | `retry` | whether and when a failed request is retried |
//!
//! All of it happens within the deadline: the wait for a permit, each attempt, and the waits
//! between attempts. A call waits for a permit for at most half of the total timeout, so that the
//! other half remains for the request. A permit is held during an attempt, not between attempts.
//! Each retry counts against the API's quota.

mod breaker;
mod permits;
mod retry;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

pub(crate) use breaker::Breaker;
use breaker::Ended;
use permits::Permits;
use retry::{Passing, Retry};

use super::failure::Failure;
use super::request::{Request, Response};
use crate::audit::{Recorder, Retried};
use crate::clock::Clock;
use crate::policy::Agent;
use crate::quota::Quotas;
use crate::refusal::Rule;
use crate::spec::ApiSpec;

/// The state that the APIs of a guard share.
pub(crate) struct Shared {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) quotas: Arc<Quotas>,
    pub(crate) recorder: Arc<Recorder>,
}

/// The concurrency limit, circuit breaker and retries of one API.
pub(crate) struct ApiTraffic {
    api: &'static str,
    clock: Arc<dyn Clock>,
    quotas: Arc<Quotas>,
    permits: Arc<Permits>,
    breaker: Breaker,
    retry: Retry,
}

impl ApiTraffic {
    pub(crate) fn new(spec: &ApiSpec, shared: &Shared) -> Self {
        let traffic = spec.traffic;
        Self {
            api: spec.name,
            clock: shared.clock.clone(),
            quotas: shared.quotas.clone(),
            permits: Permits::new(traffic.concurrency as usize),
            breaker: Breaker::new(spec, shared.clock.clone(), shared.recorder.clone()),
            retry: Retry::new(traffic.retries),
        }
    }

    pub(super) fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    /// Sends a request with retries. `try_once` makes one attempt.
    pub(super) async fn drive<F>(
        &self,
        request: &Request,
        agent: &Agent,
        deadline: Instant,
        try_once: impl Fn() -> F,
    ) -> Result<Response, Failure>
    where
        F: Future<Output = Result<Response, Failure>>,
    {
        let caller = agent.caller();
        self.retry.earn();
        // If an earlier attempt may have arrived, a later failure does not prove that nothing
        // happened.
        let mut in_doubt = false;
        for number in 0.. {
            let started = Instant::now();
            let result = self.once(&caller, deadline, request.limits.total, &try_once).await;
            let took = started.elapsed();
            if (request.is_repeatable || request.has_key)
                && let Some(passing) = retry::passing(&result, self.clock.wall())
                && let Some(wait) = self.wait(number, &passing, agent, deadline)
            {
                in_doubt |= result.as_ref().map_or_else(
                    |failure| failure.may_have_arrived,
                    |response| response.status >= 500,
                );
                self.note(request, &passing, took, wait);
                tokio::time::sleep(wait).await;
                continue;
            }
            return match result {
                Ok(response) => Ok(Response { in_doubt, ..response }),
                Err(failure) => Err(Failure {
                    may_have_arrived: in_doubt || failure.may_have_arrived,
                    ..failure
                }),
            };
        }
        Err(Failure::new(Rule::Exchange, "the number of attempts overflowed"))
    }

    /// Makes one attempt, after it obtained a permit.
    async fn once<F>(
        &self,
        caller: &str,
        deadline: Instant,
        total: Duration,
        try_once: &impl Fn() -> F,
    ) -> Result<Response, Failure>
    where
        F: Future<Output = Result<Response, Failure>>,
    {
        let patience = total / 2;
        let permit = timeout_at(deadline.min(after(patience)), self.permits.acquire(caller)).await;
        let Ok(Some(_permit)) = permit else {
            return Err(Failure::new(
                Rule::Crowded,
                format!("the API was at its concurrency limit for {patience:?}"),
            ));
        };
        let Some(pass) = self.breaker.enter(caller) else {
            return Err(Failure::new(
                Rule::CircuitOpen,
                "the circuit breaker is open after too many consecutive failures",
            ));
        };
        let result = match timeout_at(deadline, try_once()).await {
            Ok(result) => result,
            Err(_) => {
                Err(Failure::new(Rule::Timeout, format!("no complete response within {total:?}")))
            }
        };
        pass.end(ended(&result));
        result
    }

    /// Returns the wait before this retry, if it ends within the deadline and the retry budget and
    /// the quota allow it.
    fn wait(
        &self,
        number: u32,
        passing: &Passing,
        agent: &Agent,
        deadline: Instant,
    ) -> Option<Duration> {
        let wait = self.retry.wait(number, passing)?;
        let in_time = Instant::now().checked_add(wait).is_some_and(|then| then < deadline);
        let may = in_time && self.breaker.admits(&agent.caller()) && self.retry.spend();
        (may && self.quotas.api(self.api, &agent.tenant).is_ok()).then_some(wait)
    }

    fn note(&self, request: &Request, passing: &Passing, took: Duration, wait: Duration) {
        let retried = Retried::new(self.api, passing.rule, passing.status, took, wait);
        tracing::info!(
            target: "secure_tool::transport",
            api = self.api,
            rule = retried.rule,
            status = retried.status,
            micros = retried.micros,
            waits = retried.waited,
            "a request failed and is retried",
        );
        request.retried.push(retried);
    }
}

/// Returns what the end of an attempt says about the API.
fn ended(result: &Result<Response, Failure>) -> Option<Ended> {
    match result {
        Ok(response) if response.status >= 500 => Some(Ended::Failed),
        Ok(_) => Some(Ended::Responded),
        // The API rejected this caller only.
        Err(failure) if failure.is_callers_own => Some(Ended::Failed),
        Err(failure) => match failure.rule {
            Rule::Dns | Rule::Address | Rule::Connect | Rule::Tls => Some(Ended::Unreached),
            Rule::Timeout | Rule::Exchange => Some(Ended::Failed),
            // The API responded, but the response exceeded our limits.
            Rule::AnswerTooLarge | Rule::Ratio | Rule::Encoding | Rule::AnswerMemory => {
                Some(Ended::Responded)
            }
            _ => None,
        },
    }
}

/// Returns the instant after `time`, or an instant 1 year ahead if the sum overflows.
pub(super) fn after(time: Duration) -> Instant {
    const FAR: Duration = Duration::from_hours(24 * 365);
    let now = Instant::now();
    now.checked_add(time).unwrap_or_else(|| now + FAR)
}

impl fmt::Debug for ApiTraffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiTraffic").field("api", &self.api).finish_non_exhaustive()
    }
}
