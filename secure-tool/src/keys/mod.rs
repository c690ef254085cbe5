//! The guard's own keys. Each purpose has its own key.
//!
//! | purpose | protects | a rotation |
//! |--|--|--|
//! | [`Purpose::Redaction`] | keyed hashes of redacted fields, per tenant | changes hashes |
//! | [`Purpose::Arguments`] | digests of arguments in the audit log | changes digests |
//! | [`Purpose::Approvals`] | bindings of approvals to a call | recognizes the last 4 keys |
//! | [`Purpose::Tokens`] | tokens of redacted fields | opens tokens of the last 4 keys |
//! | [`Purpose::Fields`] | digests of the names of unexpected fields | changes digests |
//!
//! What a leaked key allows:
//!
//! - `Redaction`: to test guesses at hashed values.
//! - `Arguments` and `Fields`: to test guesses at arguments and at names in the audit log.
//! - `Approvals`: to approve a different call, together with the right to decide for a session.
//! - `Tokens`: to read tokens and to forge them.
//! - A root: all of the above, because all keys are derived from it.
//!
//! Tokens are encrypted with AES-256-GCM. Each session has its own key, derived from the
//! [`Purpose::Tokens`] key, the tenant and the session. A root derives its keys with HMAC-SHA256
//! over the name of the purpose. The guard keeps all keys in memory only.
//!
//! By default the guard creates random keys, which are lost with the guard
//! ([`EmbeddedKeys::random`]). With [`EmbeddedKeys::from_root`], hashes and digests are equal
//! across restarts and replicas.
//!
//! To use a key management service, implement [`Keys`]. The guard calls it when it is built and in
//! [`Guard::rotate_keys`](crate::Guard::rotate_keys), never during a call. Therefore fetch the keys
//! beforehand.
//!
//! A later version can add purposes. A new purpose does not change the keys of the others.
//! the keys of no other.

mod active;
mod embedded;

use std::fmt;

use ring::hmac;
use secrecy::{ExposeSecret, SecretBox};

use crate::error::Error;
pub(crate) use secure_tool_text::internal::hex::encode as hex;

pub(crate) use active::{ActiveKeys, nonce};
pub use embedded::EmbeddedKeys;

/// The purpose of a key.
///
/// ```
/// use secure_tool::keys::Purpose;
///
/// assert_eq!(Purpose::Redaction.name(), "redaction");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Purpose {
    /// Keyed hashes of redacted fields.
    Redaction,
    /// Digests of arguments in the audit log.
    Arguments,
    /// Digests of whole calls, to which approvals are bound.
    Approvals,
    /// Encryption of the tokens of redacted fields, with a derived key per session.
    Tokens,
    /// Digests of the names of unexpected fields in the audit log.
    Fields,
}

impl Purpose {
    /// All purposes.
    ///
    /// ```
    /// use secure_tool::keys::Purpose;
    ///
    /// assert!(Purpose::ALL.contains(&Purpose::Tokens));
    /// ```
    pub const ALL: &'static [Self] =
        &[Self::Redaction, Self::Arguments, Self::Approvals, Self::Tokens, Self::Fields];

    /// Returns the stable name of the purpose. Use it to derive or to store keys.
    ///
    /// ```
    /// assert_eq!(secure_tool::keys::Purpose::Fields.name(), "fields");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Redaction => "redaction",
            Self::Arguments => "arguments",
            Self::Approvals => "approvals",
            Self::Tokens => "tokens",
            Self::Fields => "fields",
        }
    }
}

/// A key of 32 bytes. `Debug` does not show it, it cannot be cloned, and its memory is wiped on
/// drop.
///
/// ```
/// use secure_tool::keys::Key;
///
/// assert_eq!(format!("{:?}", Key::new([7; 32])), "Key");
/// ```
pub struct Key(SecretBox<[u8; 32]>);

impl Key {
    /// Creates a key from these bytes. They must be random, or derived from a random secret.
    ///
    /// ```
    /// # let from_your_kms = [7; 32];
    /// let key = secure_tool::keys::Key::new(from_your_kms);
    /// # let _ = key;
    /// ```
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    fn for_mac(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.0.expose_secret())
    }

    fn is(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

/// The keys of one purpose: the current key and the previous keys.
///
/// ```
/// use secure_tool::keys::{Key, KeySet};
///
/// let keys = KeySet::new(Key::new([2; 32])).previous(Key::new([1; 32]));
/// # let _ = keys;
/// ```
#[derive(Debug)]
pub struct KeySet {
    current: Key,
    previous: Vec<Key>,
}

impl KeySet {
    /// Creates a set with the current key and no previous keys.
    ///
    /// ```
    /// use secure_tool::keys::{Key, KeySet};
    ///
    /// let keys = KeySet::new(Key::new([2; 32]));
    /// # let _ = keys;
    /// ```
    #[must_use]
    pub fn new(current: Key) -> Self {
        Self { current, previous: Vec::new() }
    }

    /// Adds a previous key. Add the newest first. The guard uses the first 4.
    ///
    /// ```
    /// use secure_tool::keys::{Key, KeySet};
    ///
    /// let keys = KeySet::new(Key::new([2; 32])).previous(Key::new([1; 32]));
    /// # let _ = keys;
    /// ```
    #[must_use]
    pub fn previous(mut self, key: Key) -> Self {
        self.previous.push(key);
        self
    }

    fn all(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

/// A source of keys.
///
/// ```
/// use secure_tool::Error;
/// use secure_tool::keys::{Key, KeySet, Keys, Purpose};
///
/// /// Keys that a key management service unwrapped before the guard was built.
/// struct Unwrapped(std::collections::BTreeMap<&'static str, [u8; 32]>);
///
/// impl Keys for Unwrapped {
///     fn keys(&self, purpose: Purpose) -> Result<KeySet, Error> {
///         self.0
///             .get(purpose.name())
///             .map(|bytes| KeySet::new(Key::new(*bytes)))
///             .ok_or_else(|| Error::no_key(purpose))
///     }
/// }
/// ```
pub trait Keys: Send + Sync {
    /// Returns the keys of this purpose. Two purposes must not share a key: the guard rejects such
    /// a set.
    ///
    /// The guard calls this when it is built and when its keys are rotated. Read from memory.
    ///
    /// # Errors
    ///
    /// Returns an error if the purpose has no key.
    ///
    /// ```
    /// use secure_tool::keys::{EmbeddedKeys, Keys, Purpose};
    ///
    /// # fn main() -> Result<(), secure_tool::Error> {
    /// let keys = EmbeddedKeys::random()?.keys(Purpose::Redaction)?;
    /// # let _ = keys; Ok(())
    /// # }
    /// ```
    fn keys(&self, purpose: Purpose) -> Result<KeySet, Error>;
}

impl Error {
    /// Creates the error for a missing key, for implementations of [`Keys`].
    ///
    /// ```
    /// use secure_tool::Error;
    /// use secure_tool::keys::Purpose;
    ///
    /// let error = Error::no_key(Purpose::Tokens);
    /// assert_eq!(error.to_string(), "there is no key for `tokens`");
    /// ```
    #[must_use]
    pub fn no_key(purpose: Purpose) -> Self {
        Self::secret(format!("there is no key for `{}`", purpose.name()))
    }
}
