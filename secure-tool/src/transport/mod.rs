//! How to reach a host: over TLS 1.3, at an address that was checked, with the credential of its API, within deadlines and caps.
//!
//! | file | does |
//! |--|--|
//! | `addresses` | tells the addresses of the internet from those of special use |
//! | `gate` | the only resolver: one host, every address checked, the ones checked are the ones connected to |
//! | `tls` | the TLS settings: version, provider, roots |
//! | `client` | one client per API, and the one exchange of a call |

mod addresses;
mod client;
mod gate;
mod tls;

pub(crate) use client::{ApiClient, Failure, Request, Response};
pub(crate) use gate::Pinned;
pub use tls::Roots;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

/// All but the unreserved characters of RFC 3986: encoded so, no value can end a segment or a pair.
pub(crate) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
