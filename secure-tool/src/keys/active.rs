//! The active keys: computes digests, derives the token keys of a session, and draws random nonces.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use ring::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

use super::{Keys, Purpose, hex};
use crate::error::Error;

/// The number of previous keys that are recognized.
const RECOGNISED: usize = 4;

/// The keys of a guard. A rotation swaps in a new set, so that computations hold no lock.
pub(crate) struct ActiveKeys(RwLock<Arc<Set>>);

struct Set {
    redaction: hmac::Key,
    arguments: hmac::Key,
    approvals: hmac::Key,
    /// Previous keys, the newest first.
    old_approvals: Vec<hmac::Key>,
    tokens: hmac::Key,
    old_tokens: Vec<hmac::Key>,
    fields: hmac::Key,
}

impl Set {
    fn new(keys: &dyn Keys) -> Result<Self, Error> {
        let sets = Purpose::ALL
            .iter()
            .map(|purpose| keys.keys(*purpose))
            .collect::<Result<Vec<_>, _>>()?;
        for (at, (purpose, set)) in Purpose::ALL.iter().zip(&sets).enumerate() {
            let others = sets
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != at)
                .flat_map(|(_, set)| set.all());
            if others.into_iter().any(|other| set.all().any(|key| key.is(other))) {
                return Err(Error::configuration(format!(
                    "the key for `{}` is also used for another purpose; each purpose needs its \
                        own key",
                    purpose.name()
                )));
            }
        }
        let [redaction, arguments, approvals, tokens, fields] = sets.as_slice() else {
            return Err(Error::configuration("a purpose has no key"));
        };
        Ok(Self {
            redaction: redaction.current.for_mac(),
            arguments: arguments.current.for_mac(),
            approvals: approvals.current.for_mac(),
            old_approvals: approvals
                .previous
                .iter()
                .map(super::Key::for_mac)
                .take(RECOGNISED)
                .collect(),
            fields: fields.current.for_mac(),
            tokens: tokens.current.for_mac(),
            old_tokens: tokens.previous.iter().map(super::Key::for_mac).take(RECOGNISED).collect(),
        })
    }
}

impl ActiveKeys {
    pub(crate) fn new(keys: &dyn Keys) -> Result<Self, Error> {
        Ok(Self(RwLock::new(Arc::new(Set::new(keys)?))))
    }

    /// Replaces the keys, and keeps the previous keys for recognition.
    pub(crate) fn rotate(&self, keys: &dyn Keys) -> Result<(), Error> {
        let mut new = Set::new(keys)?;
        let mut set = self.0.write().unwrap_or_else(PoisonError::into_inner);
        remember(&mut new.old_approvals, &set.approvals, &set.old_approvals);
        remember(&mut new.old_tokens, &set.tokens, &set.old_tokens);
        *set = Arc::new(new);
        Ok(())
    }

    /// Returns the keyed digest of `parts`.
    pub(crate) fn digest(&self, purpose: Purpose, parts: &[&[u8]]) -> String {
        let set = self.set();
        let key = match purpose {
            Purpose::Redaction => &set.redaction,
            Purpose::Arguments => &set.arguments,
            Purpose::Approvals => &set.approvals,
            Purpose::Tokens => &set.tokens,
            Purpose::Fields => &set.fields,
        };
        digest(key, parts)
    }

    /// Returns the digests of a call under the current key and under each recognized previous key,
    /// in this order.
    pub(crate) fn approval_digests(&self, parts: &[&[u8]]) -> Vec<String> {
        let set = self.set();
        std::iter::once(&set.approvals)
            .chain(&set.old_approvals)
            .map(|key| digest(key, parts))
            .collect()
    }

    /// Returns the keys that encrypt the tokens of one session, the current one first. The previous
    /// keys open tokens from before a rotation.
    pub(crate) fn token_keys(&self, tenant: &str, session: &str) -> Vec<LessSafeKey> {
        let set = self.set();
        let derived = |key| {
            UnboundKey::new(
                &AES_256_GCM,
                mac(key, &[tenant.as_bytes(), session.as_bytes()]).as_ref(),
            )
        };
        std::iter::once(&set.tokens)
            .chain(&set.old_tokens)
            .filter_map(|key| derived(key).ok())
            .map(LessSafeKey::new)
            .collect()
    }

    fn set(&self) -> Arc<Set> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Adds the keys of the previous set to `old`, after the keys that the new set lists, and keeps the
/// newest.
fn remember(old: &mut Vec<hmac::Key>, used: &hmac::Key, before: &[hmac::Key]) {
    old.insert(0, used.clone());
    old.extend(before.iter().cloned());
    old.truncate(RECOGNISED);
}

/// Returns the first 16 bytes of the keyed digest in hexadecimal. 128 bits make collisions
/// infeasible (2⁶⁴ attempts by the birthday bound).
fn digest(key: &hmac::Key, parts: &[&[u8]]) -> String {
    hex(mac(key, parts).as_ref().get(..16).unwrap_or_default())
}

fn mac(key: &hmac::Key, parts: &[&[u8]]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        // Each part is preceded by its length, so that different lists of parts have different
        // inputs.
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    context.sign()
}

/// Returns `N` random bytes in hexadecimal, or `None` if the operating system provides none.
pub(crate) fn nonce<const N: usize>() -> Option<String> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(hex(&bytes))
}

impl fmt::Debug for ActiveKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys")
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Key, KeySet};
    use super::*;

    /// Uses one key for every purpose.
    struct Lazy;

    impl Keys for Lazy {
        fn keys(&self, _: Purpose) -> Result<KeySet, Error> {
            Ok(KeySet::new(Key::new([7; 32])))
        }
    }

    /// Uses a key per purpose, but lists the key of the next purpose as a previous key.
    struct Careless;

    impl Keys for Careless {
        fn keys(&self, purpose: Purpose) -> Result<KeySet, Error> {
            let number =
                Purpose::ALL.iter().position(|other| *other == purpose).unwrap_or_default();
            let key = |number: usize| Key::new([u8::try_from(number).expect("a few"); 32]);
            Ok(KeySet::new(key(number)).previous(key(number + 1)))
        }
    }

    #[test]
    fn a_key_with_two_purposes_is_rejected() {
        for keys in [&Lazy as &dyn Keys, &Careless] {
            let error = ActiveKeys::new(keys).expect_err("one key").to_string();
            assert!(error.contains("each purpose needs its own key"), "{error}");
        }
    }

    #[test]
    fn digests_of_the_last_four_keys_are_recognized() {
        let random = || crate::keys::EmbeddedKeys::random().expect("random");
        let active = ActiveKeys::new(&random()).expect("keys");
        let mut made = Vec::new();
        for _ in 0..6 {
            made.insert(0, active.approval_digests(&[b"call"]).swap_remove(0));
            active.rotate(&random()).expect("keys");
        }
        let recognised = active.approval_digests(&[b"call"]);
        assert_eq!(recognised.get(1..), made.get(..RECOGNISED));
        assert_ne!(
            active.digest(Purpose::Redaction, &[b"call"]),
            active.digest(Purpose::Arguments, &[b"call"])
        );
    }
}
