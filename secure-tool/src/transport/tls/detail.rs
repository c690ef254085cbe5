//! Maps an error of rustls to a constant text for the operator. It contains no name from a
//! certificate and no other text that the server chose.

use std::error::Error;

use rustls::Error as Tls;
use rustls::{AlertDescription as Alert, CertificateError as Certificate};

use super::verifier::Rejected;

/// Returns the text of a TLS error.
pub(in crate::transport) fn of(error: &Tls) -> &'static str {
    match error {
        Tls::InvalidCertificate(why) => certificate(why),
        Tls::AlertReceived(why) => alert(*why),
        Tls::PeerIncompatible(why) => incompatible(why),
        Tls::PeerMisbehaved(_) => "the server violates the TLS protocol",
        Tls::NoApplicationProtocol => "the server supports neither HTTP/2 nor HTTP/1.1",
        Tls::InvalidCertRevocationList(_) => {
            "certificate: its revocation list is malformed or not from its issuer"
        }
        Tls::FailedToGetCurrentTime => "the clock is before 1970",
        _ => "the handshake failed",
    }
}

/// Returns why a server's certificate was rejected.
fn certificate(why: &Certificate) -> &'static str {
    match why {
        Certificate::NotValidForNameContext { .. } | Certificate::NotValidForName => {
            "certificate: not valid for the host"
        }
        Certificate::ExpiredContext { .. } | Certificate::Expired => "certificate: expired",
        Certificate::NotValidYetContext { .. } | Certificate::NotValidYet => {
            "certificate: not valid yet"
        }
        Certificate::UnknownIssuer => "certificate: self-signed, or from an unknown issuer",
        Certificate::Revoked => "certificate: revoked",
        Certificate::UnknownRevocationStatus => "certificate: no revocation list covers it",
        Certificate::ExpiredRevocationListContext { .. } | Certificate::ExpiredRevocationList => {
            "certificate: its revocation list has expired"
        }
        Certificate::InvalidPurposeContext { .. } | Certificate::InvalidPurpose => {
            "certificate: not for servers"
        }
        Certificate::BadSignature => "certificate: a wrong or weak signature",
        Certificate::UnsupportedSignatureAlgorithmContext { .. }
        | Certificate::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "certificate: a signature algorithm that is not accepted"
        }
        Certificate::BadEncoding => "certificate: malformed",
        Certificate::Other(other) => {
            other.0.downcast_ref::<Rejected>().map_or("certificate: not accepted", |why| why.text())
        }
        _ => "certificate: not accepted",
    }
}

fn incompatible(why: &rustls::PeerIncompatible) -> &'static str {
    use rustls::PeerIncompatible::{
        ExtendedMasterSecretExtensionRequired, ServerDoesNotSupportTls12Or13,
        ServerTlsVersionIsDisabledByOurConfig, Tls12NotOffered, Tls12NotOfferedOrEnabled,
    };
    match why {
        ServerDoesNotSupportTls12Or13
        | ServerTlsVersionIsDisabledByOurConfig
        | Tls12NotOffered
        | Tls12NotOfferedOrEnabled => "the server supports no allowed TLS version",
        ExtendedMasterSecretExtensionRequired => {
            "the server does not support the extended master secret"
        }
        _ => "the server shares no cipher suite, group or signature algorithm",
    }
}

/// Returns the text for an alert from the server (RFC 8446, 6).
pub(in crate::transport) fn alert(why: Alert) -> &'static str {
    match why {
        Alert::ProtocolVersion => "the server supports no allowed TLS version",
        Alert::HandshakeFailure | Alert::InsufficientSecurity => {
            "the server shares no cipher suite, group or signature algorithm"
        }
        Alert::CertificateRequired => "the server requires a client certificate",
        Alert::CertificateExpired => "the server rejects the client certificate: expired",
        Alert::CertificateRevoked => "the server rejects the client certificate: revoked",
        Alert::UnknownCA => "the server rejects the client certificate: from an unknown issuer",
        Alert::BadCertificate | Alert::UnsupportedCertificate | Alert::CertificateUnknown => {
            "the server rejects the client certificate"
        }
        Alert::DecryptError => "the server cannot verify the client certificate or its key",
        Alert::AccessDenied => "the server denies access",
        Alert::UnrecognisedName => "the server does not know the host",
        Alert::NoApplicationProtocol => "the server supports neither HTTP/2 nor HTTP/1.1",
        _ => "the server ended the handshake",
    }
}

/// The alerts by which a server rejects a client certificate, its signature, or its absence. They
/// all belong to the handshake.
const IDENTITY: [Alert; 8] = [
    Alert::CertificateRequired,
    Alert::BadCertificate,
    Alert::UnsupportedCertificate,
    Alert::CertificateRevoked,
    Alert::CertificateExpired,
    Alert::CertificateUnknown,
    Alert::UnknownCA,
    Alert::DecryptError,
];

/// Returns the alert, if the error is one of these. HTTP/2 keeps only the text of a TLS error, so
/// this compares the whole text too.
pub(in crate::transport) fn refused_identity(error: &(dyn Error + 'static)) -> Option<Alert> {
    if let Some(Tls::AlertReceived(why)) = error.downcast_ref::<Tls>() {
        return IDENTITY.into_iter().find(|alert| alert == why);
    }
    let text = error.is::<std::io::Error>().then(|| error.to_string())?;
    IDENTITY.into_iter().find(|alert| Tls::AlertReceived(*alert).to_string() == text)
}
