//! Signatures of HTTP messages: of requests that the guard sends, of responses of APIs, and of
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
//! | [`Signer`] | a scheme that signs requests; built in: [`Rfc9421Signer`] |
//! | [`Verifier`] | a scheme that verifies messages; built in: [`Rfc9421Verifier`] |
//! | [`Receiver`] | runs a verifier, and checks size, age and replays |
//!
//! The built-in scheme is [RFC 9421](https://www.rfc-editor.org/rfc/rfc9421), HTTP message
//! signatures, with Ed25519 or HMAC-SHA256. The `content-digest` field covers the body ([RFC
//! 9530](https://www.rfc-editor.org/rfc/rfc9530)).
//!
//! Each key has an id. A signer has one key. A verifier can have several, so that the old and the
//! new key overlap during a rotation. The algorithm belongs to the key: a signature that names
//! another algorithm is rejected. Unknown components, parameters and digests are rejected. So are
//! duplicate fields and keys, which two parsers could read differently.
//!
//! # Limits
//!
//! A signature proves who wrote a message, not that the message is harmless. The replay protection
//! covers one process. Trailers (`;tr`) and other algorithms are not supported.

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
