//! Derives the key of each purpose from one root key, in this process.

use std::fmt;

use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::{ExposeSecret, SecretString};

use super::{Key, KeySet, Keys, Purpose};
use crate::error::Error;

/// The minimum length of a root in bytes: the length of the keys derived from it.
const SHORTEST: usize = 32;

/// Keys derived from one root, which is random or comes from a secret store.
///
/// ```
/// use secure_tool::keys::EmbeddedKeys;
///
/// # fn example(current: secure_tool::SecretString, old: secure_tool::SecretString) -> Result<(),
/// secure_tool::Error> {
/// let keys = EmbeddedKeys::from_root(&current)?.previous_root(&old)?;
/// # Ok(())
/// # }
/// ```
pub struct EmbeddedKeys {
    root: hmac::Key,
    previous: Vec<hmac::Key>,
}

impl EmbeddedKeys {
    /// Creates keys from a new random root, which exists only in memory.
    ///
    /// # Errors
    ///
    /// Returns an error if the operating system provides no random numbers.
    ///
    /// ```
    /// # fn main() -> Result<(), secure_tool::Error> {
    /// let keys = secure_tool::keys::EmbeddedKeys::random()?;
    /// # let _ = keys; Ok(())
    /// # }
    /// ```
    pub fn random() -> Result<Self, Error> {
        let mut root = [0; SHORTEST];
        SystemRandom::new()
            .fill(&mut root)
            .map_err(|_| Error::start("the operating system provides no random numbers"))?;
        Ok(Self { root: hmac::Key::new(hmac::HMAC_SHA256, &root), previous: Vec::new() })
    }

    /// Creates keys from a stored root of at least 32 bytes, so that hashes and digests are equal
    /// across restarts and replicas.
    ///
    /// # Errors
    ///
    /// Returns an error if the root is shorter than 32 bytes.
    ///
    /// ```
    /// use secure_tool::keys::EmbeddedKeys;
    ///
    /// # fn main() -> Result<(), secure_tool::Error> {
    /// let root = "0123456789abcdef0123456789abcdef".into(); // from your secret store
    /// let keys = EmbeddedKeys::from_root(&root)?;
    /// # let _ = keys; Ok(())
    /// # }
    /// ```
    pub fn from_root(root: &SecretString) -> Result<Self, Error> {
        Ok(Self { root: derivable(root)?, previous: Vec::new() })
    }

    /// Adds a previous root. Add the newest first. The guard still recognizes approvals and tokens
    /// made with its keys (see the [module](super)).
    ///
    /// # Errors
    ///
    /// Returns an error if the root is shorter than 32 bytes.
    ///
    /// ```
    /// use secure_tool::keys::EmbeddedKeys;
    ///
    /// # fn main() -> Result<(), secure_tool::Error> {
    /// let old = "0123456789abcdef0123456789abcdef".into();
    /// let keys = EmbeddedKeys::random()?.previous_root(&old)?;
    /// # let _ = keys; Ok(())
    /// # }
    /// ```
    pub fn previous_root(mut self, root: &SecretString) -> Result<Self, Error> {
        self.previous.push(derivable(root)?);
        Ok(self)
    }
}

fn derivable(root: &SecretString) -> Result<hmac::Key, Error> {
    let root = root.expose_secret().as_bytes();
    if root.len() < SHORTEST {
        return Err(Error::secret(format!(
            "the root of the guard's keys is shorter than {SHORTEST} bytes; use a longer random \
                value"
        )));
    }
    Ok(hmac::Key::new(hmac::HMAC_SHA256, root))
}

/// Derives a key with HMAC-SHA256 over the purpose's name. A leaked key reveals neither another key
/// nor the root.
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
    fn each_purpose_has_its_own_key_and_none_is_the_root() {
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
    fn equal_roots_derive_equal_keys_and_random_roots_differ() {
        let key = |keys: &EmbeddedKeys| {
            keys.keys(Purpose::Redaction).expect("derived").current.0.expose_secret().to_owned()
        };
        let from_root = || {
            EmbeddedKeys::from_root(&"0123456789abcdef0123456789abcdef".to_owned().into())
                .expect("long enough")
        };
        assert_eq!(key(&from_root()), key(&from_root()));
        // Computed with another implementation: Python's hmac.new(root, b"secure-tool redaction
        // v1", "sha256").
        assert_eq!(super::super::hex(&key(&from_root())), EXPECTED);
        assert_ne!(
            key(&EmbeddedKeys::random().expect("random")),
            key(&EmbeddedKeys::random().expect("random"))
        );
    }

    const EXPECTED: &str = "2ead435b43fed0421ece6d5ec6e611e584936c17f6612b67f5367429c31acf1a";
}
