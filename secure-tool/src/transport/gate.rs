//! The only way from a name to a connection: one name in, addresses that were checked out.
//!
//! It knows one host and refuses every other name, so that a redirect, a proxy or a mistake of ours
//! can reach no second one. The name is looked up once for a connection; if any address is of a
//! special use, the whole answer is refused; what is returned is what is connected to.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

use super::addresses::special_use;
use super::resolver::Resolver;

/// The most look-ups of one host at once. A thread of tokio's 512 that may block can't be called
/// back from a look-up that hangs.
const LOOKUPS: usize = 4;

/// A host that is at an address given in code, whatever the address is. For tests and for the
/// quickstart's own server.
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
    /// The look-up took too long, or waited too long for its turn.
    Hangs,
    /// One of its addresses is of a special use: this one.
    SpecialUse(&'static str),
}

impl fmt::Display for NoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherHost => f.write_str("the host is not declared"),
            Self::Unresolved => f.write_str("the name does not resolve"),
            Self::Hangs => f.write_str("the name was not resolved in time"),
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
    places: Arc<Semaphore>,
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
            places: Arc::new(Semaphore::new(LOOKUPS)),
        }
    }

    async fn addresses(self) -> Result<Vec<SocketAddr>, NoAddress> {
        if let Some(address) = self.pinned {
            return Ok(vec![address]);
        }
        let port = self.port;
        let found = tokio::time::timeout(self.deadline, self.look_up())
            .await
            .map_err(|_| NoAddress::Hangs)??;
        checked(&found)?;
        Ok(found.into_iter().map(|address| SocketAddr::new(address, port)).collect())
    }

    /// Looks the name up, when one of the places is free. The place is free again when the look-up
    /// has ended, not when its caller has gone.
    async fn look_up(self) -> Result<Vec<IpAddr>, NoAddress> {
        let place = self.places.acquire_owned().await.map_err(|_| NoAddress::Unresolved)?;
        let (resolver, host) = (self.resolver, self.host);
        let task = tokio::spawn(async move {
            let found = resolver.resolve(&host).await;
            drop(place);
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

/// All of the addresses, or none.
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
    fn a_mixed_answer_is_refused_whole() {
        let at = |ip: &str| ip.parse().expect(ip);
        assert_eq!(checked(&[at("8.8.8.8")]), Ok(()));
        assert_eq!(
            checked(&[at("8.8.8.8"), at("127.0.0.1")]),
            Err(NoAddress::SpecialUse("loopback (RFC 1122)"))
        );
        assert_eq!(checked(&[]), Err(NoAddress::Unresolved));
    }
    /// The first answer is of the internet, every other one of the machine.
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
    fn a_name_is_asked_for_once_and_what_was_checked_is_what_is_given_out() {
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
            "the second answer is not asked for"
        );
        assert_eq!(
            resolve("shop.example"),
            Err("an address of the host is of a special use: loopback (RFC 1122)".to_owned())
        );
        assert_eq!(resolve("evil.example"), Err("the host is not declared".to_owned()));
        assert_eq!(
            rebinds.0.load(std::sync::atomic::Ordering::SeqCst),
            2,
            "no other name is asked for"
        );
    }
}
