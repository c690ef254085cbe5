//! The keys of this process: two authorities and two leaf keys.
//!
//! They are generated once, because key generation is slow.

use std::io;
use std::sync::OnceLock;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::CertificateDer;

pub(super) struct Keys {
    pub(super) trusted: Authority,
    /// Has the same name as the trusted authority.
    pub(super) other: Authority,
    pub(super) leaf: KeyPair,
    pub(super) other_leaf: KeyPair,
}

pub(super) struct Authority {
    pub(super) certificate: CertificateDer<'static>,
    pub(super) issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Result<Self, rcgen::Error> {
        let params = authority_named("secure-tool-testkit authority");
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?.der().clone();
        Ok(Self { certificate, issuer: Issuer::new(params, key) })
    }
}

pub(super) fn keys() -> io::Result<&'static Keys> {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    if let Some(keys) = KEYS.get() {
        return Ok(keys);
    }
    // Two threads may generate keys at the same time. `get_or_init` keeps the first result and
    // returns it to both.
    let made = Keys {
        trusted: Authority::new().map_err(io::Error::other)?,
        other: Authority::new().map_err(io::Error::other)?,
        leaf: KeyPair::generate().map_err(io::Error::other)?,
        other_leaf: KeyPair::generate().map_err(io::Error::other)?,
    };
    Ok(KEYS.get_or_init(|| made))
}

/// Returns the parameters of a certificate that may sign others.
pub(super) fn authority_named(common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named(common_name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

pub(super) fn named(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}
