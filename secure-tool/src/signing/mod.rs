//! Signatures of requests and answers: of what the guard sends, of what APIs answer, and of
//! webhooks that your own program receives.
//!
//! A guard signs and verifies where an API declares it, with `sign(…)` and `verify(…)` in
//! [`SecureApi`](macro@crate::SecureApi), or where its [`Connection`](crate::Connection) has a
//! [`Signer`] or a [`Verifier`] of your own. A [`Receiver`] verifies webhooks that your program
//! receives: it takes a request and returns a proof ([`Verified`]) with the body, or one reason of
//! [`Unverified`].
//!
//! | trait or type | does |
//! |--|--|
//! | [`Signer`] | a scheme that signs requests; [`Rfc9421Signer`] is ours |
//! | [`Verifier`] | a scheme that verifies requests or responses; [`Rfc9421Verifier`] is ours |
//! | [`Receiver`] | a verifier with checks of size, age and replays |
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

mod key;
mod message;
mod receiver;
mod replay;
mod rfc9421;
mod signer;
mod unverified;
mod verifier;
mod view;

pub use key::{SigningKey, VerifyingKey};
pub use message::{Request, Response};
pub use receiver::Receiver;
pub use rfc9421::{
    ContentDigest, Rfc9421Signer, Rfc9421SignerBuilder, Rfc9421Verifier, Rfc9421VerifierBuilder,
};
pub(crate) use signer::CheckedSigner;
pub use signer::{Signer, SigningError};
pub use unverified::Unverified;
pub use verifier::{Acceptance, Fresh, Replay, Verified, Verifier, Window};
pub use view::{RequestView, ResponseView};
