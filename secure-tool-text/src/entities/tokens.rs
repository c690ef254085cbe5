//! Tokens and keys with their own syntax: JSON Web Tokens and private keys in PEM.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use memchr::memmem;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::bytes::{ALNUM, DASH, EQUALS, PLUS_SLASH, Set, UNDERSCORE, at, before, is, run_end};

const B64U: Set = ALNUM | DASH | UNDERSCORE;

/// The maximum length of a token header that is decoded, in bytes.
const LONGEST_HEADER: usize = 2048;

/// The header of a token, which must name the algorithm.
#[derive(Deserialize)]
struct Header {
    #[serde(rename = "alg")]
    _alg: IgnoredAny,
}

/// Returns the end of the JSON Web Token that starts here: base64 parts separated by dots, three
/// for a signed and five for an encrypted token. The first part is a JSON object with `alg`. A
/// token without its signature has two parts; the second is a JSON object too.
pub(super) fn jwt_at(bytes: &[u8], start: usize) -> Option<usize> {
    if is(before(bytes, start), B64U) {
        return None;
    }
    let header_end = run_end(bytes, start, B64U);
    let payload_end = run_end(bytes, header_end + 1, B64U);
    if at(bytes, header_end) != b'.'
        || header_end - start > LONGEST_HEADER
        || payload_end == header_end + 1
    {
        return None;
    }
    let (mut end, mut parts) = (payload_end, 2);
    while at(bytes, end) == b'.' && is(at(bytes, end + 1), B64U) && parts < 5 {
        end = run_end(bytes, end + 1, B64U);
        parts += 1;
    }
    let object = bytes.get(header_end + 1..header_end + 4) == Some(b"eyJ");
    let header = URL_SAFE_NO_PAD.decode(bytes.get(start..header_end)?).ok()?;
    let named = serde_json::from_slice::<Header>(&header).is_ok();
    (named && (parts == 3 || parts == 5 || object)).then_some(end)
}

/// Finds private keys in PEM, and remembers how far it searched for their ends.
#[derive(Debug, Default)]
pub(super) struct Pem {
    next_end: Option<usize>,
}

impl Pem {
    /// Returns the block whose `-----BEGIN` is here, to its end. A truncated block ends with its
    /// base64.
    pub(super) fn block_at(&mut self, bytes: &[u8], start: usize) -> Option<Range<usize>> {
        let head = bytes.get(start..(start + 80).min(bytes.len()))?;
        let name = head.strip_prefix(b"-----BEGIN ")?;
        let length = memmem::find(name, b"-----")?;
        let name = name.get(..length)?;
        if !(name.ends_with(b"PRIVATE KEY") || name == b"PGP PRIVATE KEY BLOCK") {
            return None;
        }
        let body = start + 11 + length + 5;
        if self.next_end.is_none_or(|end| end < body) {
            let rest = bytes.get(body..)?;
            self.next_end =
                Some(memmem::find(rest, b"-----END").map_or(usize::MAX, |end| body + end));
        }
        match self.next_end {
            Some(end) if end != usize::MAX => {
                let close = end + 8;
                let tail = bytes.get(close..(close + 64).min(bytes.len())).unwrap_or_default();
                Some(start..memmem::find(tail, b"-----").map_or(close, |at| close + at + 5))
            }
            _ => {
                let is_body = |byte: u8| {
                    is(byte, ALNUM | PLUS_SLASH | EQUALS) || matches!(byte, b'\n' | b'\r' | b'\\')
                };
                let rest = bytes.get(body..).unwrap_or_default();
                let length = rest.iter().position(|byte| !is_body(*byte)).unwrap_or(rest.len());
                Some(start..body + length)
            }
        }
    }
}
