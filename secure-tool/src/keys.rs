//! The guard's own keys and random numbers: made at start-up, held in memory, each for one purpose.
//!
//! | key | purpose | its loss means |
//! |--|--|--|
//! | [`Purpose::Redaction`] | the keyed hash of redacted fields | a dictionary attack on hashed values |
//! | [`Purpose::Digests`] | argument digests in the audit and in approvals | guesses at arguments from the log |
//!
//! All are derived from one root (HKDF-like, HMAC-SHA256 over the purpose's name). By default the root is random and lives as long as the
//! guard; [`Builder::key`](crate::guard::Builder::key) takes one from a store, so that hashes stay equal over restarts and replicas.

use std::fmt;

use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

use crate::error::Error;

/// What a key is for. No key does two jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Redaction,
    Digests,
}

pub(crate) struct Keys {
    redaction: hmac::Key,
    digests: hmac::Key,
    random: SystemRandom,
}

impl Keys {
    pub(crate) fn random() -> Result<Self, Error> {
        let mut root = [0; 32];
        SystemRandom::new().fill(&mut root).map_err(|_| Error::start("the system gives no random numbers"))?;
        Ok(Self::from_root(&root))
    }

    pub(crate) fn from_root(root: &[u8]) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, root);
        let derive = |purpose: &str| hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&root, purpose.as_bytes()).as_ref());
        Self { redaction: derive("secure-tool redaction v1"), digests: derive("secure-tool digests v1"), random: SystemRandom::new() }
    }

    /// The first 16 bytes of the keyed digest, in hex: as many as keep two values apart by chance and by intent alike (2⁻⁶⁴ by the birthday bound).
    pub(crate) fn digest(&self, purpose: Purpose, parts: &[&[u8]]) -> String {
        let mut context = hmac::Context::with_key(match purpose {
            Purpose::Redaction => &self.redaction,
            Purpose::Digests => &self.digests,
        });
        for part in parts {
            // The length before each part: no two lists of parts give the same input.
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        hex(context.sign().as_ref().get(..16).unwrap_or_default())
    }

    /// Random bytes in hex. `None` where the system gives none.
    pub(crate) fn nonce<const N: usize>(&self) -> Option<String> {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes).ok()?;
        Some(hex(&bytes))
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys")
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
