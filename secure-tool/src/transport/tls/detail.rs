//! What kind of error of TLS it is: rustls's error in, a constant text for the operator out. Never
//! a name in a certificate, or any other text that the server chose.

use std::error::Error;

use rustls::Error as Tls;
use rustls::{AlertDescription as Alert, CertificateError as Certificate};

use super::verifier::Unfit;

/// The kind of an error.
pub(in crate::transport) fn of(error: &Tls) -> &'static str {
    match error {
        Tls::InvalidCertificate(why) => certificate(why),
        Tls::AlertReceived(why) => alert(*why),
        Tls::PeerIncompatible(why) => incompatible(why),
        Tls::PeerMisbehaved(_) => "the server breaks the rules of TLS",
        Tls::NoApplicationProtocol => "the server speaks neither HTTP/2 nor HTTP/1.1",
        Tls::InvalidCertRevocationList(_) => {
            "certificate: the revocation list that speaks of it is not its issuer's, or not well-formed"
        }
        Tls::FailedToGetCurrentTime => "the clock is before 1970",
        _ => "the handshake failed",
    }
}

/// Why a server's certificate was refused.
fn certificate(why: &Certificate) -> &'static str {
    match why {
        Certificate::NotValidForNameContext { .. } | Certificate::NotValidForName => {
            "certificate: not valid for the host"
        }
        Certificate::ExpiredContext { .. } | Certificate::Expired => "certificate: expired",
        Certificate::NotValidYetContext { .. } | Certificate::NotValidYet => {
            "certificate: not valid yet"
        }
        Certificate::UnknownIssuer => "certificate: self-signed, or of an unknown issuer",
        Certificate::Revoked => "certificate: revoked",
        Certificate::UnknownRevocationStatus => "certificate: no revocation list speaks of it",
        Certificate::ExpiredRevocationListContext { .. } | Certificate::ExpiredRevocationList => {
            "certificate: the revocation list that speaks of it has expired"
        }
        Certificate::InvalidPurposeContext { .. } | Certificate::InvalidPurpose => {
            "certificate: not for servers"
        }
        Certificate::BadSignature => "certificate: a wrong or weak signature",
        Certificate::UnsupportedSignatureAlgorithmContext { .. }
        | Certificate::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "certificate: a signature of a kind that is not accepted"
        }
        Certificate::BadEncoding => "certificate: not well-formed",
        Certificate::Other(other) => {
            other.0.downcast_ref::<Unfit>().map_or("certificate: not accepted", |why| why.text())
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
        | Tls12NotOfferedOrEnabled => "the server speaks no version of TLS that is allowed",
        ExtendedMasterSecretExtensionRequired => "the server has no extended master secret",
        _ => "the server has no suite, group or signature in common",
    }
}

/// What a server said when it ended the connection: one of the alerts of RFC 8446, 6.
pub(in crate::transport) fn alert(why: Alert) -> &'static str {
    match why {
        Alert::ProtocolVersion => "the server speaks no version of TLS that is allowed",
        Alert::HandshakeFailure | Alert::InsufficientSecurity => {
            "the server has no suite, group or signature in common"
        }
        Alert::CertificateRequired => "the server demands a client certificate",
        Alert::CertificateExpired => "the server refuses the client certificate: expired",
        Alert::CertificateRevoked => "the server refuses the client certificate: revoked",
        Alert::UnknownCA => "the server refuses the client certificate: of an unknown issuer",
        Alert::BadCertificate | Alert::UnsupportedCertificate | Alert::CertificateUnknown => {
            "the server refuses the client certificate"
        }
        Alert::DecryptError => "the server can't verify the client certificate or its key",
        Alert::AccessDenied => "the server denies access",
        Alert::UnrecognisedName => "the server does not know the host",
        Alert::NoApplicationProtocol => "the server speaks neither HTTP/2 nor HTTP/1.1",
        _ => "the server ended the handshake",
    }
}

/// The alerts by which a server refuses a client's certificate, what it signed, or that there is
/// none. All of them are of the handshake.
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

/// Which of them this error is. HTTP/2 keeps of an error of TLS only its text, so that is compared
/// too, whole.
pub(in crate::transport) fn refused_identity(error: &(dyn Error + 'static)) -> Option<Alert> {
    if let Some(Tls::AlertReceived(why)) = error.downcast_ref::<Tls>() {
        return IDENTITY.into_iter().find(|alert| alert == why);
    }
    let text = error.is::<std::io::Error>().then(|| error.to_string())?;
    IDENTITY.into_iter().find(|alert| Tls::AlertReceived(*alert).to_string() == text)
}
