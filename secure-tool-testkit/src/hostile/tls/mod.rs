//! Configures the TLS side of a server, with the flaws that the test selects.
//!
//! | file | does |
//! |--|--|
//! | `keys` | generates the keys of this process |
//! | `weak` | makes keys and signatures that a client must reject |
//! | `certificate` | builds the certificates of servers |
//! | `revocation` | builds revocation lists |
//! | `identity` | issues the certificates of clients |

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

/// The ALPN identifier of HTTP/2 (RFC 9113, 3.1).
pub(super) const HTTP2: &[u8] = b"h2";
/// The limit of early data, in bytes: one TLS record.
const EARLY_DATA: u32 = 16 * 1024;

/// The TLS versions of a [`HostileApi`](super::HostileApi). Default: `V13Only`.
///
/// # Examples
///
/// ```
/// use secure_tool_testkit::hostile::{HostileApi, TlsVersion};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let old = HostileApi::builder("api.shop.example").tls(TlsVersion::V12Only).start().await?;
/// // … call the tool, which requires TLS 1.3.
/// assert_eq!(old.handshakes(), 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.3 only.
    #[default]
    V13Only,
    /// TLS 1.2 only. A client that requires 1.3 receives an alert.
    V12Only,
    /// TLS 1.2 and 1.3. The client chooses.
    Both,
}

/// The TLS settings of a server.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Settings {
    pub(super) certificate: Certificate,
    pub(super) version: TlsVersion,
    pub(super) other_key: bool,
    /// Whether clients must present a certificate.
    pub(super) mutual: bool,
    pub(super) http2: bool,
}

/// The TLS configuration of a server, and the pin of its key.
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
        // rustls stores sessions and issues tickets by default.
        let mut config =
            builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(shown.certified)));
        config.max_early_data_size = EARLY_DATA;
        config.alpn_protocols =
            vec![if self.http2 { HTTP2.to_vec() } else { b"http/1.1".to_vec() }];
        Ok(Server { config, spki_sha256: shown.spki_sha256 })
    }
}

/// Returns ring explicitly: the process default may be missing, or another dependency may have
/// installed a different provider.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut array = [0; 32];
    array.copy_from_slice(digest(&SHA256, bytes).as_ref());
    array
}
