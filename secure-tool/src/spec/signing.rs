//! Signing of requests and verification of responses. Secrets are referenced by name.

use serde::Serialize;

/// How requests are signed.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Sign {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The name of the secret with the key.
    pub secret: &'static str,
    /// The key ID, sent in the signature.
    pub key_id: &'static str,
    /// The tag of the signature; empty for none.
    pub tag: &'static str,
}

/// How response signatures are verified.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Verify {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The accepted keys: key IDs, and the names of the secrets with the keys.
    pub keys: &'static [(&'static str, &'static str)],
    /// The required tag; empty to accept any.
    pub tag: &'static str,
    /// The components that the signature must cover besides the body; empty for the default.
    pub covers: &'static [&'static str],
    /// The reason for covering less than the default; empty if the default is covered.
    pub reason: &'static str,
    /// The maximum age of a signature, in seconds.
    pub max_age: u32,
    /// The accepted clock skew, in seconds.
    pub skew: u32,
}

impl Verify {
    /// The base of struct literals: no key, so that every response is rejected.
    pub const DEFAULT: Self = Self {
        algorithm: Algorithm::Ed25519,
        keys: &[],
        tag: "",
        covers: &[],
        reason: "",
        max_age: 300,
        skew: 30,
    };
}

/// The algorithm of a signing key (RFC 9421).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    /// Ed25519.
    Ed25519,
    /// HMAC-SHA256.
    Hmac,
}
