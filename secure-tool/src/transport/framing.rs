//! The head of an answer in, whether everybody would agree where its body ends out.
//!
//! The HTTP library reads what it can. A server, or a proxy before it, that says two things about
//! the length of an answer is read by somebody else in the other way, and what one takes for the
//! end of this answer is for the other the beginning of the next (RFC 9112, 6.3 and 11).

use reqwest::Version;
use reqwest::header::{CONTENT_LENGTH, TRANSFER_ENCODING};

use super::failure::Failure;
use crate::refusal::Rule;

/// Refuses an answer that has a transfer coding other than `chunked`, more than one, or one beside
/// a length. Lengths that differ, the library has refused before.
pub(super) fn check(response: &reqwest::Response) -> Result<(), Failure> {
    // In HTTP/2 the frames say it.
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
        Err(Failure::new(Rule::Exchange, "where the answer ends is not clear"))
    }
}
