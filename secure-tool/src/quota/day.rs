//! What was spent today: an account and an amount in, go or no out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use super::KEYS;
use crate::clock::Clock;
use crate::refusal::Rule;

pub(super) struct DayBudgets {
    clock: Arc<dyn Clock>,
    spent: Mutex<(u64, HashMap<String, f64>)>,
}

impl DayBudgets {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, spent: Mutex::default() }
    }

    /// Days since 1970 in UTC.
    pub(super) fn today(&self) -> u64 {
        self.clock.wall().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() / 86_400
    }

    pub(super) fn spend(&self, account: String, amount: f64, per_day: f64) -> Result<(), Rule> {
        let today = self.today();
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let (day, accounts) = &mut *spent;
        if today > *day {
            // A clock that goes back keeps the day that it has seen, so that setting it back fills
            // no budget.
            *day = today;
            accounts.clear();
        }
        if accounts.len() >= KEYS && !accounts.contains_key(&account) {
            return Err(Rule::QuotaMemory);
        }
        let sum = accounts.entry(account).or_insert(0.0);
        // Written so that a value that is no number is refused; a negative one never fills a
        // budget.
        if amount >= 0.0 && *sum + amount <= per_day {
            *sum += amount;
            Ok(())
        } else {
            Err(Rule::DayCap)
        }
    }
}
