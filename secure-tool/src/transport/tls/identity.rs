//! Client identities: loads a certificate chain and its key from files.

use std::fmt;
use std::path::PathBuf;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use secrecy::{ExposeSecret, SecretSlice};

use crate::error::Error;

/// A client identity for mutual TLS: files with a certificate chain and its private key.
///
/// Both are PEM. The chain starts with the client's own certificate. The key is PKCS#8, SEC1 or
/// PKCS#1 and not encrypted. One file can contain both.
///
/// The guard reads the files when it is built; a missing or invalid file is an error. It checks
/// them for changes at most once per second, and then opens new connections. If the new pair does
/// not match, for example while only one file has been replaced, the previous pair stays in use and
/// a tracing event at level `WARN` reports it.
///
/// The identity is shown only to the server of its API, and only if that server requests a
/// certificate. [`Guard::posture`](crate::Guard::posture) lists the path of the chain, not its
/// content.
///
/// ```
/// use secure_tool::{Connection, Identity};
///
/// let identity = Identity::files("/run/tls/client.pem", "/run/tls/client.key");
/// let connection = Connection::new().identity(identity);
/// # let _ = connection;
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    chain: PathBuf,
    key: PathBuf,
}

impl Identity {
    /// Creates an identity from the files of the certificate chain and of the private key. The
    /// files are read when the guard is built.
    ///
    /// ```
    /// let identity = secure_tool::Identity::files("/run/tls/client.pem", "/run/tls/client.key");
    /// # let _ = identity;
    /// ```
    #[must_use]
    pub fn files(chain: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self { chain: chain.into(), key: key.into() }
    }

    /// Returns its name in events: the path of the chain.
    pub(crate) fn name(&self) -> String {
        self.chain.display().to_string()
    }

    /// Returns the files in the order that [`parse`] expects.
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        vec![self.chain.clone(), self.key.clone()]
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// Parses the contents of the chain file and of the key file. Errors contain no line of either.
pub(crate) fn parse(
    contents: &[SecretSlice<u8>],
    provider: &CryptoProvider,
) -> Result<CertifiedKey, Error> {
    let [chain, key] = contents else {
        return Err(Error::secret("a client identity has two files"));
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain.expose_secret()).collect();
    let chain = chain
        .ok()
        .filter(|chain| !chain.is_empty())
        .ok_or_else(|| Error::secret("its chain file contains no PEM certificate"))?;
    let key = PrivateKeyDer::from_pem_slice(key.expose_secret()).map_err(|_| {
        Error::secret("its key file contains no unencrypted PEM key (PKCS#8, SEC1 or PKCS#1)")
    })?;
    CertifiedKey::from_der(chain, key, provider)
        .map_err(|_| Error::secret("its key is unusable, or does not match its certificate"))
}
