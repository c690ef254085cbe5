//! Signatures of requests and answers: of what the guard sends, of what APIs answer, and of
//! webhooks that your own program receives.
//!
//! A guard signs and verifies by itself where an API declares it, with `sign(…)` and `verify(…)` in
//! [`SecureApi`](macro@crate::SecureApi). What is here is for your own receivers: a [`Verifier`]
//! takes a request as it came and gives a proof ([`Verified`]) that holds the body, or one reason
//! of [`Unverified`]. A [`Signer`] is the other end.
//!
//! The scheme is [RFC 9421](https://www.rfc-editor.org/rfc/rfc9421), HTTP message signatures, with
//! Ed25519 or HMAC-SHA256. The content is covered by `content-digest` ([RFC
//! 9530](https://www.rfc-editor.org/rfc/rfc9530)).
//!
//! Keys have ids. A signer has one key; a verifier has as many as are in use, so that the old one
//! and the new one overlap while they are rotated. The algorithm is the key's and never the
//! message's: a signature that names another one is refused. What is not understood (a component, a
//! parameter, a digest) is refused; so is a field or a key that stands there twice, because two
//! readers would not agree on it.
//!
//! # What it does not do
//!
//! A signature says who wrote, and not that it is harmless. The memory against replays is that of
//! one process. Trailers (`;tr`) and algorithms other than the two are not supported.

mod component;
mod digest;
mod fields;
mod key;
mod message;
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

/// A component as configurations name it.
fn component(name: &str) -> Result<component::Component, Error> {
    component::Component::named(name)
        .map_err(|_| Error::configuration(format!("`{name}` is no component of a signature")))
}
