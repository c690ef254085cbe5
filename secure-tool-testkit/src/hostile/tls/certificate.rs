//! A host name and what shall be wrong with its certificate in, the chain and the key that a server
//! shows out.

use std::io;
use std::sync::Arc;

use rcgen::{
    CertificateParams, ExtendedKeyUsagePurpose, Issuer, KeyPair, KeyUsagePurpose, PublicKeyData,
    SerialNumber, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;

use super::keys::{Keys, authority_named, keys, named};
use super::revocation::REVOKED;
use super::weak::{Rsa, Sha1};
use super::{provider, sha256};

/// What the certificate of a [`HostileApi`](crate::hostile::HostileApi) is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Certificate {
    /// For the right host, in time, signed by [`authority`](crate::hostile::HostileApi::authority).
    #[default]
    Valid,
    /// As the valid one, but it ended in the year 2001.
    Expired,
    /// As the valid one, but it begins in the year 4000.
    NotYetValid,
    /// As the valid one, but signed with its own key.
    SelfSigned,
    /// As the valid one, but for a name of which the host is only the beginning:
    /// `api.shop.example.attacker.example`. Its common name is still the right host, which a client
    /// must not look at.
    WrongHost,
    /// As the valid one, but signed by another authority, which has the same name and another key.
    /// The server sends the certificate of that authority along.
    WrongAuthority,
    /// As the valid one, but its key is RSA with 1024 bits. The key is the testkit's own and the
    /// same everywhere; [`other_key`](crate::hostile::Builder::other_key) has no effect on it.
    WeakKey,
    /// As the valid one, but an authority stands between it and the trusted one, which signed it
    /// with SHA-1. That authority's own key is RSA with 2048 bits, and the signature over it is
    /// sound.
    WeakSignature,
    /// As the valid one, but [`Crl::Current`](super::Crl::Current) lists it.
    Revoked,
    /// As the valid one, and behind it the server sends a second certificate, as valid as the
    /// first, for the same host, with the other of the two keys
    /// ([`other_key`](crate::hostile::Builder::other_key)). It is no part of the chain: a client
    /// that looks for a pinned key in all that it was sent finds it there.
    Appended,
}

/// The DER of the authority to trust.
pub(crate) fn authority() -> io::Result<&'static [u8]> {
    Ok(&keys()?.trusted.certificate)
}

/// A certificate with its chain, and the key that goes with it.
pub(super) struct Shown {
    pub(super) certified: CertifiedKey,
    pub(super) spki_sha256: [u8; 32],
}

/// What the server shows to its clients; of the two leaf keys the first, or the `other`.
pub(super) fn shown(host: &str, certificate: Certificate, other: bool) -> io::Result<Shown> {
    let keys = keys()?;
    let (leaf, appended) =
        if other { (&keys.other_leaf, &keys.leaf) } else { (&keys.leaf, &keys.other_leaf) };
    let params = params(host, certificate).map_err(io::Error::other)?;
    if certificate == Certificate::WeakKey {
        let key = Rsa::short();
        let chain = vec![signed(&params, &key, &keys.trusted.issuer).map_err(io::Error::other)?];
        return Ok(Shown {
            spki_sha256: spki_sha256(&key),
            certified: CertifiedKey::new(chain, Arc::new(key)),
        });
    }
    let chain = match certificate {
        Certificate::SelfSigned => params.self_signed(leaf).map(|leaf| vec![leaf.der().clone()]),
        Certificate::WrongAuthority => signed(&params, leaf, &keys.other.issuer)
            .map(|leaf| vec![leaf, keys.other.certificate.clone()]),
        Certificate::WeakSignature => weakly_signed(&params, leaf, keys),
        Certificate::Appended => [leaf, appended]
            .into_iter()
            .map(|key| signed(&params, key, &keys.trusted.issuer))
            .collect(),
        _ => signed(&params, leaf, &keys.trusted.issuer).map(|leaf| vec![leaf]),
    };
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(leaf.serialize_der()));
    let certified = CertifiedKey::from_der(chain.map_err(io::Error::other)?, key, &provider())
        .map_err(io::Error::other)?;
    Ok(Shown { certified, spki_sha256: spki_sha256(leaf) })
}

fn params(host: &str, certificate: Certificate) -> Result<CertificateParams, rcgen::Error> {
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
        Certificate::Revoked => params.serial_number = Some(SerialNumber::from(REVOKED)),
        // rcgen's own are 1975 to 4096: no clock that a test sets leaves them.
        _ => {}
    }
    Ok(params)
}

fn signed(
    params: &CertificateParams,
    key: &impl PublicKeyData,
    issuer: &Issuer<'_, impl rcgen::SigningKey>,
) -> Result<CertificateDer<'static>, rcgen::Error> {
    Ok(params.signed_by(key, issuer)?.der().clone())
}

/// The leaf, signed with SHA-1, and the authority that signed it.
fn weakly_signed(
    params: &CertificateParams,
    leaf: &KeyPair,
    keys: &Keys,
) -> Result<Vec<CertificateDer<'static>>, rcgen::Error> {
    let between = authority_named("secure-tool-testkit authority with SHA-1");
    let authority = signed(&between, &Rsa::long(), &keys.trusted.issuer)?;
    let leaf = signed(params, leaf, &Issuer::new(between, Sha1(Rsa::long())))?;
    Ok(vec![Sha1::said(&leaf).into(), authority])
}

fn spki_sha256(key: &impl PublicKeyData) -> [u8; 32] {
    sha256(&key.subject_public_key_info())
}
