//! Who a client shall claim to be in, its certificate and its key out.

use std::fmt;
use std::io;

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, date_time_ymd};

use super::keys::{Authority, keys, named};
use super::sha256;

/// The certificate and the key by which a client shows who it is, each one new, to an API that
/// [demands it](crate::hostile::Builder::demands_client_certificate).
#[derive(Clone)]
pub struct ClientIdentity {
    chain: String,
    key: String,
    sha256: [u8; 32],
}

impl ClientIdentity {
    /// In time, for clients, signed by the [authority](crate::hostile::HostileApi::authority) of
    /// all APIs of this process.
    ///
    /// # Errors
    ///
    /// When the system gives no random numbers, as with all of them; or the name can't stand in a
    /// certificate.
    pub fn valid(name: &str) -> io::Result<Self> {
        Self::signed(&params(name), &keys()?.trusted)
    }

    /// As the valid one, but signed by another authority, which has the same name and another key.
    ///
    /// # Errors
    ///
    /// As [`valid`](Self::valid).
    pub fn other_authority(name: &str) -> io::Result<Self> {
        Self::signed(&params(name), &keys()?.other)
    }

    /// As the valid one, but it ended in the year 2001.
    ///
    /// # Errors
    ///
    /// As [`valid`](Self::valid).
    pub fn expired(name: &str) -> io::Result<Self> {
        let mut params = params(name);
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(2001, 1, 1);
        Self::signed(&params, &keys()?.trusted)
    }

    fn signed(params: &CertificateParams, authority: &Authority) -> io::Result<Self> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = params.signed_by(&key, &authority.issuer).map_err(io::Error::other)?;
        Ok(Self {
            chain: certificate.pem(),
            key: key.serialize_pem(),
            sha256: sha256(certificate.der()),
        })
    }

    /// The certificates in PEM, the client's own first.
    #[must_use]
    pub fn chain_pem(&self) -> &str {
        &self.chain
    }

    /// The key in PEM (PKCS#8).
    #[must_use]
    pub fn key_pem(&self) -> &str {
        &self.key
    }

    /// The SHA-256 of the client's own certificate in DER, by which a
    /// [request](crate::hostile::Request::client_certificate) tells who made it.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }
}

impl fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientIdentity").field("chain", &self.chain).finish_non_exhaustive()
    }
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named(name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}
