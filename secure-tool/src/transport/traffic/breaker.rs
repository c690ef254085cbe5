//! The circuit breaker of one API: decides from earlier outcomes whether a request may be sent.
//!
//! It has two kinds of circuits, so that one caller's failures do not block other callers:
//!
//! | circuit | counts consecutive requests that | opens for |
//! |--|--|--|
//! | of the API | never reached it: DNS, address, connection, TLS | all callers |
//! | of a caller | reached the API and failed | that caller |
//!
//! A caller is a tenant and an agent. A request that reached the API fails by a timeout, a broken
//! connection, a rejected client certificate or a 5xx status.
//!
//! Arguments cannot cause failures of the first kind, but they can cause failures of the second.
//!
//! An open circuit rejects requests for the declared time on the guard's clock. Then it admits one
//! probe, which closes the circuit if it succeeds and opens it again if it fails. If the probe is
//! cancelled or inconclusive, the next request is the probe. Any other response, including 4xx,
//! counts as a success.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::audit::{self, CircuitChange, Event, Header, Recorder};
use crate::clock::Clock;
use crate::spec::{self, ApiSpec};

/// The maximum number of callers with failures per API. Further callers have no circuit until
/// another one closes.
const CALLERS: usize = 10_000;

/// The outcome of a request, as a circuit counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// The API responded without a server error.
    Responded,
    /// The request did not reach the API.
    Unreached,
    /// The request reached the API and failed.
    Failed,
}

/// One circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Circuit {
    /// Requests are admitted. `row` counts the consecutive failures.
    Closed { row: u32 },
    /// No request is admitted before `until`.
    Open { until: Duration },
    /// A probe is in progress.
    Probing,
}

impl Circuit {
    const RESET: Self = Self::Closed { row: 0 };

    fn admits(self, now: Duration) -> bool {
        match self {
            Self::Closed { .. } => true,
            Self::Open { until } => now >= until,
            Self::Probing => false,
        }
    }
}

#[derive(Debug)]
struct State {
    api: Circuit,
    /// The circuits of callers with failures.
    callers: HashMap<String, Circuit>,
}

/// The circuits of one API.
#[derive(Debug)]
pub(crate) struct Breaker {
    api: &'static str,
    spec: spec::Breaker,
    clock: Arc<dyn Clock>,
    recorder: Arc<Recorder>,
    state: Mutex<State>,
}

impl Breaker {
    pub(super) fn new(spec: &ApiSpec, clock: Arc<dyn Clock>, recorder: Arc<Recorder>) -> Self {
        let state = Mutex::new(State { api: Circuit::RESET, callers: HashMap::new() });
        Self { api: spec.name, spec: spec.traffic.breaker, clock, recorder, state }
    }

    /// Returns whether a request would be admitted now. It changes nothing, because a call may
    /// still wait for an approval before its request.
    pub(crate) fn admits(&self, caller: &str) -> bool {
        let (now, state) = (self.clock.monotonic(), self.state());
        state.api.admits(now) && state.callers.get(caller).is_none_or(|circuit| circuit.admits(now))
    }

    /// Admits a request, or returns `None`.
    pub(super) fn enter<'a>(&'a self, caller: &'a str) -> Option<Pass<'a>> {
        let (now, mut state) = (self.clock.monotonic(), self.state());
        let State { api, callers } = &mut *state;
        let own = callers.get_mut(caller);
        if !api.admits(now) || own.as_deref().is_some_and(|circuit| !circuit.admits(now)) {
            return None;
        }
        let probe = |circuit: &mut Circuit| {
            let is_open = matches!(circuit, Circuit::Open { .. });
            if is_open {
                *circuit = Circuit::Probing;
            }
            is_open
        };
        Some(Pass {
            breaker: self,
            caller,
            probes_api: probe(api),
            probes_caller: own.is_some_and(probe),
            ended: None,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each step leaves the state consistent, so a poisoned lock is safe to use.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a circuit after a request. `has_failed` is `None` for an inconclusive outcome.
    fn after(&self, circuit: Circuit, was_probe: bool, has_failed: Option<bool>) -> Circuit {
        let now = self.clock.monotonic();
        let open = || Circuit::Open { until: now.saturating_add(self.spec.rest) };
        match (circuit, has_failed) {
            (Circuit::Probing, Some(true)) if was_probe => open(),
            (Circuit::Probing, Some(false)) if was_probe => Circuit::RESET,
            (Circuit::Probing, None) if was_probe => Circuit::Open { until: now },
            (Circuit::Closed { row }, Some(true))
                if row.saturating_add(1) >= self.spec.failures =>
            {
                open()
            }
            (Circuit::Closed { row }, Some(true)) => Circuit::Closed { row: row.saturating_add(1) },
            (Circuit::Closed { .. }, Some(false)) => Circuit::RESET,
            // The request began before the circuit opened, so it does not decide.
            _ => circuit,
        }
    }

    fn end(&self, pass: &Pass<'_>) {
        let (of_api, of_caller) = match pass.ended {
            Some(Ended::Responded) => (Some(false), Some(false)),
            Some(Ended::Unreached) => (Some(true), None),
            Some(Ended::Failed) => (Some(false), Some(true)),
            None => (None, None),
        };
        let (changed, own_changed) = {
            let mut state = self.state();
            let State { api, callers } = &mut *state;
            let before = *api;
            *api = self.after(before, pass.probes_api, of_api);
            (change(before, *api), self.end_of_caller(callers, pass, of_caller))
        };
        // The lock is released first: a sink may be slow.
        self.note(changed, "");
        self.note(own_changed, pass.caller);
    }

    fn end_of_caller(
        &self,
        callers: &mut HashMap<String, Circuit>,
        pass: &Pass<'_>,
        has_failed: Option<bool>,
    ) -> Option<CircuitChange> {
        let is_full = callers.len() >= CALLERS;
        match callers.entry(pass.caller.to_owned()) {
            Entry::Occupied(mut own) => {
                let (before, next) =
                    (*own.get(), self.after(*own.get(), pass.probes_caller, has_failed));
                if next == Circuit::RESET {
                    own.remove();
                } else {
                    own.insert(next);
                }
                change(before, next)
            }
            Entry::Vacant(own) if has_failed == Some(true) && !is_full => {
                change(Circuit::RESET, *own.insert(self.after(Circuit::RESET, false, has_failed)))
            }
            Entry::Vacant(_) => None,
        }
    }

    /// Records that a circuit opened or closed. The API's own circuit has no caller.
    fn note(&self, change: Option<CircuitChange>, caller: &str) {
        let Some(decision) = change else { return };
        let (tenant, agent) = caller.split_once('\0').unwrap_or_default();
        let (tenant, agent) = (tenant.to_owned(), agent.to_owned());
        let header = Header { tenant, agent, ..Header::default() };
        self.recorder.note(header, Event::Circuit(audit::Circuit { api: self.api, decision }));
    }
}

/// Returns a change that is recorded. A failed probe of an open circuit is not recorded.
fn change(before: Circuit, after: Circuit) -> Option<CircuitChange> {
    match (before, after) {
        (Circuit::Closed { .. }, Circuit::Open { .. }) => Some(CircuitChange::Opened),
        (Circuit::Probing, Circuit::Closed { .. }) => Some(CircuitChange::Closed),
        _ => None,
    }
}

/// An admitted request. If it is dropped without [`end`](Self::end), its outcome is inconclusive.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    breaker: &'a Breaker,
    caller: &'a str,
    probes_api: bool,
    probes_caller: bool,
    ended: Option<Ended>,
}

impl Pass<'_> {
    /// Reports the outcome, or `None` if it is inconclusive.
    pub(super) fn end(mut self, ended: Option<Ended>) {
        self.ended = ended;
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.breaker.end(self);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::MemoryAudit;
    use crate::clock::ManualClock;
    use crate::spec::Traffic;

    const REST: Duration = Duration::from_secs(30);

    fn breaker() -> (Breaker, ManualClock, MemoryAudit) {
        let (clock, audit) = (ManualClock::new(), MemoryAudit::new());
        let traffic =
            Traffic { breaker: spec::Breaker { failures: 3, rest: REST }, ..Traffic::DEFAULT };
        let spec = ApiSpec { name: "Shop", traffic, ..ApiSpec::DEFAULT };
        let recorder = Recorder::new(Some(Arc::new(audit.clone())), Arc::new(clock.clone()));
        (Breaker::new(&spec, Arc::new(clock.clone()), Arc::new(recorder)), clock, audit)
    }

    /// Returns the API, the agent and the decision of each record.
    fn recorded(audit: &MemoryAudit) -> Vec<String> {
        let record = |line: &String| -> serde_json::Value {
            serde_json::from_str(line).expect("a JSON line")
        };
        audit
            .lines()
            .iter()
            .map(record)
            .map(|one| format!("{} {} {}", one["api"], one["agent"], one["decision"]))
            .collect()
    }

    fn exchange(breaker: &Breaker, caller: &str, ended: Ended) -> bool {
        breaker.enter(caller).map(|pass| pass.end(Some(ended))).is_some()
    }

    #[test]
    fn an_unreachable_api_is_blocked_for_all_callers_until_one_probe_succeeds() {
        let (breaker, clock, audit) = breaker();
        for caller in ["a", "b", "c"] {
            assert!(exchange(&breaker, caller, Ended::Unreached));
        }
        assert!(!exchange(&breaker, "d", Ended::Responded), "open for all callers");
        clock.advance(REST);
        let probe = breaker.enter("a").expect("one probe is admitted");
        assert!(breaker.enter("b").is_none() && !breaker.admits("b"), "only one probe is admitted");
        probe.end(Some(Ended::Unreached));
        assert!(!breaker.admits("b"), "open again");
        clock.advance(REST);
        assert!(exchange(&breaker, "b", Ended::Failed), "a failed request still reached the API");
        assert!(breaker.admits("a"));
        assert_eq!(
            recorded(&audit),
            [r#""Shop" null "circuit opened""#, r#""Shop" null "circuit closed""#]
        );
    }

    #[test]
    fn failures_of_one_caller_block_that_caller_only() {
        let (breaker, clock, audit) = breaker();
        let attacker = "default\0attacker";
        for _ in 0..3 {
            assert!(exchange(&breaker, attacker, Ended::Failed));
        }
        assert!(!exchange(&breaker, attacker, Ended::Failed));
        for _ in 0..2 {
            assert!(exchange(&breaker, "other", Ended::Failed));
        }
        assert!(exchange(&breaker, "other", Ended::Responded), "each caller has its own count");
        clock.advance(REST);
        assert!(exchange(&breaker, attacker, Ended::Responded));
        assert!(
            exchange(&breaker, attacker, Ended::Failed) && breaker.admits(attacker),
            "the count restarts at zero"
        );
        assert_eq!(
            recorded(&audit),
            [r#""Shop" "attacker" "circuit opened""#, r#""Shop" "attacker" "circuit closed""#]
        );
    }

    #[test]
    fn a_response_resets_the_count() {
        let (breaker, ..) = breaker();
        for _ in 0..10 {
            assert!(
                exchange(&breaker, "a", Ended::Failed) && exchange(&breaker, "a", Ended::Unreached)
            );
            assert!(exchange(&breaker, "a", Ended::Responded));
        }
        assert!(breaker.state().callers.is_empty(), "callers without failures are not stored");
    }

    #[test]
    fn a_cancelled_probe_is_replaced_by_the_next_request() {
        let (breaker, clock, _) = breaker();
        for ended in [Ended::Failed, Ended::Unreached] {
            for _ in 0..3 {
                assert!(exchange(&breaker, "a", ended));
            }
            clock.advance(REST);
            drop(breaker.enter("a").expect("a probe is admitted"));
            breaker.enter("a").expect("the next request is the probe").end(None);
            assert!(exchange(&breaker, "a", Ended::Responded), "{ended:?}");
        }
    }

    #[test]
    fn a_request_from_before_the_opening_does_not_close_the_circuit() {
        let (breaker, ..) = breaker();
        let old = breaker.enter("a").expect("closed");
        for _ in 0..3 {
            assert!(exchange(&breaker, "a", Ended::Failed));
        }
        old.end(Some(Ended::Responded));
        assert!(!breaker.admits("a"), "open until a probe succeeds");
    }
}
