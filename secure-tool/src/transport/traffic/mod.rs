//! The exchanges with one API, beside and after each other: one to be made in, what became of it
//! out.
//!
//! | file | decides |
//! |--|--|
//! | `permits` | how many are under way at once, and whose turn it is |
//! | `breaker` | whether the API is left alone for a while |
//! | `retry` | whether one that failed is made again, and when |
//!
//! All of it within the deadline of the exchange: the wait for a permit, each try, the waits
//! between them. For a permit half of the deadline is waited at the most, so that what is sent has
//! the other half. A permit is held for a try and not for a wait; each try after the first is
//! charged to the API's quota, too.

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

/// What the APIs of a guard share.
pub(crate) struct Shared {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) quotas: Arc<Quotas>,
    pub(crate) recorder: Arc<Recorder>,
}

/// The way of the exchanges with one API.
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

    /// Makes the exchange that `try_once` is one try of.
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
        // Whether a try before may have arrived: then what comes after it decides nothing about it.
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
        Err(Failure::new(Rule::Exchange, "there are no more numbers to count tries with"))
    }

    /// One try, when its turn has come.
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
                format!("the API has as many exchanges under way as it may, for {patience:?}"),
            ));
        };
        let Some(pass) = self.breaker.enter(caller) else {
            return Err(Failure::new(
                Rule::CircuitOpen,
                "the API is left alone, because it failed too often in a row",
            ));
        };
        let result = match timeout_at(deadline, try_once()).await {
            Ok(result) => result,
            Err(_) => Err(Failure::new(Rule::Timeout, format!("no whole answer in {total:?}"))),
        };
        pass.end(ended(&result));
        result
    }

    /// How long to wait before the retry of this number, if it is to be made: it ends in time, and
    /// budget and quota allow it.
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
            "an exchange failed and is made again",
        );
        request.retried.push(retried);
    }
}

/// What the end of a try says of the API.
fn ended(result: &Result<Response, Failure>) -> Option<Ended> {
    match result {
        Ok(response) if response.status >= 500 => Some(Ended::Failed),
        Ok(_) => Some(Ended::Answered),
        // The API refused this caller, and not others.
        Err(failure) if failure.is_callers_own => Some(Ended::Failed),
        Err(failure) => match failure.rule {
            Rule::Dns | Rule::Address | Rule::Connect | Rule::Tls => Some(Ended::Unreached),
            Rule::Timeout | Rule::Exchange => Some(Ended::Failed),
            // What it answered with was too much for us.
            Rule::AnswerTooLarge | Rule::Ratio | Rule::Encoding | Rule::AnswerMemory => {
                Some(Ended::Answered)
            }
            _ => None,
        },
    }
}

/// The moment after so long; of a time that no clock has, one that is far away.
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
