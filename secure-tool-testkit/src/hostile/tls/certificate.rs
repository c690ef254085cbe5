//! Builds the certificate chain and key of a server, with the flaw that the test selects.

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

/// The certificate of a [`HostileApi`](crate::hostile::HostileApi). Default: `Valid`.
///
/// Each other variant differs from the valid certificate in one property.
///
/// # Examples
///
/// ```
/// use secure_tool_testkit::hostile::{Certificate, HostileApi};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let api = HostileApi::builder("api.shop.example")
///     .certificate(Certificate::WrongHost)
///     .start()
///     .await?;
/// // … call the tool.
/// assert_eq!(api.handshakes(), 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Certificate {
    /// For the host, not expired, signed by the
    /// [authority](crate::hostile::HostileApi::authority).
    #[default]
    Valid,
    /// Expired in the year 2001.
    Expired,
    /// Not valid before the year 4000.
    NotYetValid,
    /// Signed with its own key.
    SelfSigned,
    /// For a longer name that begins with the host, such as `api.shop.example.attacker.example`.
    /// Its common name is still the host; a client must ignore the common name.
    WrongHost,
    /// Signed by another authority with the same name and another key. The server also sends the
    /// certificate of that authority.
    WrongAuthority,
    /// Has an RSA key of 1024 bits. The key is a constant of the testkit;
    /// [`other_key`](crate::hostile::Builder::other_key) has no effect on it.
    WeakKey,
    /// Signed with SHA-1 by an intermediate authority. The intermediate has an RSA key of 2048
    /// bits, and its own certificate has a valid signature.
    WeakSignature,
    /// Listed in [`Crl::Current`](super::Crl::Current).
    Revoked,
    /// Followed by a second valid certificate for the same host, with the other of the two keys
    /// ([`other_key`](crate::hostile::Builder::other_key)). The second one is not part of the
    /// chain. A client that searches all received certificates for its pin finds it there.
    Appended,
}

/// Returns the certificate of the trusted authority in DER.
pub(crate) fn authority() -> io::Result<&'static [u8]> {
    Ok(&keys()?.trusted.certificate)
}

/// A certificate chain with its private key.
pub(super) struct Shown {
    pub(super) certified: CertifiedKey,
    pub(super) spki_sha256: [u8; 32],
}

/// Builds the certificate chain of a server, with the first of the two leaf keys or the `other`
/// one.
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
        // rcgen's default validity is 1975 to 4096, which includes each clock that a test sets.
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

/// Returns the leaf, signed with SHA-1, and the certificate of the intermediate authority.
fn weakly_signed(
    params: &CertificateParams,
    leaf: &KeyPair,
    keys: &Keys,
) -> Result<Vec<CertificateDer<'static>>, rcgen::Error> {
    let between = authority_named("secure-tool-testkit authority with SHA-1");
    let authority = signed(&between, &Rsa::long(), &keys.trusted.issuer)?;
    let leaf = signed(params, leaf, &Issuer::new(between, Sha1(Rsa::long())))?;
    Ok(vec![Sha1::relabelled(&leaf).into(), authority])
}

fn spki_sha256(key: &impl PublicKeyData) -> [u8; 32] {
    sha256(&key.subject_public_key_info())
}
