//! The reasons for which a signed message is rejected.

use std::fmt;

/// The reason for which a signed message was rejected.
///
/// Log it at the receiver: it contains no part of the message. Send the same constant response to
/// the sender for every reason, such as status 401.
///
/// ```
/// use secure_tool::signing::{Receiver, Request, Rfc9421Verifier, Unverified, VerifyingKey};
///
/// # let key = VerifyingKey::hmac("a", &"a secret of 32 bytes, or of more".into())?;
/// let receiver = Receiver::new(Rfc9421Verifier::builder().key(key).build()?);
/// let request = Request::new("POST", "https://hooks.corp.example/orders").body(b"{}");
/// let why = receiver.request(&request).unwrap_err();
/// assert_eq!(why, Unverified::Absent);
/// println!("{why}"); // for your log; send status 401 for every reason
/// # Ok::<(), secure_tool::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unverified {
    /// The message has no signature.
    Absent,
    /// The URL, a header field or the signature is malformed, ambiguous or too long.
    Malformed,
    /// The body is longer than the limit of the receiver. Default: 1 MiB.
    TooLarge,
    /// The verifier has no key with the id of the signature.
    UnknownKey,
    /// The signature names an algorithm that is not the key's.
    Algorithm,
    /// The signature does not cover a required component.
    NotCovered,
    /// A covered component is missing from the message, ambiguous, or not supported.
    Component,
    /// The digest does not match the body.
    Digest,
    /// The signature is older than the window, or has expired.
    TooOld,
    /// The signature was made in the future.
    TooNew,
    /// The signature does not match the message.
    Wrong,
    /// The signature covers no time, and the receiver does not accept that.
    Undated,
    /// The signature covers nothing that distinguishes the message from a copy.
    Replayable,
    /// The scheme does not verify messages in this direction.
    Unsupported,
    /// The verifier panicked.
    Panicked,
    /// The message was accepted before.
    Replayed,
    /// The receiver remembers as many messages as it may within the window.
    MemoryFull,
}

impl Unverified {
    const fn text(self) -> &'static str {
        match self {
            Self::Absent => "the message has no signature",
            Self::Malformed => "the message or its signature is malformed",
            Self::TooLarge => "the body is longer than the limit",
            Self::UnknownKey => "the verifier has no key with this id",
            Self::Algorithm => "the signature names another algorithm than the key's",
            Self::NotCovered => "the signature does not cover a required component",
            Self::Component => "a covered component is missing, ambiguous or not supported",
            Self::Digest => "the digest does not match the body",
            Self::TooOld => "the signature is too old or has expired",
            Self::TooNew => "the signature was made in the future",
            Self::Wrong => "the signature does not match the message",
            Self::Undated => "the signature covers no time",
            Self::Replayable => "the signature does not distinguish the message from a copy",
            Self::Unsupported => "the scheme does not verify messages in this direction",
            Self::Panicked => "the verifier panicked",
            Self::Replayed => "the message was accepted before",
            Self::MemoryFull => "the receiver can't remember more messages",
        }
    }
}

impl fmt::Display for Unverified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl std::error::Error for Unverified {}
