//! The network transport: TLS 1.3, checked addresses, credentials, timeouts and size limits.
//!
//! | file | role |
//! |--|--|
//! | `addresses` | the table of special-use addresses |
//! | `resolver` | resolves a host name |
//! | `gate` | resolves one host, and checks each address before the connection uses it |
//! | `tls/` | the TLS handshake: versions, suites, trust anchors, pins, revocation, identities |
//! | `connection` | the connection options of one API |
//! | `pool` | the HTTP clients of one endpoint, by tenant and identity, with a maximum age |
//! | `endpoint` | one base URL, and the requests to its host |
//! | `redirect` | follows declared redirects |
//! | `fetch` | fetches URLs for handlers, with one endpoint per host |
//! | `framing` | rejects responses with an ambiguous body length |
//! | `request`, `body`, `failure` | the request, the response within its limits, the failure |
//! | `own_client` | a connection of the guard itself |
//! | `oauth` | access tokens by OAuth 2.0 client credentials |
//! | `gzip`, `pace` | decodes a body as it arrives; enforces a minimum rate |
//! | `traffic/` | concurrency limits, retries and circuit breaker of one API |
//! | `credential` | the credential of the requests to one API |
//! | `signing` | signs requests and verifies responses |
//! | `client` | the client of one API: its headers and its credential |

mod addresses;
mod body;
mod client;
mod connection;
mod credential;
mod endpoint;
mod failure;
mod fetch;
mod framing;
mod gate;
mod gzip;
mod oauth;
mod own_client;
mod pace;
mod pool;
mod redirect;
mod request;
mod resolver;
mod signing;
mod tls;
mod traffic;

pub(crate) use client::ApiClient;
pub use connection::Connection;
pub(crate) use credential::Credential;
pub(crate) use endpoint::Settings;
pub(crate) use failure::Failure;
pub use failure::FailureKind;
pub(crate) use fetch::{Bounds, Fetcher};
pub(crate) use gate::Pinned;
pub(crate) use own_client::{OwnClient, TOTAL};
pub(crate) use request::{Body, Request, Response, Tries};
pub use resolver::{Resolver, SystemResolver};
pub(crate) use signing::Signing;
pub use tls::{Crls, Identity, Pins, Roots};
pub(crate) use traffic::{ApiTraffic, Shared};
