//! The circuit breaker of one API: how exchanges ended in, whether the next one is made out.
//!
//! Two circuits, so that nobody is locked out by what somebody else sends:
//!
//! | circuit | counts | opens for |
//! |--|--|--|
//! | of the API | exchanges in a row that never reached it: the name, the address, the connection, TLS. No argument has a part in these | everybody |
//! | of one caller (tenant and agent) | its exchanges in a row that reached the API and failed: a deadline, a broken exchange, a client certificate that is refused, a status of 5xx. Arguments can provoke these | that caller alone |
//!
//! An open circuit refuses for the declared time on the guard's clock; then one exchange may try.
//! It closes the circuit if it succeeds, and opens it again if it fails. One that was cancelled, or
//! ended in a way that says nothing, leaves its place to the next. Any other answer, 4xx too, says
//! that the API works.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::audit::{self, CircuitChange, Event, Header, Recorder};
use crate::clock::Clock;
use crate::spec::{self, ApiSpec};

/// The most callers whose failures are remembered for one API. Those beyond have no circuit of
/// their own until another closes.
const CALLERS: usize = 10_000;

/// How an exchange ended, as far as a circuit cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// The API answered, and not that it failed.
    Answered,
    /// Nothing reached it.
    Unreached,
    /// It was reached, and failed.
    Failed,
}

/// One circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Circuit {
    /// Exchanges are made; so many failed in a row.
    Closed { row: u32 },
    /// None is made until then.
    Open { until: Duration },
    /// One is under way that decides.
    Probing,
}

impl Circuit {
    const WHOLE: Self = Self::Closed { row: 0 };

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
    /// The callers with failures.
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
        let state = Mutex::new(State { api: Circuit::WHOLE, callers: HashMap::new() });
        Self { api: spec.name, spec: spec.traffic.breaker, clock, recorder, state }
    }

    /// Whether an exchange would be made now. It takes nothing: a call may wait for a person before
    /// its exchange.
    pub(crate) fn admits(&self, caller: &str) -> bool {
        let (now, state) = (self.clock.monotonic(), self.state());
        state.api.admits(now) && state.callers.get(caller).is_none_or(|circuit| circuit.admits(now))
    }

    /// Begins an exchange, or does not.
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
        // Each step leaves it whole: a panic elsewhere changes nothing here.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A circuit after an exchange that says something about it (`has_failed`), or nothing.
    fn after(&self, circuit: Circuit, was_probe: bool, has_failed: Option<bool>) -> Circuit {
        let now = self.clock.monotonic();
        let open = || Circuit::Open { until: now.saturating_add(self.spec.rest) };
        match (circuit, has_failed) {
            (Circuit::Probing, Some(true)) if was_probe => open(),
            (Circuit::Probing, Some(false)) if was_probe => Circuit::WHOLE,
            (Circuit::Probing, None) if was_probe => Circuit::Open { until: now },
            (Circuit::Closed { row }, Some(true))
                if row.saturating_add(1) >= self.spec.failures =>
            {
                open()
            }
            (Circuit::Closed { row }, Some(true)) => Circuit::Closed { row: row.saturating_add(1) },
            (Circuit::Closed { .. }, Some(false)) => Circuit::WHOLE,
            // It began before the circuit opened, and is not the one that decides.
            _ => circuit,
        }
    }

    fn end(&self, pass: &Pass<'_>) {
        let (of_api, of_caller) = match pass.ended {
            Some(Ended::Answered) => (Some(false), Some(false)),
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
        // Not under the lock: a sink may take its time.
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
                if next == Circuit::WHOLE {
                    own.remove();
                } else {
                    own.insert(next);
                }
                change(before, next)
            }
            Entry::Vacant(own) if has_failed == Some(true) && !is_full => {
                change(Circuit::WHOLE, *own.insert(self.after(Circuit::WHOLE, false, has_failed)))
            }
            Entry::Vacant(_) => None,
        }
    }

    /// Records that a circuit opened or closed; the API's own has no caller.
    fn note(&self, change: Option<CircuitChange>, caller: &str) {
        let Some(decision) = change else { return };
        let (tenant, agent) = caller.split_once('\0').unwrap_or_default();
        let (tenant, agent) = (tenant.to_owned(), agent.to_owned());
        let header = Header { tenant, agent, ..Header::default() };
        self.recorder.note(header, Event::Circuit(audit::Circuit { api: self.api, decision }));
    }
}

/// A change that an operator wants to know: not that an open circuit was tried and stays open.
fn change(before: Circuit, after: Circuit) -> Option<CircuitChange> {
    match (before, after) {
        (Circuit::Closed { .. }, Circuit::Open { .. }) => Some(CircuitChange::Opened),
        (Circuit::Probing, Circuit::Closed { .. }) => Some(CircuitChange::Closed),
        _ => None,
    }
}

/// An exchange under way. Dropped without [`end`](Self::end), it says nothing of the API.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    breaker: &'a Breaker,
    caller: &'a str,
    probes_api: bool,
    probes_caller: bool,
    ended: Option<Ended>,
}

impl Pass<'_> {
    /// Says how it ended; `None` if that says nothing of the API.
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

    /// The agents and decisions of the records.
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
    fn an_api_that_is_not_reached_is_left_alone_by_everybody_and_tried_by_one() {
        let (breaker, clock, audit) = breaker();
        for caller in ["a", "b", "c"] {
            assert!(exchange(&breaker, caller, Ended::Unreached));
        }
        assert!(!exchange(&breaker, "d", Ended::Answered), "open for everybody");
        clock.advance(REST);
        let probe = breaker.enter("a").expect("one may try");
        assert!(breaker.enter("b").is_none() && !breaker.admits("b"), "and only one");
        probe.end(Some(Ended::Unreached));
        assert!(!breaker.admits("b"), "open again");
        clock.advance(REST);
        assert!(exchange(&breaker, "b", Ended::Failed), "it was reached, so it is there");
        assert!(breaker.admits("a"));
        assert_eq!(
            recorded(&audit),
            [r#""Shop" null "circuit opened""#, r#""Shop" null "circuit closed""#]
        );
    }

    #[test]
    fn what_one_caller_provokes_shuts_out_that_caller_alone() {
        let (breaker, clock, audit) = breaker();
        let attacker = "default\0attacker";
        for _ in 0..3 {
            assert!(exchange(&breaker, attacker, Ended::Failed));
        }
        assert!(!exchange(&breaker, attacker, Ended::Failed));
        for _ in 0..2 {
            assert!(exchange(&breaker, "other", Ended::Failed));
        }
        assert!(exchange(&breaker, "other", Ended::Answered), "its own failures count for itself");
        clock.advance(REST);
        assert!(exchange(&breaker, attacker, Ended::Answered));
        assert!(
            exchange(&breaker, attacker, Ended::Failed) && breaker.admits(attacker),
            "counted from the beginning again"
        );
        assert_eq!(
            recorded(&audit),
            [r#""Shop" "attacker" "circuit opened""#, r#""Shop" "attacker" "circuit closed""#]
        );
    }

    #[test]
    fn an_answer_ends_a_row() {
        let (breaker, ..) = breaker();
        for _ in 0..10 {
            assert!(
                exchange(&breaker, "a", Ended::Failed) && exchange(&breaker, "a", Ended::Unreached)
            );
            assert!(exchange(&breaker, "a", Ended::Answered));
        }
        assert!(breaker.state().callers.is_empty(), "who has no failures costs nothing");
    }

    #[test]
    fn a_cancelled_probe_leaves_its_place() {
        let (breaker, clock, _) = breaker();
        for ended in [Ended::Failed, Ended::Unreached] {
            for _ in 0..3 {
                assert!(exchange(&breaker, "a", ended));
            }
            clock.advance(REST);
            drop(breaker.enter("a").expect("it may try"));
            breaker.enter("a").expect("the next may").end(None);
            assert!(exchange(&breaker, "a", Ended::Answered), "{ended:?}");
        }
    }

    #[test]
    fn an_exchange_from_before_decides_nothing() {
        let (breaker, ..) = breaker();
        let old = breaker.enter("a").expect("closed");
        for _ in 0..3 {
            assert!(exchange(&breaker, "a", Ended::Failed));
        }
        old.end(Some(Ended::Answered));
        assert!(!breaker.admits("a"), "open until it was tried");
    }
}
