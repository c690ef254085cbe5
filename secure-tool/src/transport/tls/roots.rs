//! Trust anchors: loads the certificates that webpki uses, or selects the platform verifier.

use std::fmt;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};

use super::revocation::Crls;
use crate::error::Error;

/// The trust anchors for server certificates.
///
/// Set them for a guard with [`Builder::roots`](crate::guard::Builder::roots), and for one API with
/// [`Connection::roots`](crate::Connection::roots). They are read once, when the guard is built.
///
/// ```
/// use secure_tool::{Guard, Roots};
///
/// let builder = Guard::builder().roots(Roots::Bundled);
/// # let _ = builder;
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Roots {
    /// The trust anchors of the operating system. The default.
    ///
    /// On Windows and Apple systems the platform verifier decides. Elsewhere the system's
    /// certificates are loaded (`SSL_CERT_FILE` and `SSL_CERT_DIR` apply) and webpki decides. The
    /// platform verifier does not support [revocation lists](Crls): use [`Bundled`](Self::Bundled)
    /// or [`Only`](Self::Only) with them, or [`build`](crate::guard::Builder::build) fails.
    #[default]
    Platform,
    /// Mozilla's trust anchors, compiled in: equal on each machine, and as old as the program.
    Bundled,
    /// Only these certificates, each in DER, for example of an inspecting proxy or of a test.
    Only(Vec<Vec<u8>>),
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Platform => f.write_str("those of the operating system"),
            Self::Bundled => f.write_str("Mozilla's, compiled in"),
            Self::Only(certificates) => write!(f, "{} set in code", certificates.len()),
        }
    }
}

/// The verifier of certificate chains.
pub(super) enum Anchors {
    /// webpki, with these trust anchors.
    Given(Arc<RootCertStore>),
    /// The platform verifier.
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
                        Error::configuration(
                            "a trust anchor in `Roots::Only` is not a DER certificate",
                        )
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
        // Unreadable certificates are skipped. It is an error only if none remain.
        let found = rustls_native_certs::load_native_certs();
        store.add_parsable_certificates(found.certs);
        if store.is_empty() {
            let error = Error::start(
                "the operating system has no readable trust anchors; install CA certificates or \
                    use `Roots::Bundled`",
            );
            return Err(match found.errors.into_iter().next() {
                Some(cause) => error.because(cause),
                None => error,
            });
        }
        Ok(Self::Given(Arc::new(store)))
    }

    /// Returns the verifier, with these revocation lists if there are any.
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
                    "the platform verifier does not support revocation lists; use \
                        `Roots::Bundled` or `Roots::Only`",
                ));
            }
            #[cfg(any(windows, target_vendor = "apple", target_os = "android"))]
            Self::System => {
                let verifier = rustls_platform_verifier::Verifier::new(provider.clone());
                return Ok(Arc::new(verifier.map_err(|error| {
                    Error::start("the platform verifier cannot be used").because(error)
                })?));
            }
        };
        let mut builder = WebPkiServerVerifier::builder_with_provider(store, provider.clone());
        if let Some((crls, lists)) = lists {
            builder = crls.apply(builder.with_crls(lists));
        }
        Ok(builder.build().map_err(|error| {
            Error::configuration("`Roots::Only` is empty, or a revocation list is invalid")
                .because(error)
        })?)
    }
}
