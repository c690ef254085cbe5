//! Credentials: names in, values that print as nothing out.
//!
//! Goals: a secret is missed at start-up and not in the middle of a call; it never stands in
//! `Debug`, an error, a span or an audit record, which know its name only. A [`SecretString`]
//! implements neither `Display` nor `Serialize`, and its memory is wiped when it is dropped.
//!
//! | store | keeps |
//! |--|--|
//! | [`EnvSecrets`] | the environment of the process |
//! | [`FileSecrets`] | the files of a folder, reread when they change |
//! | [`FixedSecrets`] | values given in code |
//! | [`PrefixedSecrets`] | several stores, told apart by how names begin |
//! | [`VaultSecrets`] | entries of a HashiCorp Vault or an OpenBao, over the network |
//!
//! | file | does |
//! |--|--|
//! | `held` | what is known of one secret: value, age, the value before it |
//! | `refresh` | when a remote store is asked to bring itself up to date |
//! | `keyring` | the secrets of a guard: the value to send now, and another where it was refused |
//! | `notice` | what became of a credential, for the operator |
//! | `vault/` | the protocol of Vault |

mod cached;
mod env;
mod files;
mod fixed;
mod keyring;
mod notice;
mod prefixed;
mod refresh;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

pub use secrecy::SecretString;

pub(crate) use cached::Rotation;
pub use env::EnvSecrets;
pub use files::FileSecrets;
pub use fixed::FixedSecrets;
pub(crate) use keyring::Keyring;
pub use prefixed::PrefixedSecrets;

use crate::error::Error;
use crate::posture::OwnConnection;

/// A secret, with what its store knows of it.
///
/// ```
/// use secure_tool::Secret;
///
/// let secret = Secret::new("0123456789".to_owned());
/// assert!(!format!("{secret:?}").contains("0123456789"));
/// ```
#[derive(Clone)]
pub struct Secret {
    pub(crate) value: SecretString,
    pub(crate) issued: Option<SystemTime>,
    pub(crate) expires: Option<SystemTime>,
}

impl Secret {
    /// A secret of which nothing but its value is known.
    #[must_use]
    pub fn new(value: impl Into<SecretString>) -> Self {
        Self { value: value.into(), issued: None, expires: None }
    }

    /// When it was issued: its age is counted from then.
    #[must_use]
    pub fn issued(mut self, at: SystemTime) -> Self {
        self.issued = Some(at);
        self
    }

    /// When it ends: from then on it is not sent any more.
    #[must_use]
    pub fn expires(mut self, at: SystemTime) -> Self {
        self.expires = Some(at);
        self
    }
}

impl From<SecretString> for Secret {
    fn from(value: SecretString) -> Self {
        Self::new(value)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret")
            .field("issued", &self.issued)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// What [`Secrets::refresh`] gives.
pub type Refreshing<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

/// Where secrets come from.
///
/// ```
/// use secure_tool::{Error, Secret, Secrets};
///
/// /// Secrets that the program was started with.
/// struct Given(String);
///
/// impl Secrets for Given {
///     fn secret(&self, name: &str) -> Result<Option<Secret>, Error> {
///         Ok((name == "SHOP_API_KEY").then(|| Secret::new(self.0.clone())))
///     }
/// }
/// ```
pub trait Secrets: Send + Sync {
    /// The secret of this name, or `None` if there is none. It is asked on the path of a call, at
    /// most once a second for a name: answer from memory or from local files, never over a network.
    ///
    /// A new value is used from the next call on. The last eight values of a name go on being
    /// searched for in answers.
    ///
    /// # Errors
    ///
    /// If the store can't be asked. The error must not hold the value.
    fn secret(&self, name: &str) -> Result<Option<Secret>, Error>;

    /// Brings the values of a remote store up to date. The guard awaits it, one at a time,
    /// rate-limited and with a deadline, and then asks [`secret`](Self::secret) again: when a value
    /// is stale, or an API refused it. By default there is nothing to do.
    ///
    /// # Errors
    ///
    /// If the store can't be reached. The values that were known stay, within their age limits.
    fn refresh(&self) -> Refreshing<'_> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// How often [`refresh`](Self::refresh) is awaited before a call, where nothing else asks for
    /// it. By default never.
    fn refresh_every(&self) -> Option<Duration> {
        None
    }

    /// The connections that the store makes itself, for [`Guard::posture`](crate::Guard::posture).
    /// By default none.
    fn connections(&self) -> Vec<OwnConnection> {
        Vec::new()
    }

    /// What it is, for errors that say which store can't do something. By default the name of the
    /// type.
    fn describe(&self) -> String {
        let name = std::any::type_name::<Self>();
        name.rsplit("::").next().unwrap_or(name).to_owned()
    }
}
