//! How requests to a provider are signed, and how its answers are verified. Secrets stand here by
//! their names.

use serde::Serialize;

/// How requests are signed.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Sign {
    /// The algorithm of the key.
    pub algorithm: Algorithm,
    /// The name of the secret that holds the key.
    pub secret: &'static str,
    /// The id of the key, which is sent.
    pub key_id: &'static str,
    /// What the signature is for; empty for none.
    pub tag: &'static str,
}

/// How answers are verified.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Verify {
    /// The algorithm of the key.
    pub algorithm: Algorithm,
    /// The keys that are in use: their ids, and the names of the secrets that hold them.
    pub keys: &'static [(&'static str, &'static str)],
    /// Only signatures of this tag count; empty for all.
    pub tag: &'static str,
    /// What has to be covered, beside the body; empty for the default.
    pub covers: &'static [&'static str],
    /// Why less than the default has to be covered; empty if it is not less.
    pub reason: &'static str,
    /// How long ago an answer may have been signed, in seconds.
    pub max_age: u32,
    /// How far the provider's clock may be off, in seconds.
    pub skew: u32,
}

impl Verify {
    /// What a literal starts from: no key, so that nothing would be taken.
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

/// The algorithm of a key of RFC 9421.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    /// Ed25519.
    Ed25519,
    /// HMAC-SHA256.
    Hmac,
}
