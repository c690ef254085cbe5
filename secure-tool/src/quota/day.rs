//! Daily budgets: counts the amount that each account spends per day, in UTC.

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

    /// Returns the days since 1970-01-01 in UTC.
    pub(super) fn today(&self) -> u64 {
        self.clock.wall().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() / 86_400
    }

    pub(super) fn spend(&self, account: String, amount: f64, per_day: f64) -> Result<(), Rule> {
        let today = self.today();
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let (day, accounts) = &mut *spent;
        if today > *day {
            // If the clock goes backward, the latest day stays in effect: setting the clock back
            // refills no budget.
            *day = today;
            accounts.clear();
        }
        if accounts.len() >= KEYS && !accounts.contains_key(&account) {
            return Err(Rule::QuotaMemory);
        }
        let sum = accounts.entry(account).or_insert(0.0);
        // Written so that NaN is rejected. A negative amount is rejected too: it would refill a
        // budget.
        if amount >= 0.0 && *sum + amount <= per_day {
            *sum += amount;
            Ok(())
        } else {
            Err(Rule::DayCap)
        }
    }
}
