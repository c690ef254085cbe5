//! Rate limits and quotas: decides whether a caller may call now.
//!
//! Counts stay in this process, in governor, a cell rate limiter without timers. Keys consist of
//! tenant and agent. A full map drops its idle keys; if it is still full, it rejects the call.

mod day;
mod memory;

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::clock::Clock;
use crate::error::Error;
use crate::refusal::Rule;
use crate::spec::Rate;
use day::DayBudgets;
pub(crate) use memory::{CALL, COST, Memory, Reservation, position_cost};

/// The maximum number of keys in one map of quotas.
const KEYS: usize = 100_000;

/// Adapts the guard's clock to governor.
#[derive(Clone)]
struct Ticks(Arc<dyn Clock>);

impl GovernorClock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.0.monotonic().into()
    }
}

type Limiter = RateLimiter<String, HashMapStateStore<String>, Ticks, NoOpMiddleware<Nanos>>;

struct Keyed(Limiter);

impl Keyed {
    fn new(rate: Rate, clock: &Arc<dyn Clock>) -> Option<Self> {
        let (count, burst) = (NonZeroU32::new(rate.count)?, NonZeroU32::new(rate.burst)?);
        let quota = Quota::with_period(Duration::from_secs(rate.per.seconds()) / count.get())?
            .allow_burst(burst);
        Some(Self(RateLimiter::new(quota, HashMapStateStore::default(), Ticks(clock.clone()))))
    }

    fn take(&self, key: &str, spent: Rule) -> Result<(), Rule> {
        if self.0.len() >= KEYS {
            self.0.retain_recent();
            if self.0.len() >= KEYS {
                return Err(Rule::QuotaMemory);
            }
        }
        self.0.check_key(&key.to_owned()).map_err(|_| spent)
    }
}

/// The quotas of a guard.
pub(crate) struct Quotas {
    attempts: Keyed,
    tools: BTreeMap<&'static str, Keyed>,
    apis: BTreeMap<&'static str, Keyed>,
    days: DayBudgets,
}

impl Quotas {
    pub(crate) fn new(
        attempts: Rate,
        tools: impl Iterator<Item = (&'static str, Rate)>,
        apis: impl Iterator<Item = (&'static str, Rate)>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let keyed = |name: &'static str, rate| {
            Keyed::new(rate, clock).map(|keyed| (name, keyed)).ok_or_else(|| {
                Error::configuration(format!(
                    "the rate limit of `{name}` is zero or too high to count"
                ))
            })
        };
        Ok(Self {
            attempts: keyed("attempts", attempts)?.1,
            tools: tools.map(|(name, rate)| keyed(name, rate)).collect::<Result<_, _>>()?,
            apis: apis.map(|(name, rate)| keyed(name, rate)).collect::<Result<_, _>>()?,
            days: DayBudgets::new(clock.clone()),
        })
    }

    /// Counts an attempt of an agent, whether the call is refused or not.
    pub(crate) fn attempt(&self, caller: &str) -> Result<(), Rule> {
        self.attempts.take(caller, Rule::Attempts)
    }

    /// Counts a tool call by an agent.
    pub(crate) fn tool(&self, tool: &str, caller: &str) -> Result<(), Rule> {
        self.tools.get(tool).map_or(Ok(()), |keyed| keyed.take(caller, Rule::ToolQuota))
    }

    /// Counts an API call by any agent of a tenant.
    pub(crate) fn api(&self, api: &str, tenant: &str) -> Result<(), Rule> {
        self.apis.get(api).map_or(Ok(()), |keyed| keyed.take(tenant, Rule::ApiQuota))
    }

    /// Returns the day of the current budgets.
    pub(crate) fn today(&self) -> u64 {
        self.days.today()
    }

    /// Spends an amount of a daily budget. The amount is not refunded, whatever the outcome of the
    /// call.
    pub(crate) fn spend(&self, account: String, amount: f64, per_day: f64) -> Result<(), Rule> {
        self.days.spend(account, amount, per_day)
    }
}

impl fmt::Debug for Quotas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quotas")
            .field("tools", &self.tools.len())
            .field("apis", &self.apis.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use crate::spec::Per;

    fn quotas(clock: &ManualClock) -> Quotas {
        let rate = |count, burst| Rate { count, per: Per::Minute, burst };
        let clock: Arc<dyn Clock> = Arc::new(clock.clone());
        Quotas::new(
            rate(600, 600),
            [("a", rate(2, 2))].into_iter(),
            [("A", rate(3, 3))].into_iter(),
            &clock,
        )
        .expect("sound rates")
    }

    #[test]
    fn each_agent_has_its_own_quota_and_it_refills() {
        let clock = ManualClock::new();
        let quotas = quotas(&clock);
        assert_eq!(
            [quotas.tool("a", "x"), quotas.tool("a", "x"), quotas.tool("a", "x")],
            [Ok(()), Ok(()), Err(Rule::ToolQuota)]
        );
        assert_eq!(quotas.tool("a", "y"), Ok(()));
        clock.advance(Duration::from_secs(30));
        assert_eq!([quotas.tool("a", "x"), quotas.tool("a", "x")], [Ok(()), Err(Rule::ToolQuota)]);
    }

    #[test]
    fn the_daily_budget_resets_at_midnight() {
        let clock = ManualClock::new();
        let quotas = quotas(&clock);
        assert_eq!(quotas.spend("x".into(), 600.0, 1_000.0), Ok(()));
        assert_eq!(quotas.spend("x".into(), 600.0, 1_000.0), Err(Rule::DayCap));
        assert_eq!(quotas.spend("x".into(), 400.0, 1_000.0), Ok(()));
        clock.advance(Duration::from_hours(24));
        assert_eq!(quotas.spend("x".into(), 600.0, 1_000.0), Ok(()));
    }
}
