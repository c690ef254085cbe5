//! Signatures: which messages are signed, accepted and rejected.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod answers;
mod custom;
mod end_to_end;
mod garbage;
mod receiver;
mod rfc9421;
mod shop;
mod vectors;
mod verifier;

use std::time::{Duration, UNIX_EPOCH};

use ring::hmac;
use secure_tool::SecretString;
use secure_tool::clock::{Clock, ManualClock};
use secure_tool::signing::{SigningKey, VerifyingKey};

/// The key of RFC 9421, B.1.4, in PKCS#8 without the public key.
pub const ED25519_PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
-----END PRIVATE KEY-----
";
/// The public key of [`ED25519_PRIVATE`].
pub const ED25519_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----
";
/// An HMAC key.
pub const HMAC: &str = "canary-hmac-7c1f6f7d-of-32-bytes-and-more";
/// Another HMAC key.
pub const OTHER: &str = "canary-hmac-b2a90e11-of-32-bytes-and-more";

/// Returns an HMAC key for signing.
pub fn signing(id: &str, secret: &str) -> SigningKey {
    SigningKey::hmac(id, &SecretString::from(secret)).unwrap()
}

/// Returns an HMAC key for verification.
pub fn verifying(id: &str, secret: &str) -> VerifyingKey {
    VerifyingKey::hmac(id, &SecretString::from(secret)).unwrap()
}

/// Computes HMAC-SHA256 independently of the crate.
pub fn mac(secret: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), text.as_bytes()).as_ref().to_vec()
}

/// Returns bytes in lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from_digit(digit.into(), 16).unwrap())
        .collect()
}

/// Computes SHA-256.
pub fn sha256(bytes: &[u8]) -> Vec<u8> {
    ring::digest::digest(&ring::digest::SHA256, bytes).as_ref().to_vec()
}

/// Returns the seconds since 1970 by a clock.
pub fn seconds(clock: &ManualClock) -> u64 {
    clock.wall().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// More than the age of an RFC's examples.
pub const AGES: Duration = Duration::from_hours(24 * 365 * 50);

/// Returns fields in the form that a message takes.
pub fn bytes(fields: &[(impl AsRef<str>, String)]) -> Vec<(&str, &[u8])> {
    fields.iter().map(|(name, value)| (name.as_ref(), value.as_bytes())).collect()
}
