//! Credential stores: look up a secret by name and return a value that is never printed.
//!
//! Goals: a missing secret is an error at start-up, not during a call. `Debug` output, errors,
//! spans and audit records contain the name of a secret, never its value. [`SecretString`]
//! implements neither `Display` nor `Serialize`, and its memory is wiped on drop.
//!
//! | store | reads |
//! |--|--|
//! | [`EnvSecrets`] | environment variables |
//! | [`FileSecrets`] | the files of a folder, reread when they change |
//! | [`FixedSecrets`] | values set in code |
//! | [`PrefixedSecrets`] | several stores, selected by the prefix of the name |
//! | [`VaultSecrets`](crate::VaultSecrets) | entries of a HashiCorp Vault or an OpenBao |
//!
//! | file | role |
//! |--|--|
//! | `cached` | one cached secret: current value, previous value, ages |
//! | `refresh` | decides when a remote store is refreshed |
//! | `keyring` | the secrets of a guard: the value to send, and another after a rejection |
//! | `notice` | notifies the operator of changes to a credential |
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

/// A secret value with its time of issue and its expiry time, if the store knows them.
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
    /// Creates a secret without a time of issue and without an expiry time.
    ///
    /// ```
    /// let secret = secure_tool::Secret::new("0123456789");
    /// # let _ = secret;
    /// ```
    #[must_use]
    pub fn new(value: impl Into<SecretString>) -> Self {
        Self { value: value.into(), issued: None, expires: None }
    }

    /// Sets the time of issue. The age of the secret counts from then. Default: unknown.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    ///
    /// let yesterday = SystemTime::now() - Duration::from_secs(86_400);
    /// let secret = secure_tool::Secret::new("0123456789").issued(yesterday);
    /// # let _ = secret;
    /// ```
    #[must_use]
    pub fn issued(mut self, at: SystemTime) -> Self {
        self.issued = Some(at);
        self
    }

    /// Sets the expiry time. The guard does not send the secret from then on. Default: none.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    ///
    /// let tomorrow = SystemTime::now() + Duration::from_secs(86_400);
    /// let secret = secure_tool::Secret::new("0123456789").expires(tomorrow);
    /// # let _ = secret;
    /// ```
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

/// The future that [`Secrets::refresh`] returns.
///
/// ```
/// use secure_tool::{Error, Refreshing};
///
/// fn nothing_to_do<'a>() -> Refreshing<'a> {
///     Box::pin(std::future::ready(Ok::<(), Error>(())))
/// }
/// # let _ = nothing_to_do();
/// ```
pub type Refreshing<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

/// A secret store.
///
/// ```
/// use secure_tool::{Error, Secret, Secrets};
///
/// /// A store with one secret that the program received at start-up.
/// struct Given(String);
///
/// impl Secrets for Given {
///     fn secret(&self, name: &str) -> Result<Option<Secret>, Error> {
///         Ok((name == "SHOP_API_KEY").then(|| Secret::new(self.0.clone())))
///     }
/// }
/// ```
pub trait Secrets: Send + Sync {
    /// Returns the secret of this name, or `None` if the store has none.
    ///
    /// A guard calls this during a call, at most once per second and name. Read from memory or from
    /// local files, never over a network. The guard uses a new value from the next call on, and
    /// scrubs the last 8 values of a name from responses.
    ///
    /// # Errors
    ///
    /// Returns an error if the store cannot be read. The error must not contain the value.
    ///
    /// ```
    /// use secure_tool::{FixedSecrets, Secrets};
    ///
    /// # fn main() -> Result<(), secure_tool::Error> {
    /// let store = FixedSecrets::new().with("SHOP_API_KEY", "0123456789".to_owned());
    /// assert!(store.secret("SHOP_API_KEY")?.is_some());
    /// assert!(store.secret("MAIL_API_KEY")?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    fn secret(&self, name: &str) -> Result<Option<Secret>, Error>;

    /// Refreshes the values of a remote store. Default: does nothing.
    ///
    /// The guard awaits it when a value is stale or an API rejected it, and then calls
    /// [`secret`](Self::secret) again. Refreshes run one at a time, at least 10 seconds apart, with
    /// a timeout of 5 seconds.
    ///
    /// # Errors
    ///
    /// Returns an error if the store cannot be reached. The known values stay in use within their
    /// age limits.
    ///
    /// ```
    /// use secure_tool::{Error, Refreshing, Secret, Secrets};
    /// use std::sync::Mutex;
    ///
    /// #[derive(Default)]
    /// struct Cached(Mutex<Option<Secret>>);
    ///
    /// # async fn fetch() -> Result<Secret, Error> { Ok(Secret::new("0123456789")) }
    /// impl Secrets for Cached {
    ///     fn secret(&self, _: &str) -> Result<Option<Secret>, Error> {
    ///         Ok(self.0.lock().unwrap().clone())
    ///     }
    ///
    ///     fn refresh(&self) -> Refreshing<'_> {
    ///         Box::pin(async {
    ///             let fetched = fetch().await?;
    ///             *self.0.lock().unwrap() = Some(fetched);
    ///             Ok(())
    ///         })
    ///     }
    /// }
    /// ```
    fn refresh(&self) -> Refreshing<'_> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// Returns the interval of background refreshes. Default: `None`, no background refresh.
    ///
    /// ```
    /// use secure_tool::{FixedSecrets, Secrets};
    ///
    /// assert_eq!(FixedSecrets::new().refresh_every(), None);
    /// ```
    fn refresh_every(&self) -> Option<Duration> {
        None
    }

    /// Returns the connections that the store opens, for [`Guard::posture`](crate::Guard::posture).
    /// Default: none.
    ///
    /// ```
    /// use secure_tool::{FixedSecrets, Secrets};
    ///
    /// assert!(FixedSecrets::new().connections().is_empty());
    /// ```
    fn connections(&self) -> Vec<OwnConnection> {
        Vec::new()
    }

    /// Returns the name of the store for error messages. Default: the name of the type.
    ///
    /// ```
    /// use secure_tool::{EnvSecrets, Secrets};
    ///
    /// assert_eq!(EnvSecrets::new().describe(), "EnvSecrets");
    /// ```
    fn describe(&self) -> String {
        let name = std::any::type_name::<Self>();
        name.rsplit("::").next().unwrap_or(name).to_owned()
    }
}
