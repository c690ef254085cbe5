//! Which authorities may vouch for a server: a choice of the operator's in, what webpki or the
//! platform decides by out.

use std::fmt;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};

use super::revocation::Crls;
use crate::error::Error;

/// Which authorities may vouch for a server. Chosen for a guard with
/// [`Builder::roots`](crate::guard::Builder::roots), and for one API with
/// [`Connection::roots`](crate::Connection::roots). They are read once, when the guard is built.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Roots {
    /// Those that the machine trusts. The default.
    ///
    /// On Windows and Apple the system decides, by its own rules; elsewhere the system's
    /// certificates are read (`SSL_CERT_FILE` and `SSL_CERT_DIR` are heeded) and webpki decides.
    /// With [revocation lists](Crls), which only webpki takes, the first is an error of
    /// [`build`](crate::guard::Builder::build): choose [`Bundled`](Self::Bundled) or
    /// [`Only`](Self::Only).
    #[default]
    Platform,
    /// Mozilla's, as they were when this program was compiled: the same on every machine, and as
    /// old as the program.
    Bundled,
    /// These alone, each a certificate in DER: an inspecting proxy's, or a test's own.
    Only(Vec<Vec<u8>>),
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Platform => f.write_str("the machine's own"),
            Self::Bundled => f.write_str("Mozilla's, compiled in"),
            Self::Only(certificates) => write!(f, "{} given in code", certificates.len()),
        }
    }
}

/// Who decides whether a chain of certificates is good.
pub(super) enum Anchors {
    /// webpki, by these roots.
    Given(Arc<RootCertStore>),
    /// The system, by its own.
    #[cfg(any(windows, target_vendor = "apple", target_os = "android"))]
    System,
}

impl Anchors {
    pub(super) fn of(roots: &Roots) -> Result<Self, Error> {
        match roots {
            Roots::Platform => Self::platform(),
            Roots::Bundled => {
                Ok(Self::Given(Arc::new(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect())))
            }
            Roots::Only(certificates) => {
                let mut store = RootCertStore::empty();
                for certificate in certificates {
                    let added = store.add(CertificateDer::from(certificate.as_slice()));
                    added.map_err(|error| {
                        Error::configuration("a root given in code is no certificate in DER")
                            .because(error)
                    })?;
                }
                Ok(Self::Given(Arc::new(store)))
            }
        }
    }

    #[cfg(any(windows, target_vendor = "apple", target_os = "android"))]
    fn platform() -> Result<Self, Error> {
        Ok(Self::System)
    }

    #[cfg(not(any(windows, target_vendor = "apple", target_os = "android")))]
    fn platform() -> Result<Self, Error> {
        let mut store = RootCertStore::empty();
        // What can't be read or parsed vouches for nothing; that is an error only where nothing is
        // left.
        let found = rustls_native_certs::load_native_certs();
        store.add_parsable_certificates(found.certs);
        if store.is_empty() {
            let error = Error::start("the machine has no trusted roots that can be read");
            return Err(match found.errors.into_iter().next() {
                Some(cause) => error.because(cause),
                None => error,
            });
        }
        Ok(Self::Given(Arc::new(store)))
    }

    /// What decides, with these revocation lists if there are any.
    pub(super) fn verifier(
        &self,
        lists: Option<(&Crls, Vec<CertificateRevocationListDer<'static>>)>,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ServerCertVerifier>, Error> {
        let store = match self {
            Self::Given(store) => store.clone(),
            #[cfg(any(windows, target_vendor = "apple", target_os = "android"))]
            Self::System if lists.is_some() => {
                return Err(Error::configuration(
                    "revocation lists were given, and the system that decides here takes none; choose `Roots::Bundled` or `Roots::Only`",
                ));
            }
            #[cfg(any(windows, target_vendor = "apple", target_os = "android"))]
            Self::System => {
                let verifier = rustls_platform_verifier::Verifier::new(provider.clone());
                return Ok(Arc::new(verifier.map_err(|error| {
                    Error::start("the system's verifier can't be used").because(error)
                })?));
            }
        };
        let mut builder = WebPkiServerVerifier::builder_with_provider(store, provider.clone());
        if let Some((crls, lists)) = lists {
            builder = crls.apply(builder.with_crls(lists));
        }
        Ok(builder.build().map_err(|error| {
            Error::configuration("no root was given, or a revocation list is none").because(error)
        })?)
    }
}
