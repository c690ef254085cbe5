//! What a verifier requires of every signature, and what it accepted.

use ring::digest;

use super::key::VerifyingKey;
use super::replay::Mark;
use super::unverified::Unverified;

/// What is asked.
#[derive(Debug)]
pub(super) struct Policy {
    pub(super) keys: Vec<VerifyingKey>,
    pub(super) tag: Option<String>,
    /// In seconds.
    pub(super) max_age: u64,
    /// In seconds.
    pub(super) skew: u64,
}

impl Policy {
    pub(super) fn key(&self, id: &str) -> Result<&VerifyingKey, Unverified> {
        self.keys.iter().find(|key| key.id == id).ok_or(Unverified::UnknownKey)
    }

    /// The last second in which what was signed then is taken, if that is not over yet.
    pub(super) fn window(
        &self,
        created: u64,
        expires: Option<u64>,
        now: u64,
    ) -> Result<u64, Unverified> {
        if created > now.saturating_add(self.skew) {
            return Err(Unverified::TooNew);
        }
        let end = created.saturating_add(self.max_age);
        let end = expires.map_or(end, |expires| expires.min(end)).saturating_add(self.skew);
        if end < now || expires.is_some_and(|expires| expires < created) {
            Err(Unverified::TooOld)
        } else {
            Ok(end)
        }
    }
}

/// What was verified.
#[derive(Debug)]
pub(super) struct Accepted {
    pub(super) key_id: String,
    pub(super) created: u64,
    /// The last second in which it would be accepted.
    pub(super) until: u64,
    /// What may be accepted once.
    pub(super) mark: Option<Mark>,
    pub(super) body: Vec<u8>,
}

/// What stands for these parts and no others.
pub(super) fn mark(parts: &[&[u8]]) -> Mark {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut mark = Mark::default();
    mark.copy_from_slice(context.finish().as_ref());
    mark
}
