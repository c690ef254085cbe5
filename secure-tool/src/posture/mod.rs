//! The posture of a guard: what it enforces, and each weakened default. For a reviewer, and the
//! first record of the audit.

mod display;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::spec::{Effect, Limits, OnFailure, Traffic, Trifecta, When};

/// What a guard enforces, and each weakened default with its reason.
///
/// ```
/// # fn example(guard: &secure_tool::Guard) {
/// let posture = guard.posture();
/// for weakness in &posture.weakened {
///     println!("{}: {}", weakness.what, weakness.reason);
/// }
/// # }
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Posture {
    /// The tools.
    pub tools: Vec<PostureTool>,
    /// The hosts of the APIs and of their redirects, with their connection settings.
    pub apis: Vec<PostureApi>,
    /// The TLS versions of the APIs and their token endpoints: `1.3 only`, unless one allows 1.2.
    pub tls: &'static str,
    /// The trust anchors of APIs that have no roots of their own.
    pub roots: String,
    /// The audit sink, as it describes itself.
    pub audit: String,
    /// The detectors of prompt injection, as they describe themselves.
    pub detectors: Vec<String>,
    /// Whether the guard has an approver.
    pub approver: bool,
    /// The maximum number of approval requests per session.
    pub questions: u32,
    /// The maximum number of calls per agent and minute.
    pub attempts_per_minute: u32,
    /// The maximum number of concurrent calls.
    pub most_in_flight: usize,
    /// The judge, if the guard has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judge: Option<PostureJudge>,
    /// The connections of the guard itself.
    pub connections: Vec<OwnConnection>,
    /// The memory budget of all concurrent calls, in bytes.
    pub memory: usize,
    /// The decision before data leaves a session that has read both untrusted text and private
    /// data. Default: an approval.
    pub trifecta: Trifecta,
    /// The hosts, including subdomains, to which links and images in final answers may lead.
    pub links: Vec<String>,
    /// Each weakened default. Empty in a strict configuration.
    pub weakened: Vec<Weakness>,
}

/// One tool, for a reviewer.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PostureTool {
    /// Its name.
    pub name: &'static str,
    /// SHA-256 of its spec.
    pub spec: String,
    /// What a call changes.
    pub effect: Effect,
    /// Whether a call sends data to readers other than the user.
    pub egress: bool,
    /// The hosts that it reaches. A `*.` prefix means the subdomains from which a handler fetches.
    pub hosts: Vec<String>,
    /// The allowed domains of URLs in its arguments, including subdomains.
    pub domains: Vec<&'static str>,
    /// The scopes that it needs.
    pub scopes: &'static [&'static str],
    /// Its limits on sizes and times.
    pub limits: Limits,
}

/// A judge, for a reviewer. See [`judge`](crate::judge).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PostureJudge {
    /// What it is.
    pub judge: String,
    /// The responses that it classifies.
    pub when: When,
    /// The decision if it returns no verdict.
    pub on_failure: OnFailure,
    /// The highest class of the texts that it receives, as a word of the derives.
    pub receives: &'static str,
    /// The timeout of one verdict.
    pub deadline_millis: u64,
}

/// A connection of the guard itself: to a token endpoint, a secret manager or a judge. It uses the
/// same transport as the tools.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OwnConnection {
    /// What for.
    pub purpose: String,
    /// The host.
    pub host: String,
    /// The path.
    pub path: String,
    /// Its TLS settings.
    pub tls: String,
    /// The data of responses that it sends, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<String>,
    /// Its weakened defaults, which are also listed for the guard.
    #[serde(skip)]
    pub weakened: Vec<Weakness>,
}

impl OwnConnection {
    /// Creates the description of a connection.
    #[must_use]
    pub fn new(
        purpose: impl Into<String>,
        host: impl Into<String>,
        path: impl Into<String>,
        tls: impl Into<String>,
    ) -> Self {
        Self {
            purpose: purpose.into(),
            host: host.into(),
            path: path.into(),
            tls: tls.into(),
            sent: None,
            weakened: Vec::new(),
        }
    }

    /// Adds the data of responses that it sends.
    #[must_use]
    pub fn sent(mut self, what: impl Into<String>) -> Self {
        self.sent = Some(what.into());
        self
    }

    /// Adds a weakened default and its reason.
    #[must_use]
    pub fn weaker(mut self, what: impl Into<String>, reason: impl Into<String>) -> Self {
        self.weakened.push(Weakness { what: what.into(), reason: reason.into() });
        self
    }
}

/// One host of an API, for a reviewer.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PostureApi {
    /// The API's name.
    pub name: &'static str,
    /// The host.
    pub host: String,
    /// Its TLS settings.
    pub tls: PostureTls,
    /// Concurrency, retries and circuit breaker.
    pub traffic: Traffic,
    /// The scheme by which requests are signed, if they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<String>,
    /// The scheme by which responses are verified, if they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified_by: Option<String>,
}

/// The TLS settings of one host. See [`Connection`](crate::Connection).
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PostureTls {
    /// The versions of TLS that are accepted, best first.
    pub versions: Vec<&'static str>,
    /// The cipher suites, best first.
    pub suites: Vec<&'static str>,
    /// The key exchange groups, best first.
    pub groups: Vec<&'static str>,
    /// The trust anchors of its server.
    pub roots: String,
    /// The date on which its pins expire, if it has some.
    pub pinned_until: Option<String>,
    /// The client identity of agents that have none of their own: the path of its chain.
    pub identity: Option<String>,
    /// The client identities of agents, by `tenant/agent`.
    pub identities: BTreeMap<String, String>,
    /// The revocation check, if there are revocation lists.
    pub revocation: Option<String>,
    /// Whether TLS sessions may be resumed without a new proof of the server's identity.
    pub resumes: bool,
    /// The maximum age of a connection.
    pub max_age_seconds: u64,
}

/// A weakened default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Weakness {
    /// What.
    pub what: String,
    /// The developer's reason.
    pub reason: String,
}
