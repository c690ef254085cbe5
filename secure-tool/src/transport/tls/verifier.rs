//! Verifies a server: first its certificate chain, then its key.
//!
//! The order matters: a pin never replaces the check for an expired or revoked certificate or
//! another host.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};

use super::pins::Pins;

/// Why a server with a valid certificate is rejected. rustls's error contains it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rejected {
    /// Its key is too short.
    WeakKey,
    /// Its key is not pinned.
    NotPinned,
    /// The pins have expired.
    PinsExpired,
}

impl Rejected {
    /// Returns the text for the operator.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::WeakKey => "certificate: its key is too short",
            Self::NotPinned => "certificate: its key is not pinned",
            Self::PinsExpired => "the pins have expired; set new ones",
        }
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl std::error::Error for Rejected {}

/// The verifier for the servers of one endpoint.
#[derive(Debug)]
pub(crate) struct Verifier {
    /// The name in events.
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
        let rejected = |why: Rejected| {
            Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(why))))
        };
        if is_short_rsa(&key) {
            return Err(rejected(Rejected::WeakKey));
        }
        if let Some(pins) = &self.pins {
            pins.check(&self.what, &key, now.as_secs()).map_err(rejected)?;
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

/// Returns whether this `SubjectPublicKeyInfo` is an RSA key of less than 2,048 bits, whose modulus
/// alone has 256 bytes. ring would reject its signature too, but without naming the reason.
fn is_short_rsa(public_key: &[u8]) -> bool {
    // RsaEncryption, RFC 8017, A.1.
    const RSA: [u8; 11] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    public_key.len() < 280 && public_key.windows(RSA.len()).take(16).any(|window| window == RSA)
}
