//! Rejects a response whose body length is ambiguous.
//!
//! The HTTP library accepts ambiguous responses. If a server or a proxy states the length of a
//! response twice, another reader can interpret it differently. One reader's end of this response
//! is then the other's start of the next one (RFC 9112, 6.3 and 11).

use reqwest::Version;
use reqwest::header::{CONTENT_LENGTH, TRANSFER_ENCODING};

use super::failure::Failure;
use crate::refusal::Rule;

/// Rejects a transfer coding other than `chunked`, several codings, or one next to a content
/// length. The library already rejects conflicting content lengths.
pub(super) fn check(response: &reqwest::Response) -> Result<(), Failure> {
    // HTTP/2 frames define the length.
    if response.version() == Version::HTTP_2 {
        return Ok(());
    }
    let mut codings = response.headers().get_all(TRANSFER_ENCODING).iter();
    let is_clear = match (codings.next(), codings.next()) {
        (None, _) => true,
        (Some(coding), None) => {
            coding.as_bytes().eq_ignore_ascii_case(b"chunked")
                && !response.headers().contains_key(CONTENT_LENGTH)
        }
        _ => false,
    };
    if is_clear {
        Ok(())
    } else {
        Err(Failure::new(Rule::Exchange, "the length of the response is ambiguous"))
    }
}
