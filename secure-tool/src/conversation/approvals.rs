//! Approval requests of one conversation: what was asked, approved, denied and charged for.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::policy::Decision;

/// How long a person may take to decide, and how long an approval that came later can be used.
pub(crate) const APPROVAL_LASTS: Duration = Duration::from_mins(10);

/// The approval requests of one conversation, by the digest of their call.
#[derive(Debug, Default)]
pub(crate) struct Approvals {
    /// Approval requests that an approver has seen.
    pub(crate) requests: u32,
    pub(crate) denials: u32,
    /// Digests of denied calls. They are not asked about again.
    denied: HashSet<String>,
    /// Calls that wait for a decision, and when they expire.
    pending: HashMap<String, Duration>,
    /// How often a daily budget was charged for a call that then waited for a person, and the day.
    deposits: HashMap<String, (u64, u32)>,
    /// Calls that a person has approved and that were not made yet.
    approved: HashMap<String, Approval>,
}

#[derive(Debug, Clone)]
struct Approval {
    by: String,
    expires: Duration,
}

/// What was decided about a call before.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PriorDecision {
    /// A person of this name approved it.
    Approved(String),
    Denied,
    /// The approval, or the time to give one, is over.
    Expired,
    /// It still waits for a decision.
    Pending,
}

impl Approvals {
    /// Returns the digest by which this call is known: that of an older key, if it was asked about
    /// or charged for before the keys were rotated.
    pub(crate) fn known(&self, digests: Vec<String>) -> String {
        let is_known = |digest: &String| {
            self.denied.contains(digest)
                || self.pending.contains_key(digest)
                || self.approved.contains_key(digest)
                || self.deposits.contains_key(digest)
        };
        let at = digests.iter().position(is_known).unwrap_or_default();
        digests.into_iter().nth(at).unwrap_or_default()
    }

    /// Records that a call was charged for and now waits. It is not charged for again when it comes
    /// back.
    pub(crate) fn deposit(&mut self, digest: String, today: u64) {
        let (day, count) = self.deposits.entry(digest).or_default();
        *count = if *day == today { *count + 1 } else { 1 };
        *day = today;
    }

    /// Returns whether this call was charged for earlier on the same day. Each charge serves one
    /// call.
    pub(crate) fn take_deposit(&mut self, digest: &str, today: u64) -> bool {
        match self.deposits.get_mut(digest) {
            Some((day, count)) if *day == today && *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        }
    }

    /// Records that this very call was denied.
    pub(crate) fn deny(&mut self, digest: String) {
        self.denials += 1;
        self.denied.insert(digest);
    }

    /// Records that this call waits for a decision, for as long as [`APPROVAL_LASTS`].
    pub(crate) fn wait(&mut self, digest: String, now: Duration) {
        self.pending.insert(digest, now + APPROVAL_LASTS);
    }

    /// Decides a call that waits. Returns false if no such call waits, or if it has expired.
    pub(crate) fn decide(&mut self, digest: &str, decision: Decision, now: Duration) -> bool {
        match (decision, self.pending.get(digest)) {
            (Decision::Later, _) | (_, None) => false,
            (_, Some(expires)) if now >= *expires => false,
            (Decision::Denied, Some(_)) => {
                self.pending.remove(digest);
                self.deny(digest.to_owned());
                true
            }
            (Decision::Approved { by }, Some(_)) => {
                self.pending.remove(digest);
                let approval = Approval { by, expires: now + APPROVAL_LASTS };
                self.approved.insert(digest.to_owned(), approval);
                true
            }
        }
    }

    /// Returns what was decided about this very call before. An approval is taken out: it can be
    /// used once.
    pub(crate) fn take(&mut self, digest: &str, now: Duration) -> Option<PriorDecision> {
        if self.denied.contains(digest) {
            return Some(PriorDecision::Denied);
        }
        match self.approved.remove(digest) {
            Some(Approval { by, expires }) if now < expires => {
                return Some(PriorDecision::Approved(by));
            }
            Some(_) => return Some(PriorDecision::Expired),
            None => {}
        }
        match self.pending.get(digest) {
            Some(expires) if now < *expires => Some(PriorDecision::Pending),
            Some(_) => {
                self.pending.remove(digest);
                Some(PriorDecision::Expired)
            }
            None => None,
        }
    }
}
