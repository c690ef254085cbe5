//! Approval requests of one conversation: pending, approved, denied and charged calls.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::policy::Decision;

/// The time limit for a decision, and for using an approval that arrived later.
pub(crate) const APPROVAL_LASTS: Duration = Duration::from_mins(10);

/// The approval requests of one conversation, by the digest of their call.
#[derive(Debug, Default)]
pub(crate) struct Approvals {
    /// The number of approval requests shown to an approver.
    pub(crate) requests: u32,
    pub(crate) denials: u32,
    /// The digests of denied calls. They are not requested again.
    denied: HashSet<String>,
    /// The pending calls, with their expiry times.
    pending: HashMap<String, Duration>,
    /// The number of daily-budget charges of pending calls, with the day.
    deposits: HashMap<String, (u64, u32)>,
    /// The approved calls that were not made yet.
    approved: HashMap<String, Approval>,
}

#[derive(Debug, Clone)]
struct Approval {
    by: String,
    expires: Duration,
}

/// An earlier decision about a call.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PriorDecision {
    /// Approved by this person.
    Approved(String),
    Denied,
    /// The approval, or the time limit for a decision, has expired.
    Expired,
    /// The call is still pending.
    Pending,
}

impl Approvals {
    /// Returns the digest under which the call is known. This is an earlier key's digest if the
    /// call was requested or charged before key rotation.
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

    /// Records that a pending call was charged. It is not charged again when it is repeated.
    pub(crate) fn deposit(&mut self, digest: String, today: u64) {
        let (day, count) = self.deposits.entry(digest).or_default();
        *count = if *day == today { *count + 1 } else { 1 };
        *day = today;
    }

    /// Returns whether the call was charged earlier on the same day. Each charge is used once.
    pub(crate) fn take_deposit(&mut self, digest: &str, today: u64) -> bool {
        match self.deposits.get_mut(digest) {
            Some((day, count)) if *day == today && *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        }
    }

    /// Records that the call was denied.
    pub(crate) fn deny(&mut self, digest: String) {
        self.denials += 1;
        self.denied.insert(digest);
    }

    /// Records that the call is pending, for [`APPROVAL_LASTS`].
    pub(crate) fn wait(&mut self, digest: String, now: Duration) {
        self.pending.insert(digest, now + APPROVAL_LASTS);
    }

    /// Decides a pending call. Returns false if the call is not pending or has expired.
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

    /// Returns the earlier decision about the call. An approval is removed, because it can be used
    /// only once.
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
