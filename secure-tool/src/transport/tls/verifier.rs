//! Whether a server is who it says: what it presents in, yes or why not out.
//!
//! The authority is asked first, then the key is looked at. So a pin never stands in for a
//! certificate that is expired, revoked or of another host.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};

use super::pins::Pins;

/// Why a server is not believed that has a good certificate. It stands inside of rustls's error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// Its key is too short to be safe.
    WeakKey,
    /// Its key is none that was pinned.
    OtherKey,
    /// The pins ended, so nobody can tell.
    PinsExpired,
}

impl Unfit {
    /// As the operator is told.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::WeakKey => "certificate: its key is too short",
            Self::OtherKey => "certificate: its key is none of the pinned ones",
            Self::PinsExpired => "the pins have expired: give new ones",
        }
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl std::error::Error for Unfit {}

/// What decides about the servers of one endpoint.
#[derive(Debug)]
pub(crate) struct Verifier {
    /// What it is for, as events name it.
    pub(super) what: String,
    pub(super) authority: Arc<dyn ServerCertVerifier>,
    pub(super) pins: Option<Pins>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self.authority.verify_server_cert(leaf, intermediates, name, ocsp, now)?;
        let key = ParsedCertificate::try_from(leaf)?.subject_public_key_info();
        let unfit = |why: Unfit| {
            Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(why))))
        };
        if is_short_rsa(&key) {
            return Err(unfit(Unfit::WeakKey));
        }
        if let Some(pins) = &self.pins {
            pins.check(&self.what, &key, now.as_secs()).map_err(unfit)?;
        }
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.authority.verify_tls12_signature(message, leaf, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.authority.verify_tls13_signature(message, leaf, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.authority.supported_verify_schemes()
    }
}

/// Whether this `SubjectPublicKeyInfo` is of an RSA key of less than 2048 bits: its modulus alone
/// has 256 bytes. ring would refuse the signature of such a key anyway, but with an error that does
/// not tell why.
fn is_short_rsa(public_key: &[u8]) -> bool {
    // RsaEncryption, RFC 8017, A.1.
    const RSA: [u8; 11] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    public_key.len() < 280 && public_key.windows(RSA.len()).take(16).any(|window| window == RSA)
}
