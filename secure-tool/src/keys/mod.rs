//! The guard's own keys: a purpose in, the key for it out. No key does two jobs.
//!
//! | key | purpose | lives | rotation and overlap | its loss means |
//! |--|--|--|--|--|
//! | [`Purpose::Redaction`] | the keyed hash of redacted fields, by tenant | memory | a value has another hash from then on; the old ones are not recognised | who has it can test guesses at hashed values |
//! | [`Purpose::Arguments`] | digests of arguments in the audit | memory | equal arguments have another digest from then on | who has it and the log can test guesses at arguments |
//! | [`Purpose::Approvals`] | what an approval, a denial or a question that waits is bound to | memory | what was made with the last four keys is recognised | who has it can name a call that was not shown, if they can also decide for a session |
//! | [`Purpose::Tokens`] | tokens of redacted fields: AES-256-GCM under a key of each session, derived from this one over tenant and session | memory | tokens of the last four keys still open | who has it can read the tokens that they see, and make some |
//! | [`Purpose::Fields`] | digests of the names of undeclared fields in the audit | memory | a name has another digest from then on | who has it and the log can test guesses at names |
//! | a root | the keys above are derived from it, HMAC-SHA256 over the name of the purpose | memory; a store's, if one is given | as those above, all at once | all rows above |
//!
//! By default the guard draws keys at random, which end with it ([`EmbeddedKeys::random`]). With
//! [`EmbeddedKeys::from_root`], hashes and digests are equal over restarts and replicas. Whoever
//! has a key management service implements [`Keys`]: it is asked when a guard is built and when
//! [`Guard::rotate_keys`](crate::Guard::rotate_keys) is called, and never in the middle of a call,
//! so it fetches its keys before.
//!
//! Purposes will be added (state that clients hold, checkpoints of the audit): a new one changes
//! the keys of no other.

mod embedded;
mod working;

use std::fmt;

use ring::hmac;
use secrecy::{ExposeSecret, SecretBox};

use crate::error::Error;

pub use embedded::EmbeddedKeys;
pub(crate) use working::{Working, nonce};

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Purpose {
    /// The keyed hash of redacted fields.
    Redaction,
    /// Digests of arguments in the audit.
    Arguments,
    /// Digests of whole calls: what an approval is bound to.
    Approvals,
    /// The keys of sessions under which tokens of redacted fields are encrypted.
    Tokens,
    /// Digests of the names of undeclared fields in the audit.
    Fields,
}

impl Purpose {
    /// All of them.
    pub const ALL: &'static [Self] =
        &[Self::Redaction, Self::Arguments, Self::Approvals, Self::Tokens, Self::Fields];

    /// The stable name, by which keys are derived or kept.
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

/// A key of 32 bytes. It shows nothing of itself, can't be copied, and its memory is wiped when it
/// is dropped.
pub struct Key(SecretBox<[u8; 32]>);

impl Key {
    /// These bytes, which must be random, or derived from what is.
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

/// The keys of one purpose: the one that is used, and those before it whose work is still
/// recognised.
#[derive(Debug)]
pub struct KeySet {
    current: Key,
    previous: Vec<Key>,
}

impl KeySet {
    /// One key, and none before it.
    #[must_use]
    pub fn new(current: Key) -> Self {
        Self { current, previous: Vec::new() }
    }

    /// With one more from before, the newer ones first.
    #[must_use]
    pub fn previous(mut self, key: Key) -> Self {
        self.previous.push(key);
        self
    }

    fn all(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

/// Where keys come from.
///
/// ```
/// use secure_tool::Error;
/// use secure_tool::keys::{Key, KeySet, Keys, Purpose};
///
/// /// Keys that a key management service has unwrapped before the guard is built.
/// struct Unwrapped(std::collections::BTreeMap<&'static str, [u8; 32]>);
///
/// impl Keys for Unwrapped {
///     fn keys(&self, purpose: Purpose) -> Result<KeySet, Error> {
///         self.0.get(purpose.name()).map(|bytes| KeySet::new(Key::new(*bytes))).ok_or_else(|| Error::no_key(purpose))
///     }
/// }
/// ```
pub trait Keys: Send + Sync {
    /// The keys of this purpose. Two purposes must not have a key in common: the guard refuses it.
    ///
    /// It is called when a guard is built and when its keys are rotated; answer from memory.
    ///
    /// # Errors
    ///
    /// If there is none.
    fn keys(&self, purpose: Purpose) -> Result<KeySet, Error>;
}

impl Error {
    /// For implementations of [`Keys`]: there is no key for this.
    #[must_use]
    pub fn no_key(purpose: Purpose) -> Self {
        Self::secret(format!("there is no key for `{}`", purpose.name()))
    }
}

/// Bytes in lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
        text
    })
}
