//! Why an exchange failed: an error of the HTTP client in, a rule and a detail for the operator out. Neither holds a secret or a server's words.

use std::error::Error;

use super::gate::NoAddress;
use super::tls::detail;
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
    if let Some(no_address) = causes(error).find_map(|cause| cause.downcast_ref::<NoAddress>()) {
        let rule = match no_address {
            NoAddress::Unresolved | NoAddress::Hangs => Rule::Dns,
            NoAddress::OtherHost | NoAddress::SpecialUse(_) => Rule::Address,
        };
        return Failure::new(rule, no_address.to_string());
    }
    let tls = causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>());
    match (tls, error.is_connect()) {
        (Some(tls), true) => Failure::new(Rule::Tls, detail::of(tls)),
        (None, true) => Failure::new(Rule::Connect, "no connection"),
        // After the handshake a TLS error is a connection that broke: the request may have arrived.
        (Some(tls), false) => Failure::new(Rule::Exchange, format!("the exchange broke: {}", detail::of(tls))),
        (None, false) => Failure::new(Rule::Exchange, "the exchange broke"),
    }
}

/// The same of a request to which no head of an answer has come, over a client to which the server has answered before, or never.
///
/// In TLS 1.3 a client has shaken hands before the server has looked at its certificate, and sends its request at once. A server that refuses the certificate says so with
/// an alert that then comes in place of the answer. It can't have read the request: what comes behind an unfinished handshake is no data yet. So where the alert is one
/// about certificates and the server has never answered over this client, which makes the connection a new one, it is a refusal of the handshake and nothing was done. On
/// a client that was answered before, the connection may be one whose handshake was done long ago, and nobody knows.
pub(super) fn before_answer(error: &reqwest::Error, has_answered: bool) -> Failure {
    let failure = of(error);
    if failure.rule != Rule::Exchange || has_answered {
        return failure;
    }
    match causes(error).find_map(detail::refused_identity) {
        Some(alert) => Failure::new(Rule::Tls, detail::alert(alert)),
        None => failure,
    }
}

/// An error and what it came from, to the first cause.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |current: &&'a (dyn Error + 'static)| {
        let current: &'a (dyn Error + 'static) = *current;
        // An I/O error holds another error inside, which is not its source.
        let inside = current.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        match inside {
            Some(inside) => Some(inside as &(dyn Error + 'static)),
            None => current.source(),
        }
    })
}
