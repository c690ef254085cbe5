//! Maps an error of the HTTP client to a rule and a detail for the operator. Neither contains a
//! secret or text from the server.

use std::error::Error;

use super::gate::NoAddress;
use super::tls::detail;
use crate::refusal::Rule;

/// A failed request: the rule, and a detail for the operator.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) rule: Rule,
    pub(crate) detail: String,
    /// Whether the request may have reached the API.
    pub(crate) may_have_arrived: bool,
    /// Whether the failure concerns this caller only, and says nothing about the calls of others.
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

/// The kind of failure of a request or a handler. It suggests what to do, and contains no text from
/// a server.
///
/// ```
/// use secure_tool::FailureKind;
///
/// fn may_pass_later(kind: FailureKind) -> bool {
///     matches!(kind, FailureKind::Busy | FailureKind::Throttled | FailureKind::Connect)
/// }
/// # assert!(may_pass_later(FailureKind::Busy));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// The host name does not resolve.
    Dns,
    /// An address of the host is of a special use and may not be reached.
    Address,
    /// The connection failed.
    Connect,
    /// The server's certificate was rejected, or the TLS handshake failed.
    Tls,
    /// A timeout passed, or the response arrived too slowly.
    Timeout,
    /// The response is larger than the limit.
    TooLarge,
    /// The content encoding is unexpected, or the response is a decompression bomb.
    Encoding,
    /// The connection broke during the request.
    Broken,
    /// The guard has no capacity: a concurrency limit, the memory budget, or an open circuit
    /// breaker. The request was not sent, unless the memory budget was exhausted.
    Busy,
    /// The request is invalid and cannot be sent.
    Request,
    /// A 3xx status.
    Redirect,
    /// Status 404 or 410.
    NotFound,
    /// Status 429.
    Throttled,
    /// Any other 4xx status.
    Rejected,
    /// A 5xx status, or an unexpected one.
    Failed,
    /// The response does not match its declared type.
    Drift,
    /// The handler returned its own error.
    Handler,
    /// Any other failure.
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

/// Maps an error to its rule by its causes. Keeps the texts of TLS and of the guard's own resolver;
/// others can contain a URL.
pub(super) fn of(error: &reqwest::Error) -> Failure {
    // A timeout error after the connection was made is not a connect error: the request may have
    // arrived.
    if error.is_timeout() && error.is_connect() {
        return Failure::new(Rule::Connect, "no connection within the timeout");
    }
    if let Some(no_address) = causes(error).find_map(|cause| cause.downcast_ref::<NoAddress>()) {
        let rule = match no_address {
            NoAddress::Unresolved | NoAddress::TimedOut => Rule::Dns,
            NoAddress::OtherHost | NoAddress::SpecialUse(_) => Rule::Address,
        };
        return Failure::new(rule, no_address.to_string());
    }
    let tls = causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>());
    match (tls, error.is_connect()) {
        (Some(tls), true) => Failure::new(Rule::Tls, detail::of(tls)),
        (None, true) => Failure::new(Rule::Connect, "the connection failed"),
        // A TLS error after the handshake means that the connection broke: the request may have
        // arrived.
        (Some(tls), false) => {
            Failure::new(Rule::Exchange, format!("the connection broke: {}", detail::of(tls)))
        }
        (None, false) => Failure::new(Rule::Exchange, "the connection broke"),
    }
}

/// Maps an error that occurred before any response headers arrived. `has_answered` says whether the
/// server has ever responded over this client.
///
/// In TLS 1.3 a client completes its handshake before the server checks the client certificate, and
/// sends its request at once. A server that rejects the certificate sends an alert in place of a
/// response. It cannot have read the request, because its own handshake is not complete.
///
/// So if the alert concerns certificates and the server has never responded over this client, the
/// connection is new. The handshake was rejected, and the request had no effect. If the server has
/// responded before, the handshake may have completed long ago, and the outcome is unknown.
pub(super) fn before_response(error: &reqwest::Error, has_answered: bool) -> Failure {
    let failure = of(error);
    match (failure.rule, causes(error).find_map(detail::refused_identity)) {
        (Rule::Exchange, Some(alert)) if !has_answered => {
            Failure { is_callers_own: true, ..Failure::new(Rule::Tls, detail::alert(alert)) }
        }
        // A TLS 1.2 server checks the client certificate before the handshake completes.
        (Rule::Tls, Some(_)) => Failure { is_callers_own: true, ..failure },
        _ => failure,
    }
}

/// Returns an error and its chain of causes.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |current: &&'a (dyn Error + 'static)| {
        let current: &'a (dyn Error + 'static) = *current;
        // An I/O error contains an inner error that its `source` skips.
        let inside = current.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        match inside {
            Some(inside) => Some(inside as &(dyn Error + 'static)),
            None => current.source(),
        }
    })
}
