//! Reserved headers, which no API and no tool can set. The derive and the start-up checks use this
//! list.

/// Headers that the transport sets, and headers for message framing or for a single connection
/// ([RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1)).
pub(crate) const OF_TRANSPORT: [&str; 16] = [
    "accept-encoding",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

pub(crate) const CONTENT_DIGEST: &str = "content-digest";
pub(crate) const SIGNATURE_INPUT: &str = "signature-input";
pub(crate) const SIGNATURE: &str = "signature";

/// Headers of a message signature ([RFC 9421](https://www.rfc-editor.org/rfc/rfc9421) and [RFC
/// 9530](https://www.rfc-editor.org/rfc/rfc9530)).
pub(crate) const OF_SIGNATURE: [&str; 3] = [CONTENT_DIGEST, SIGNATURE_INPUT, SIGNATURE];

/// Returns whether a list contains a header, in any case.
pub(crate) const fn is_one_of(mut list: &[&str], header: &str) -> bool {
    while let [name, rest @ ..] = list {
        if name.eq_ignore_ascii_case(header) {
            return true;
        }
        list = rest;
    }
    false
}
