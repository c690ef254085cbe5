//! Who a connection says that it is: files of a certificate chain and a key in, what a server can
//! ask for out.

use std::fmt;
use std::path::PathBuf;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use secrecy::{ExposeSecret, SecretSlice};

use crate::error::Error;

/// A client identity for mutual TLS: a certificate chain and its private key, in files.
///
/// The chain is PEM, the client's own certificate first; the key is PEM too: PKCS#8, SEC1 or
/// PKCS#1, not encrypted. Both may stand in one file. They are read when the guard is built, where
/// a missing or unfit one is an error, and again when they have changed, which is looked for at
/// most once a second; connections are then made anew. Between the writing of the one file and of
/// the other the pair does not match: what is no pair changes nothing, the one before stays in use,
/// and an event of tracing at level `WARN` tells.
///
/// The key is shown only to the server of the API that it was given for, and only if that server
/// asks for a certificate. [`Guard::posture`](crate::Guard::posture) shows the path of the chain
/// and nothing of what is in it.
///
/// ```
/// use secure_tool::{Connection, Identity};
///
/// let connection = Connection::new().identity(Identity::files("/run/tls/client.pem", "/run/tls/client.key"));
/// # let _ = connection;
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    chain: PathBuf,
    key: PathBuf,
}

impl Identity {
    /// The identity in these files: the certificate chain, and the private key.
    #[must_use]
    pub fn files(chain: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self { chain: chain.into(), key: key.into() }
    }

    /// What it is called: the path of the chain.
    pub(crate) fn name(&self) -> String {
        self.chain.display().to_string()
    }

    /// The files, in the order that [`parse`] takes them in.
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        vec![self.chain.clone(), self.key.clone()]
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// The pair in the contents of a file of the chain and one of the key. No error holds a line of
/// either.
pub(crate) fn parse(
    contents: &[SecretSlice<u8>],
    provider: &CryptoProvider,
) -> Result<CertifiedKey, Error> {
    let [chain, key] = contents else {
        return Err(Error::secret("a client identity is two files"));
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain.expose_secret()).collect();
    let chain = chain
        .ok()
        .filter(|chain| !chain.is_empty())
        .ok_or_else(|| Error::secret("its chain holds no certificate in PEM"))?;
    let key = PrivateKeyDer::from_pem_slice(key.expose_secret()).map_err(|_| {
        Error::secret(
            "its key file holds no key in PEM that is not encrypted (PKCS#8, SEC1, PKCS#1)",
        )
    })?;
    CertifiedKey::from_der(chain, key, provider)
        .map_err(|_| Error::secret("its key can't be used, or is not that of its certificate"))
}
