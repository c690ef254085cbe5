//! A host name and what shall be wrong with its certificate in, the TLS side of a server out.
//!
//! Keys are made once per process: they are the slow part, and nothing here is worth a key of its own.

use std::io;
use std::sync::{Arc, OnceLock};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// What the certificate of a [`HostileApi`](super::HostileApi) is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Certificate {
    /// For the right host, in time, signed by [`authority`](super::HostileApi::authority).
    #[default]
    Valid,
    /// As the valid one, but it ended in the year 2001.
    Expired,
    /// As the valid one, but it begins in the year 4000.
    NotYetValid,
    /// As the valid one, but signed with its own key.
    SelfSigned,
    /// As the valid one, but for a name of which the host is only the beginning: `api.shop.example.attacker.example`.
    /// Its common name is still the right host, which a client must not look at.
    WrongHost,
    /// As the valid one, but signed by another authority, which has the same name and another key. The server sends the
    /// certificate of that authority along.
    WrongAuthority,
}

/// Which versions of TLS a [`HostileApi`](super::HostileApi) speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.3 only.
    #[default]
    V13Only,
    /// TLS 1.2 only: a client that demands 1.3 gets an alert.
    V12Only,
}

/// The keys of this process.
struct Keys {
    trusted: Authority,
    /// Named as the trusted one.
    other: Authority,
    leaf: KeyPair,
}

struct Authority {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Result<Self, rcgen::Error> {
        let mut params = CertificateParams::default();
        params.distinguished_name = named("secure-tool-testkit authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?.der().clone();
        Ok(Self { certificate, issuer: Issuer::new(params, key) })
    }
}

fn keys() -> io::Result<&'static Keys> {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    if let Some(keys) = KEYS.get() {
        return Ok(keys);
    }
    // Two threads may both get here; the first to finish wins, and `get_or_init` gives both the same keys.
    let made = Keys {
        trusted: Authority::new().map_err(io::Error::other)?,
        other: Authority::new().map_err(io::Error::other)?,
        leaf: KeyPair::generate().map_err(io::Error::other)?,
    };
    Ok(KEYS.get_or_init(|| made))
}

/// The DER of the authority to trust.
pub(super) fn authority() -> io::Result<&'static [u8]> {
    Ok(&keys()?.trusted.certificate)
}

/// What the server shows to its clients.
pub(super) fn server(host: &str, certificate: Certificate, tls: TlsVersion) -> io::Result<ServerConfig> {
    let keys = keys()?;
    let chain = chain(keys, host, certificate).map_err(io::Error::other)?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(keys.leaf.serialize_der()));
    let version = match tls {
        TlsVersion::V13Only => &rustls::version::TLS13,
        TlsVersion::V12Only => &rustls::version::TLS12,
    };
    // The provider is named: the process default may be missing, or be another one that some dependency installed.
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[version])
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(io::Error::other)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn chain(keys: &Keys, host: &str, certificate: Certificate) -> Result<Vec<CertificateDer<'static>>, rcgen::Error> {
    let san = match certificate {
        Certificate::WrongHost => format!("{host}.attacker.example"),
        _ => host.to_owned(),
    };
    let mut params = CertificateParams::new(vec![san])?;
    params.distinguished_name = named(host);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    match certificate {
        Certificate::Expired => {
            params.not_before = date_time_ymd(2000, 1, 1);
            params.not_after = date_time_ymd(2001, 1, 1);
        }
        Certificate::NotYetValid => {
            params.not_before = date_time_ymd(4000, 1, 1);
            params.not_after = date_time_ymd(4001, 1, 1);
        }
        // rcgen's own are 1975 to 4096: no clock that a test sets leaves them.
        _ => {}
    }
    Ok(match certificate {
        Certificate::SelfSigned => vec![params.self_signed(&keys.leaf)?.der().clone()],
        Certificate::WrongAuthority => {
            let leaf = params.signed_by(&keys.leaf, &keys.other.issuer)?;
            vec![leaf.der().clone(), keys.other.certificate.clone()]
        }
        _ => vec![params.signed_by(&keys.leaf, &keys.trusted.issuer)?.der().clone()],
    })
}

fn named(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}
