//! Signatures of requests and answers: of what the guard sends, of what APIs answer, and of
//! webhooks that your own program receives.
//!
//! A guard signs and verifies by itself where an API declares it, with `sign(…)` and `verify(…)` in
//! [`SecureApi`](macro@crate::SecureApi). What is here is for your own receivers: a [`Verifier`]
//! takes a request as it came and gives a proof ([`Verified`]) that holds the body, or one reason
//! of [`Unverified`]. A [`Signer`] is the other end.
//!
//! | scheme | by | covers |
//! |--|--|--|
//! | [RFC 9421](https://www.rfc-editor.org/rfc/rfc9421), HTTP message signatures | Ed25519, HMAC-SHA256 | what is declared, header fields too; the content by `content-digest` ([RFC 9530](https://www.rfc-editor.org/rfc/rfc9530)) |
//! | of our own, below | HMAC-SHA256 | method, host, path, query, time, nonce and canonical body; no header fields |
//!
//! Keys have ids. A signer has one key; a verifier has as many as are in use, so that the old one
//! and the new one overlap while they are rotated. The algorithm is the key's and never the
//! message's: a signature that names another one is refused. What is not understood (a component, a
//! parameter, a digest) is refused; so is a field or a key that stands there twice, because two
//! readers would not agree on it.
//!
//! # The scheme of our own
#![doc = include_str!("scheme.md")]
//!
//! # What it does not do
//!
//! A signature says who wrote, and not that it is harmless. The memory against replays is that of
//! one process. Trailers (`;tr`) and algorithms other than the two are not supported.

mod canonical;
mod component;
mod digest;
mod fields;
mod key;
mod message;
mod own;
mod policy;
mod replay;
mod rfc9421;
mod signer;
mod unverified;
mod verifier;

pub use digest::ContentDigest;
pub use key::{SigningKey, VerifyingKey};
pub use message::{Request, Response};
pub use signer::{Signer, SignerBuilder};
pub use unverified::Unverified;
pub use verifier::{Verified, Verifier, VerifierBuilder};

use crate::error::Error;

/// How a signature is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Own,
    Rfc9421,
}

impl Scheme {
    /// The header fields that the signer writes.
    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Own => &[own::KEY_ID, own::TIMESTAMP, own::NONCE, own::SIGNATURE],
            Self::Rfc9421 => {
                &[digest::CONTENT_DIGEST, rfc9421::SIGNATURE_INPUT, rfc9421::SIGNATURE]
            }
        }
    }
}

/// A component as configurations name it.
fn component(name: &str) -> Result<component::Component, Error> {
    component::Component::named(name)
        .map_err(|_| Error::configuration(format!("`{name}` is no component of a signature")))
}
