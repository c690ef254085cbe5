//! Who turns a host's name into addresses: a name in, addresses out that nobody has checked yet.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;

/// Turns the name of a host into its addresses. [`SystemResolver`] is the default; another one
/// speaks to a resolver of the operator's own.
///
/// It can't weaken anything: it is asked for declared hosts only, and every address that it gives
/// is checked. If one of them is of a special use, none is connected to; otherwise a connection is
/// made to one of these addresses, and the name is not looked up again for it.
///
/// The guard bounds it: so many look-ups of one API at once, each with a deadline. A look-up that
/// hangs holds its place until it ends, so that it takes nothing from the look-ups of other APIs.
///
/// ```
/// use std::{future, io, net::IpAddr, pin::Pin};
/// use secure_tool::Resolver;
///
/// /// A table of the operator's.
/// #[derive(Debug)]
/// struct Table;
///
/// impl Resolver for Table {
///     fn resolve<'a>(&'a self, host: &'a str) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>> {
///         let found = match host {
///             "api.shop.example" => Ok(vec![IpAddr::from([93, 184, 215, 14])]),
///             _ => Err(io::ErrorKind::NotFound.into()),
///         };
///         Box::pin(future::ready(found))
///     }
/// }
/// ```
pub trait Resolver: Send + Sync + fmt::Debug {
    /// All addresses of a host. An empty list is as good as an error.
    ///
    /// # Errors
    ///
    /// If the name has no address or nobody could be asked. What the error says goes nowhere: a
    /// resolver's words may be an attacker's.
    fn resolve<'a>(
        &'a self,
        host: &'a str,
    ) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;
}

/// The resolver of the machine (`getaddrinfo`), on a thread of tokio's that may block.
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
