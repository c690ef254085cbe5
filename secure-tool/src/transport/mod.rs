//! How to reach a host: over TLS 1.3, at an address that was checked, with the credential of its
//! API, within deadlines and caps.
//!
//! | file | does |
//! |--|--|
//! | `addresses` | tells the addresses of the internet from those of special use |
//! | `resolver` | asks for the addresses of a name |
//! | `gate` | the only way from a name to a connection: one host, every address checked, the ones checked are the ones connected to |
//! | `tls/` | the handshake: versions, suites, roots, pins, revocation lists, identities |
//! | `connection` | what the operator says of a connection: whom to trust, who to be |
//! | `pool` | the clients of one address, by tenant and identity, with an age |
//! | `endpoint` | one address that is connected to, and one exchange over it |
//! | `redirect` | the endpoints that a request may get to, and what it carries there |
//! | `fetch` | web addresses that handlers fetch, each host an endpoint of its own |
//! | `framing` | refuses an answer of which two readers could find two ends |
//! | `request`, `body`, `failure` | what goes in, what comes out within the limits, or why nothing does |
//! | `own_client` | a connection of the guard's own, over an endpoint |
//! | `oauth` | access tokens by OAuth 2.0 client credentials |
//! | `gzip`, `pace` | a body decoded as it comes; the least rate at which it has to |
//! | `traffic/` | the exchanges with one API beside and after each other: how many at once, made again, left alone |
//! | `credential` | how requests of one API prove who sends them |
//! | `signing` | signs what an API is sent and verifies what it answers |
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
