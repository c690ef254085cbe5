//! Constants of requests and responses that several layers need.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

/// The characters that are percent-encoded in a path segment, a query pair or a secret: all but the
/// unreserved ones of RFC 3986, section 2.3. An encoded value can't end its segment or pair.
pub(crate) const RESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The most texts of one response. At 32 bytes each they take at most 4 MiB.
pub(crate) const MOST_TEXTS: usize = 131_072;
