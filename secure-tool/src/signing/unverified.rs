//! Why a message is not taken for what its signature says.

use std::fmt;

/// Why a signature was refused.
///
/// It is for the receiver's own log: it holds nothing of the message. Whoever sent the message
/// should be told one constant thing (status 401), whatever it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unverified {
    /// There is no signature.
    Absent,
    /// The address, the fields or the signature are not sound, or larger than anybody needs.
    Malformed,
    /// The body is longer than the verifier takes.
    TooLarge,
    /// The key is none that the verifier has.
    UnknownKey,
    /// The signature names another algorithm than the key is for.
    Algorithm,
    /// The signature covers less than is required.
    NotCovered,
    /// Something that the signature covers is not in the message, is there in a form that can be
    /// read in two ways, or is not understood.
    Component,
    /// The digest does not fit the content.
    Digest,
    /// It was signed too long ago, or has expired.
    TooOld,
    /// It was signed in the future.
    TooNew,
    /// The signature does not fit the message.
    Wrong,
    /// It covers no time, and no receiver accepts that unless it was told why.
    Undated,
    /// It covers nothing that tells the message from a copy of it.
    Replayable,
    /// The scheme does not verify messages of this direction.
    Unsupported,
    /// The verifier panicked.
    Panicked,
    /// It was accepted before.
    Replayed,
    /// More messages were accepted in the time of the window than the verifier remembers.
    MemoryFull,
}

impl Unverified {
    const fn text(self) -> &'static str {
        match self {
            Self::Absent => "there is no signature",
            Self::Malformed => "the message or its signature is malformed",
            Self::TooLarge => "the body is too long",
            Self::UnknownKey => "the key is not known",
            Self::Algorithm => "the algorithm is not that of the key",
            Self::NotCovered => "the signature covers less than is required",
            Self::Component => "a covered component is missing or not understood",
            Self::Digest => "the digest does not fit the content",
            Self::TooOld => "the signature is too old",
            Self::TooNew => "the signature is of the future",
            Self::Wrong => "the signature does not fit",
            Self::Undated => "the signature covers no time",
            Self::Replayable => "the signature does not tell the message from a copy",
            Self::Unsupported => "the scheme does not verify such messages",
            Self::Panicked => "the verifier panicked",
            Self::Replayed => "the message was accepted before",
            Self::MemoryFull => "no more messages can be remembered",
        }
    }
}

impl fmt::Display for Unverified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl std::error::Error for Unverified {}
