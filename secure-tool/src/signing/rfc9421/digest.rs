//! `content-digest` ([RFC 9530](https://www.rfc-editor.org/rfc/rfc9530)): returns the digest of a
//! body as a header field, or checks a field against a body.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest;
use sfv::{BareItem, ListEntry};

use super::fields;
use crate::signing::unverified::Unverified;

/// The digest algorithm of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ContentDigest {
    /// SHA-256. Default.
    #[default]
    Sha256,
    /// SHA-512.
    Sha512,
}

impl ContentDigest {
    const ALL: [Self; 2] = [Self::Sha256, Self::Sha512];

    fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha-256",
            Self::Sha512 => "sha-512",
        }
    }

    fn of(self, body: &[u8]) -> digest::Digest {
        let algorithm = match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha512 => &digest::SHA512,
        };
        digest::digest(algorithm, body)
    }

    /// Returns the value of the header field.
    pub(in crate::signing) fn field(self, body: &[u8]) -> String {
        format!("{}=:{}:", self.name(), STANDARD.encode(self.of(body)))
    }
}

/// Checks that all known digests of the field match the body, and that at least one is known.
pub(in crate::signing) fn check(field: &str, body: &[u8]) -> Result<(), Unverified> {
    let digests = fields::dictionary(field)?;
    let mut known = 0;
    for algorithm in ContentDigest::ALL {
        let Some(member) = digests.get(algorithm.name()) else { continue };
        let ListEntry::Item(item) = member else { return Err(Unverified::Digest) };
        let BareItem::ByteSequence(bytes) = &item.bare_item else { return Err(Unverified::Digest) };
        if algorithm.of(body).as_ref() != bytes.as_slice() {
            return Err(Unverified::Digest);
        }
        known += 1;
    }
    if known > 0 { Ok(()) } else { Err(Unverified::Digest) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9530, appendix D, and RFC 9421, section 2: the same body without the line feed.
    const BODY: &[u8] = b"{\"hello\": \"world\"}";
    const SHA_256: &str = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:";
    const SHA_512: &str = "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:";

    #[test]
    fn digests_match_the_rfc_examples() {
        assert_eq!(ContentDigest::Sha256.field(BODY), SHA_256);
        assert_eq!(ContentDigest::Sha512.field(BODY), SHA_512);
        assert_eq!(check(SHA_256, BODY), Ok(()));
        assert_eq!(check(&format!("{SHA_512}, {SHA_256}"), BODY), Ok(()));
        assert_eq!(check(&format!("unixsum=:AA==:, {SHA_256}"), BODY), Ok(()));
    }

    #[test]
    fn mismatched_and_unknown_digests_are_rejected() {
        let other = SHA_512.replace("WZ", "Wa");
        for field in [
            SHA_256.replace("X4", "X5"),
            format!("{SHA_256}, {other}"), // one of them matches
            "sha-256=?1".into(),
            "sha-256=(:AA==:)".into(),
            "unixsum=:AA==:".into(), // no known algorithm
            String::new(),
        ] {
            assert_eq!(check(&field, BODY), Err(Unverified::Digest), "{field}");
        }
        assert_eq!(check(&format!("{SHA_256}, {SHA_256}"), BODY), Err(Unverified::Malformed));
    }
}
