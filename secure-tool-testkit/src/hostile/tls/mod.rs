//! What shall be wrong with the TLS of a server in, its TLS side out.
//!
//! | file | does |
//! |--|--|
//! | `keys` | the keys of this process |
//! | `weak` | keys and signatures that must be refused |
//! | `certificate` | what a server shows |
//! | `revocation` | what its authority has revoked |
//! | `identity` | who its clients say they are |

mod certificate;
mod identity;
mod keys;
mod revocation;
mod weak;

use std::io;
use std::sync::Arc;

use ring::digest::{SHA256, digest};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::server::WebPkiClientVerifier;
use rustls::sign::SingleCertAndKey;
use rustls::{RootCertStore, ServerConfig};

pub use self::certificate::Certificate;
pub(super) use self::certificate::authority;
pub use self::identity::ClientIdentity;
pub use self::revocation::Crl;

/// The name of HTTP/2 in a handshake (RFC 9113, 3.1).
pub(super) const HTTP2: &[u8] = b"h2";
/// How much a client may send before the handshake is done. 16 KiB is one record.
const EARLY_DATA: u32 = 16 * 1024;

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
    /// Whether clients have to show a certificate.
    pub(super) mutual: bool,
    pub(super) http2: bool,
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
        let builder = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(versions)
            .map_err(io::Error::other)?;
        let builder = if self.mutual {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from(authority()?)).map_err(io::Error::other)?;
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider()).build();
            builder.with_client_cert_verifier(verifier.map_err(io::Error::other)?)
        } else {
            builder.with_no_client_auth()
        };
        // Sessions are remembered and tickets for them are given out: those are rustls's defaults.
        let mut config =
            builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(shown.certified)));
        config.max_early_data_size = EARLY_DATA;
        config.alpn_protocols =
            vec![if self.http2 { HTTP2.to_vec() } else { b"http/1.1".to_vec() }];
        Ok(Server { config, spki_sha256: shown.spki_sha256 })
    }
}

/// Named: the process default may be missing, or be another one that some dependency installed.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut array = [0; 32];
    array.copy_from_slice(digest(&SHA256, bytes).as_ref());
    array
}
