//! The only path from a host name to a connection: resolves one name and checks its addresses.
//!
//! It knows one host and rejects every other name, so that a redirect, a proxy or a bug cannot
//! reach a second host. It resolves the name once per connection. If any address is of a special
//! use, it rejects all of them. The connection uses the checked addresses.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

use super::addresses::special_use;
use super::resolver::Resolver;

/// The maximum number of concurrent lookups per host. A lookup that hangs occupies one of tokio's
/// 512 blocking threads and cannot be cancelled.
const LOOKUPS: usize = 4;

/// A host with a fixed address that is not checked, for tests, private networks and the
/// quickstart's own server.
#[derive(Debug, Clone)]
pub(crate) struct Pinned {
    pub(crate) host: String,
    pub(crate) address: SocketAddr,
    pub(crate) reason: String,
}

/// The reason why a host has no usable address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoAddress {
    /// The name is not the host of this client.
    OtherHost,
    /// The name does not resolve.
    Unresolved,
    /// The lookup took too long, or waited too long for a permit.
    TimedOut,
    /// One of the addresses is of this special use.
    SpecialUse(&'static str),
}

impl fmt::Display for NoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherHost => f.write_str("the host is not declared"),
            Self::Unresolved => f.write_str("the name does not resolve"),
            Self::TimedOut => f.write_str("the name was not resolved within the timeout"),
            Self::SpecialUse(what) => {
                write!(f, "an address of the host is of a special use: {what}")
            }
        }
    }
}

impl std::error::Error for NoAddress {}

/// The resolver of one endpoint.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    host: Arc<str>,
    port: u16,
    pinned: Option<SocketAddr>,
    resolver: Arc<dyn Resolver>,
    deadline: Duration,
    permits: Arc<Semaphore>,
}

impl Gate {
    pub(super) fn new(
        host: &str,
        port: u16,
        pinned: Option<SocketAddr>,
        resolver: Arc<dyn Resolver>,
        deadline: Duration,
    ) -> Self {
        Self {
            host: host.into(),
            port,
            pinned,
            resolver,
            deadline,
            permits: Arc::new(Semaphore::new(LOOKUPS)),
        }
    }

    async fn addresses(self) -> Result<Vec<SocketAddr>, NoAddress> {
        if let Some(address) = self.pinned {
            return Ok(vec![address]);
        }
        let port = self.port;
        let found = tokio::time::timeout(self.deadline, self.look_up())
            .await
            .map_err(|_| NoAddress::TimedOut)??;
        checked(&found)?;
        Ok(found.into_iter().map(|address| SocketAddr::new(address, port)).collect())
    }

    /// Resolves the name with a permit. The permit is released when the lookup ends, not when its
    /// caller is dropped.
    async fn look_up(self) -> Result<Vec<IpAddr>, NoAddress> {
        let permit = self.permits.acquire_owned().await.map_err(|_| NoAddress::Unresolved)?;
        let (resolver, host) = (self.resolver, self.host);
        let task = tokio::spawn(async move {
            let found = resolver.resolve(&host).await;
            drop(permit);
            found
        });
        task.await.ok().and_then(Result::ok).ok_or(NoAddress::Unresolved)
    }
}

impl Resolve for Gate {
    fn resolve(&self, name: Name) -> Resolving {
        let gate = self.clone();
        Box::pin(async move {
            if !name.as_str().eq_ignore_ascii_case(&gate.host) {
                return Err(NoAddress::OtherHost.into());
            }
            Ok(Box::new(gate.addresses().await?.into_iter()) as Addrs)
        })
    }
}

/// Accepts the addresses only if all are usable.
fn checked(addresses: &[IpAddr]) -> Result<(), NoAddress> {
    match addresses.iter().copied().find_map(special_use) {
        Some(what) => Err(NoAddress::SpecialUse(what)),
        None if addresses.is_empty() => Err(NoAddress::Unresolved),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_and_a_private_address_are_rejected_together() {
        let at = |ip: &str| ip.parse().expect(ip);
        assert_eq!(checked(&[at("8.8.8.8")]), Ok(()));
        assert_eq!(
            checked(&[at("8.8.8.8"), at("127.0.0.1")]),
            Err(NoAddress::SpecialUse("loopback (RFC 1122)"))
        );
        assert_eq!(checked(&[]), Err(NoAddress::Unresolved));
    }
    /// Returns a public address first and loopback addresses afterwards.
    #[derive(Debug, Default)]
    struct Rebinds(std::sync::atomic::AtomicUsize);

    impl Resolver for Rebinds {
        fn resolve<'a>(
            &'a self,
            _: &'a str,
        ) -> std::pin::Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send + 'a>>
        {
            let asked = self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let address = if asked == 0 { [93, 184, 215, 14] } else { [127, 0, 0, 1] };
            Box::pin(std::future::ready(Ok(vec![address.into()])))
        }
    }

    #[test]
    fn a_name_is_resolved_once_and_the_checked_address_is_used() {
        let rebinds = Arc::new(Rebinds::default());
        let gate = Gate::new("shop.example", 443, None, rebinds.clone(), Duration::from_secs(1));
        let resolve = |name: &str| -> Result<Vec<SocketAddr>, String> {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()
                .expect("a runtime");
            let name: Name = name.parse().expect("a name");
            runtime
                .block_on(gate.resolve(name))
                .map(Iterator::collect)
                .map_err(|error| error.to_string())
        };
        assert_eq!(resolve("shop.example"), Ok(vec![SocketAddr::from(([93, 184, 215, 14], 443))]));
        assert_eq!(
            rebinds.0.load(std::sync::atomic::Ordering::SeqCst),
            1,
            "the name is not resolved again"
        );
        assert_eq!(
            resolve("shop.example"),
            Err("an address of the host is of a special use: loopback (RFC 1122)".to_owned())
        );
        assert_eq!(resolve("evil.example"), Err("the host is not declared".to_owned()));
        assert_eq!(
            rebinds.0.load(std::sync::atomic::Ordering::SeqCst),
            2,
            "no other name is resolved"
        );
    }
}
