//! The TLS settings of every connection: roots in, a client configuration out.
//!
//! TLS 1.3 only, with ring as the provider, named here: neither the process's default provider nor a feature of another crate changes it.
//! reqwest ignores its own TLS options beside a configuration like this one, so everything is said here.

use std::fmt;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use super::connection::Connection;
use crate::error::Error;

/// Which authorities may vouch for a server.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Roots {
    /// Those that the machine trusts. The default.
    #[default]
    Platform,
    /// These alone, each a certificate in DER: an inspecting proxy's, or a test's own.
    Only(Vec<Vec<u8>>),
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Platform => f.write_str("the machine's own"),
            Self::Only(certificates) => write!(f, "{} given in code", certificates.len()),
        }
    }
}

pub(super) fn config(connection: &Connection) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = verifier(connection.roots.as_ref().unwrap_or(&Roots::Platform), &provider)?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| Error::start("TLS 1.3 can't be set up").because(error))?
        .dangerous() // the name for a verifier of one's own; ours is webpki's or the platform's
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.enable_early_data = false; // what is sent early can be sent again by others
    Ok(config)
}

fn verifier(roots: &Roots, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    match roots {
        Roots::Platform => {
            let verifier = rustls_platform_verifier::Verifier::new(provider.clone());
            Ok(Arc::new(verifier.map_err(|error| Error::start("the machine's trusted roots can't be read").because(error))?))
        }
        Roots::Only(certificates) => {
            let mut store = RootCertStore::empty();
            for certificate in certificates {
                let added = store.add(CertificateDer::from(certificate.as_slice()));
                added.map_err(|error| Error::configuration("a root given in code is no certificate in DER").because(error))?;
            }
            let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider.clone()).build();
            Ok(verifier.map_err(|error| Error::configuration("no root was given").because(error))?)
        }
    }
}
