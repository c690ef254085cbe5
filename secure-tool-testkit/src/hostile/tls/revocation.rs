//! What a revocation list shall be like in, the list out.

use std::io;

use rcgen::{
    CertificateRevocationListParams, KeyIdMethod, RevocationReason, RevokedCertParams,
    SerialNumber, date_time_ymd,
};

use super::keys::keys;

/// The serial number of [`Certificate::Revoked`](super::Certificate::Revoked). rcgen's own are
/// digests of 20 bytes.
pub(super) const REVOKED: u64 = 0x5eed_1e55;

/// Which revocation list the authority of a [`HostileApi`](crate::hostile::HostileApi) gives out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Crl {
    /// In time, and it lists [`Certificate::Revoked`](super::Certificate::Revoked).
    Current,
    /// In time, and it lists nothing.
    Empty,
    /// It lists nothing, and its successor was due in the year 2001.
    Stale,
    /// As the empty one, but signed by another authority, which has the same name and another key.
    WrongAuthority,
}

impl Crl {
    /// The list in DER.
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
