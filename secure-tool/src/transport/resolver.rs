//! Resolves host names. The guard checks the addresses afterwards.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;

/// Resolves the name of a host. The default is [`SystemResolver`]; implement this to use your own
/// DNS server.
///
/// A resolver cannot weaken the guard. The guard resolves declared hosts only, and checks each
/// address. If one address is of a special use, it connects to none of them. Otherwise it connects
/// to one of these addresses, and does not resolve the name again for that connection.
///
/// The guard limits concurrent lookups per API, each with a timeout. A lookup that hangs keeps its
/// permit until it ends, so that it does not affect the lookups of other APIs.
///
/// ```
/// use std::{future, io, net::IpAddr, pin::Pin};
/// use secure_tool::Resolver;
///
/// /// A static table of hosts.
/// #[derive(Debug)]
/// struct Table;
///
/// impl Resolver for Table {
///     fn resolve<'a>(
///         &'a self,
///         host: &'a str,
///     ) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>> {
///         let found = match host {
///             "api.shop.example" => Ok(vec![IpAddr::from([93, 184, 215, 14])]),
///             _ => Err(io::ErrorKind::NotFound.into()),
///         };
///         Box::pin(future::ready(found))
///     }
/// }
/// ```
pub trait Resolver: Send + Sync + fmt::Debug {
    /// Returns all addresses of a host. The guard treats an empty list as an error.
    ///
    /// # Errors
    ///
    /// Returns an error if the name has no address or the lookup failed. The guard discards the
    /// text of the error, because an attacker may control it.
    fn resolve<'a>(
        &'a self,
        host: &'a str,
    ) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;
}

/// The resolver of the operating system (`getaddrinfo`), run on a blocking thread of tokio. The
/// default.
///
/// ```
/// use secure_tool::{Guard, SystemResolver};
///
/// let builder = Guard::builder().resolver(SystemResolver::default());
/// # let _ = builder;
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
    ) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>> {
        Box::pin(async move {
            Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
        })
    }
}
