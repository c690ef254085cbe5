//! The only resolver of a client: a name in, addresses that were checked out.
//!
//! It knows one host and refuses every other name, so that a redirect, a proxy or a mistake of ours can reach no second one. The
//! name is looked up once for a connection; if any address is of a special use, the whole answer is refused; what is returned is what is connected to.

use std::fmt;
use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::addresses::special_use;

/// A host that is at an address given in code, whatever the address is. For tests and for the quickstart's own server.
#[derive(Debug, Clone)]
pub(crate) struct Pinned {
    pub(crate) host: String,
    pub(crate) address: SocketAddr,
    pub(crate) reason: String,
}

/// Why no address was given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoAddress {
    /// Not the host of this client.
    OtherHost,
    /// The name does not resolve.
    Unresolved,
    /// One of its addresses is of a special use: this one.
    SpecialUse(&'static str),
}

impl fmt::Display for NoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherHost => f.write_str("the host is not declared"),
            Self::Unresolved => f.write_str("the name does not resolve"),
            Self::SpecialUse(what) => write!(f, "an address of the host is of a special use: {what}"),
        }
    }
}

impl std::error::Error for NoAddress {}

pub(super) struct Gate {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) pinned: Option<SocketAddr>,
}

impl Resolve for Gate {
    fn resolve(&self, name: Name) -> Resolving {
        let (host, port, pinned) = (self.host.clone(), self.port, self.pinned);
        let is_ours = name.as_str().eq_ignore_ascii_case(&self.host);
        Box::pin(async move {
            if !is_ours {
                return Err(NoAddress::OtherHost.into());
            }
            if let Some(address) = pinned {
                return Ok(Box::new(std::iter::once(address)) as Addrs);
            }
            let addresses: Vec<SocketAddr> =
                tokio::net::lookup_host((host.as_str(), port)).await.map_err(|_| NoAddress::Unresolved)?.collect();
            Ok(Box::new(checked(addresses)?.into_iter()) as Addrs)
        })
    }
}

/// All of the addresses, or none.
fn checked(addresses: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, NoAddress> {
    match addresses.iter().find_map(|address| special_use(address.ip())) {
        Some(what) => Err(NoAddress::SpecialUse(what)),
        None if addresses.is_empty() => Err(NoAddress::Unresolved),
        None => Ok(addresses),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mixed_answer_is_refused_whole() {
        let at = |ip: &str| SocketAddr::new(ip.parse().expect(ip), 443);
        assert_eq!(checked(vec![at("8.8.8.8")]), Ok(vec![at("8.8.8.8")]));
        assert_eq!(checked(vec![at("8.8.8.8"), at("127.0.0.1")]), Err(NoAddress::SpecialUse("loopback (RFC 1122)")));
        assert_eq!(checked(vec![]), Err(NoAddress::Unresolved));
    }
}
