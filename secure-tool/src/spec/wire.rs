//! Constants of requests and responses that several modules use.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

/// The characters that are percent-encoded in a path segment, a query parameter or a secret: all
/// but the unreserved ones of RFC 3986, section 2.3. An encoded value can't end its segment or
/// parameter.
pub(crate) const RESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The maximum number of texts in one response. At 32 bytes each they take at most 4 MiB.
pub(crate) const MOST_TEXTS: usize = 131_072;
