//! What shall be wrong with the TLS of a server in, its TLS side out.
//!
//! | file | does |
//! |--|--|
//! | `keys` | the keys of this process |
//! | `weak` | keys and signatures that must be refused |
//! | `certificate` | what a server shows |
//! | `revocation` | what its authority has revoked |

mod certificate;
mod keys;
mod revocation;
mod weak;

use std::io;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::sign::SingleCertAndKey;

pub use self::certificate::Certificate;
pub(super) use self::certificate::authority;
pub use self::revocation::Crl;

/// Which versions of TLS a [`HostileApi`](super::HostileApi) speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.3 only.
    #[default]
    V13Only,
    /// TLS 1.2 only: a client that demands 1.3 gets an alert.
    V12Only,
    /// Both, and the client has the choice.
    Both,
}

/// How the TLS of a server shall be.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Settings {
    pub(super) certificate: Certificate,
    pub(super) version: TlsVersion,
    pub(super) other_key: bool,
}

/// The TLS side of a server.
pub(super) struct Server {
    pub(super) config: ServerConfig,
    pub(super) spki_sha256: [u8; 32],
}

impl Settings {
    pub(super) fn server(self, host: &str) -> io::Result<Server> {
        let shown = certificate::shown(host, self.certificate, self.other_key)?;
        let versions = match self.version {
            TlsVersion::V13Only => &[&rustls::version::TLS13][..],
            TlsVersion::V12Only => &[&rustls::version::TLS12],
            TlsVersion::Both => &[&rustls::version::TLS13, &rustls::version::TLS12],
        };
        let builder = ServerConfig::builder_with_provider(provider()).with_protocol_versions(versions).map_err(io::Error::other)?;
        let mut config = builder.with_no_client_auth().with_cert_resolver(Arc::new(SingleCertAndKey::from(shown.certified)));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Server { config, spki_sha256: shown.spki_sha256 })
    }
}

/// Named: the process default may be missing, or be another one that some dependency installed.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
