//! Builds revocation lists, with the flaw that the test selects.

use std::io;

use rcgen::{
    CertificateRevocationListParams, KeyIdMethod, RevocationReason, RevokedCertParams,
    SerialNumber, date_time_ymd,
};

use super::keys::keys;

/// The serial number of [`Certificate::Revoked`](super::Certificate::Revoked). rcgen's
/// serial numbers are digests of 20 bytes, so they can't collide.
pub(super) const REVOKED: u64 = 0x5eed_1e55;

/// A revocation list for [`HostileApi::crl`](crate::hostile::HostileApi::crl).
///
/// # Examples
///
/// ```
/// use secure_tool_testkit::hostile::{Certificate, Crl, HostileApi};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let api = HostileApi::builder("api.shop.example")
///     .certificate(Certificate::Revoked)
///     .start()
///     .await?;
/// let list = api.crl(Crl::Current)?;
/// // … call the tool with this list: it rejects the certificate.
/// assert_eq!(api.handshakes(), 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Crl {
    /// Current, and lists [`Certificate::Revoked`](super::Certificate::Revoked).
    Current,
    /// Current and empty.
    Empty,
    /// Empty and outdated: its next update was due in the year 2001.
    Stale,
    /// Empty, and signed by another authority with the same name and another key.
    WrongAuthority,
}

impl Crl {
    /// Returns the list in DER.
    pub(crate) fn der(self) -> io::Result<Vec<u8>> {
        let keys = keys()?;
        let revoked = RevokedCertParams {
            serial_number: SerialNumber::from(REVOKED),
            revocation_time: date_time_ymd(2020, 1, 1),
            reason_code: Some(RevocationReason::KeyCompromise),
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2000, 1, 1),
            next_update: date_time_ymd(if self == Self::Stale { 2001 } else { 4000 }, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: if self == Self::Current { vec![revoked] } else { Vec::new() },
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let authority = if self == Self::WrongAuthority { &keys.other } else { &keys.trusted };
        Ok(list.signed_by(&authority.issuer).map_err(io::Error::other)?.der().to_vec())
    }
}
