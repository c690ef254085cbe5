//! Keys of one process: a root in, a key for each purpose out.

use std::fmt;

use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::{ExposeSecret, SecretString};

use super::{Key, KeySet, Keys, Purpose};
use crate::error::Error;

/// The fewest bytes of a root: as many as the keys have that are derived from it.
const SHORTEST: usize = 32;

/// Keys that are derived from a root: drawn at random, or a store's.
///
/// ```
/// use secure_tool::keys::EmbeddedKeys;
///
/// # fn example(from_the_store: secure_tool::SecretString, the_one_before: secure_tool::SecretString) -> Result<(), secure_tool::Error> {
/// let keys = EmbeddedKeys::from_root(&from_the_store)?.previous_root(&the_one_before)?;
/// # Ok(())
/// # }
/// ```
pub struct EmbeddedKeys {
    root: hmac::Key,
    previous: Vec<hmac::Key>,
}

impl EmbeddedKeys {
    /// From a root that is drawn now and kept nowhere.
    ///
    /// # Errors
    ///
    /// If the system gives no random numbers.
    pub fn random() -> Result<Self, Error> {
        let mut root = [0; SHORTEST];
        SystemRandom::new()
            .fill(&mut root)
            .map_err(|_| Error::start("the system gives no random numbers"))?;
        Ok(Self { root: hmac::Key::new(hmac::HMAC_SHA256, &root), previous: Vec::new() })
    }

    /// From a root that a store has, at least 32 bytes, so that hashes and digests are equal over
    /// restarts and replicas.
    ///
    /// # Errors
    ///
    /// If it is shorter.
    pub fn from_root(root: &SecretString) -> Result<Self, Error> {
        Ok(Self { root: derivable(root)?, previous: Vec::new() })
    }

    /// With a root from before, the newer ones first: what was made with its keys is recognised
    /// where that is promised (see the [module](super)).
    ///
    /// # Errors
    ///
    /// If it is shorter than 32 bytes.
    pub fn previous_root(mut self, root: &SecretString) -> Result<Self, Error> {
        self.previous.push(derivable(root)?);
        Ok(self)
    }
}

fn derivable(root: &SecretString) -> Result<hmac::Key, Error> {
    let root = root.expose_secret().as_bytes();
    if root.len() < SHORTEST {
        return Err(Error::secret(format!(
            "the root of the guard's keys is shorter than {SHORTEST} bytes"
        )));
    }
    Ok(hmac::Key::new(hmac::HMAC_SHA256, root))
}

/// HMAC-SHA256 over the purpose's name: what is known of one key says nothing of another or of the
/// root.
fn derived(root: &hmac::Key, purpose: Purpose) -> Key {
    let tag = hmac::sign(root, format!("secure-tool {} v1", purpose.name()).as_bytes());
    let mut bytes = [0; SHORTEST];
    for (to, from) in bytes.iter_mut().zip(tag.as_ref()) {
        *to = *from;
    }
    Key::new(bytes)
}

impl Keys for EmbeddedKeys {
    fn keys(&self, purpose: Purpose) -> Result<KeySet, Error> {
        let previous = self.previous.iter().map(|root| derived(root, purpose));
        Ok(previous.fold(KeySet::new(derived(&self.root, purpose)), KeySet::previous))
    }
}

impl fmt::Debug for EmbeddedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedKeys")
            .field("previous", &self.previous.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_purposes_have_a_key_in_common_and_none_has_the_root() {
        let root = "0123456789abcdef0123456789abcdef".to_owned();
        let keys = EmbeddedKeys::from_root(&root.clone().into()).expect("long enough");
        let before = keys
            .previous_root(&"another root, which is long enough".to_owned().into())
            .expect("long enough");
        let mut seen = vec![root.into_bytes()];
        for purpose in Purpose::ALL {
            for key in before.keys(*purpose).expect("derived").all() {
                let bytes = key.0.expose_secret().to_vec();
                assert!(!seen.contains(&bytes), "{purpose:?}");
                seen.push(bytes);
            }
        }
        assert_eq!(seen.len(), 1 + 2 * Purpose::ALL.len());
    }

    #[test]
    fn one_root_gives_the_same_keys_everywhere_and_random_ones_do_not() {
        let key = |keys: &EmbeddedKeys| {
            keys.keys(Purpose::Redaction).expect("derived").current.0.expose_secret().to_owned()
        };
        let from_root = || {
            EmbeddedKeys::from_root(&"0123456789abcdef0123456789abcdef".to_owned().into())
                .expect("long enough")
        };
        assert_eq!(key(&from_root()), key(&from_root()));
        // By another implementation: Python's hmac.new(root, b"secure-tool redaction v1",
        // "sha256").
        assert_eq!(super::super::hex(&key(&from_root())), EXPECTED);
        assert_ne!(
            key(&EmbeddedKeys::random().expect("random")),
            key(&EmbeddedKeys::random().expect("random"))
        );
    }

    const EXPECTED: &str = "2ead435b43fed0421ece6d5ec6e611e584936c17f6612b67f5367429c31acf1a";
}
