//! Why an exchange failed: an error of the HTTP client in, a rule and a detail for the operator out. Neither holds a secret or a server's words.

use super::gate::NoAddress;
use crate::refusal::Rule;

/// Why an exchange failed, and what the operator should know besides.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) rule: Rule,
    pub(crate) detail: String,
}

impl Failure {
    pub(crate) fn new(rule: Rule, detail: impl Into<String>) -> Self {
        Self { rule, detail: detail.into() }
    }
}

/// The rule that an error stands for, found by its causes. The texts of TLS and of our own resolver are kept; others may hold a URL.
pub(super) fn of(error: &reqwest::Error) -> Failure {
    if error.is_timeout() {
        // The deadline of the whole is not the client's; this one is of the connection.
        return Failure::new(Rule::Connect, "no connection in time");
    }
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(no_address) = current.downcast_ref::<NoAddress>() {
            let rule = match no_address {
                NoAddress::Unresolved | NoAddress::Hangs => Rule::Dns,
                NoAddress::OtherHost | NoAddress::SpecialUse(_) => Rule::Address,
            };
            return Failure::new(rule, no_address.to_string());
        }
        // After the handshake a TLS error is a connection that broke: the request may have arrived.
        if let Some(tls) = current.downcast_ref::<rustls::Error>().filter(|_| error.is_connect()) {
            return Failure::new(Rule::Tls, tls_detail(tls));
        }
        // An I/O error holds another error inside, which is not its source.
        let inside = current.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause = match inside {
            Some(inside) => Some(inside),
            None => current.source(),
        };
    }
    if error.is_connect() { Failure::new(Rule::Connect, "no connection") } else { Failure::new(Rule::Exchange, "the exchange broke") }
}

/// What kind of TLS error it is, without the names in a certificate, which the server chose.
fn tls_detail(error: &rustls::Error) -> String {
    use rustls::Error::{AlertReceived, InvalidCertificate, PeerIncompatible};
    match error {
        InvalidCertificate(rustls::CertificateError::NotValidForNameContext { .. } | rustls::CertificateError::NotValidForName) => {
            "certificate: not valid for the host".into()
        }
        InvalidCertificate(rustls::CertificateError::ExpiredContext { .. } | rustls::CertificateError::Expired) => {
            "certificate: expired".into()
        }
        InvalidCertificate(rustls::CertificateError::NotValidYetContext { .. } | rustls::CertificateError::NotValidYet) => {
            "certificate: not valid yet".into()
        }
        InvalidCertificate(rustls::CertificateError::UnknownIssuer) => "certificate: unknown issuer".into(),
        InvalidCertificate(_) => "certificate: not accepted".into(),
        AlertReceived(alert) => format!("alert: {alert:?}"),
        PeerIncompatible(_) => "the server does not speak TLS 1.3".into(),
        _ => "the handshake failed".into(),
    }
}
