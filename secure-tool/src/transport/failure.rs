//! Why an exchange failed: an error of the HTTP client in, a rule and a detail for the operator
//! out. Neither holds a secret or a server's words.

use std::error::Error;

use super::gate::NoAddress;
use super::tls::detail;
use crate::refusal::Rule;

/// Why an exchange failed, and what the operator should know besides.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) rule: Rule,
    pub(crate) detail: String,
    /// Whether the request may have reached the API before.
    pub(crate) may_have_arrived: bool,
    /// Whether it is about who called, and so says nothing of the calls of others.
    pub(crate) is_callers_own: bool,
}

impl Failure {
    pub(crate) fn new(rule: Rule, detail: impl Into<String>) -> Self {
        use Rule::{AnswerMemory, AnswerTooLarge, Encoding, Exchange, Ratio, Timeout};
        let may_have_arrived =
            matches!(rule, Timeout | Exchange | AnswerTooLarge | Encoding | Ratio | AnswerMemory);
        Self { rule, detail: detail.into(), may_have_arrived, is_callers_own: false }
    }
}

/// What kind of failure an exchange or a handler met. It says what can be done about it, and
/// nothing that a server wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// The host's name has no address.
    Dns,
    /// An address of the host is one that may not be reached.
    Address,
    /// No connection could be made.
    Connect,
    /// The server could not prove who it is, or does not speak the wanted TLS.
    Tls,
    /// A deadline passed, or the answer came too slowly.
    Timeout,
    /// The answer is longer than allowed.
    TooLarge,
    /// The answer is coded as it should not be, or is a bomb.
    Encoding,
    /// The exchange broke.
    Broken,
    /// There is no room for the exchange now: too many are under way, too much memory is in use, or
    /// the API is left alone after failures. Nothing was sent, but where it is the memory that did
    /// not last.
    Busy,
    /// The request can't be sent as it is.
    Request,
    /// A status of 3xx.
    Redirect,
    /// 404 or 410.
    NotFound,
    /// 429.
    Throttled,
    /// Another status of 4xx.
    Rejected,
    /// A status of 5xx, or one that no one expects.
    Failed,
    /// The answer is not of the wanted type.
    Drift,
    /// The handler's own error.
    Handler,
    /// Anything else.
    Other,
}

impl FailureKind {
    pub(crate) fn of(rule: Rule) -> Self {
        match rule {
            Rule::Dns => Self::Dns,
            Rule::Address => Self::Address,
            Rule::Connect => Self::Connect,
            Rule::Tls => Self::Tls,
            Rule::Timeout => Self::Timeout,
            Rule::AnswerTooLarge => Self::TooLarge,
            Rule::Encoding | Rule::Ratio => Self::Encoding,
            Rule::Exchange => Self::Broken,
            Rule::Crowded | Rule::CircuitOpen | Rule::AnswerMemory => Self::Busy,
            Rule::Unsendable | Rule::Changed => Self::Request,
            Rule::Redirect => Self::Redirect,
            Rule::NotFound => Self::NotFound,
            Rule::Throttled => Self::Throttled,
            Rule::Rejected => Self::Rejected,
            Rule::Failed => Self::Failed,
            Rule::Drift | Rule::ContentType => Self::Drift,
            Rule::Handler => Self::Handler,
            _ => Self::Other,
        }
    }
}

/// The rule that an error stands for, found by its causes. The texts of TLS and of our own resolver
/// are kept; others may hold a URL.
pub(super) fn of(error: &reqwest::Error) -> Failure {
    // A system may give up on a connection that was made, too: then the request may have arrived.
    if error.is_timeout() && error.is_connect() {
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
        (Some(tls), false) => {
            Failure::new(Rule::Exchange, format!("the exchange broke: {}", detail::of(tls)))
        }
        (None, false) => Failure::new(Rule::Exchange, "the exchange broke"),
    }
}

/// The same of a request to which no head of an answer has come, over a client to which the server
/// has answered before, or never.
///
/// In TLS 1.3 a client has shaken hands before the server has looked at its certificate, and sends
/// its request at once. A server that refuses the certificate says so with an alert that then comes
/// in place of the answer. It can't have read the request: what comes behind an unfinished
/// handshake is no data yet. So where the alert is one about certificates and the server has never
/// answered over this client, which makes the connection a new one, it is a refusal of the
/// handshake and nothing was done. On a client that was answered before, the connection may be one
/// whose handshake was done long ago, and nobody knows.
pub(super) fn before_answer(error: &reqwest::Error, has_answered: bool) -> Failure {
    let failure = of(error);
    match (failure.rule, causes(error).find_map(detail::refused_identity)) {
        (Rule::Exchange, Some(alert)) if !has_answered => {
            Failure { is_callers_own: true, ..Failure::new(Rule::Tls, detail::alert(alert)) }
        }
        // TLS 1.2 looks at the client's certificate before the handshake is done.
        (Rule::Tls, Some(_)) => Failure { is_callers_own: true, ..failure },
        _ => failure,
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
