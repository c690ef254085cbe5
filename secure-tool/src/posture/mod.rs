//! What a guard enforces, and what was weakened: for a person who reviews it, and as the first
//! record of the audit.

mod display;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::spec::{Effect, Limits, OnFailure, Traffic, Trifecta, When};

/// What a guard enforces, and what was weakened for which reason.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Posture {
    /// The tools.
    pub tools: Vec<PostureTool>,
    /// The hosts of the APIs, those that redirects may lead to among them, and how they are
    /// connected to.
    pub apis: Vec<PostureApi>,
    /// The TLS versions of the APIs and their token endpoints: `1.3 only`, unless one was allowed
    /// 1.2.
    pub tls: &'static str,
    /// Who may vouch for servers, where an API has no roots of its own.
    pub roots: String,
    /// Where records go.
    pub audit: String,
    /// What looks through answers for text that tries to steer a model, as it describes itself.
    pub detectors: Vec<String>,
    /// Whether there is somebody to ask.
    pub approver: bool,
    /// The most questions of one session.
    pub questions: u32,
    /// The most attempts of one agent in a minute.
    pub attempts_per_minute: u32,
    /// The most calls under way at once.
    pub most_in_flight: usize,
    /// The second model that is asked about answers, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judge: Option<PostureJudge>,
    /// The connections that the guard makes for itself.
    pub connections: Vec<OwnConnection>,
    /// The most memory that calls may cost together, in bytes.
    pub memory: usize,
    /// What is done before data leaves a session that has read both untrusted text and private
    /// data; where nothing was said, a person is asked.
    pub trifecta: Trifecta,
    /// The hosts that links and images in final answers may lead to, with all below them.
    pub links: Vec<String>,
    /// Everything that is weaker than the default. Empty is best.
    pub weakened: Vec<Weakness>,
}

/// One tool, as a reviewer wants it.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PostureTool {
    /// Its name.
    pub name: &'static str,
    /// SHA-256 of its spec.
    pub spec: String,
    /// What a call changes.
    pub effect: Effect,
    /// Whether it carries data to someone else.
    pub egress: bool,
    /// The hosts that it reaches; with `*.` before it, all below a domain, from which a handler
    /// fetches.
    pub hosts: Vec<String>,
    /// The domains that web addresses in its arguments may be of, subdomains included.
    pub domains: Vec<&'static str>,
    /// The scopes that it needs.
    pub scopes: &'static [&'static str],
    /// Its sizes and times.
    pub limits: Limits,
}

/// A second model that is asked about answers, as a reviewer wants it. See [`judge`](crate::judge).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PostureJudge {
    /// What it is.
    pub judge: String,
    /// Which answers it is asked about.
    pub when: When,
    /// What holds where it gives no verdict.
    pub on_failure: OnFailure,
    /// The highest class of the texts that it is told, in the word of the derives.
    pub receives: &'static str,
    /// The longest that one verdict may take.
    pub deadline_millis: u64,
}

/// A connection that the guard makes for itself: to a token endpoint, to a secret manager, to a
/// judge. It takes the same way as those of the tools.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OwnConnection {
    /// What for.
    pub purpose: String,
    /// The host.
    pub host: String,
    /// The path.
    pub path: String,
    /// Its TLS settings: who may vouch for the server.
    pub tls: String,
    /// What of answers it carries, if it carries any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<String>,
    /// What of it is weaker than the default; the guard shows it among its own weaknesses.
    #[serde(skip)]
    pub weakened: Vec<Weakness>,
}

impl OwnConnection {
    /// A connection, as a reviewer wants it.
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

    /// With what of answers it carries.
    #[must_use]
    pub fn sent(mut self, what: impl Into<String>) -> Self {
        self.sent = Some(what.into());
        self
    }

    /// With something that is weaker than the default, and why.
    #[must_use]
    pub fn weaker(mut self, what: impl Into<String>, reason: impl Into<String>) -> Self {
        self.weakened.push(Weakness { what: what.into(), reason: reason.into() });
        self
    }
}

/// One host of an API, as a reviewer wants it.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PostureApi {
    /// The API's name.
    pub name: &'static str,
    /// The host.
    pub host: String,
    /// How it is connected to.
    pub tls: PostureTls,
    /// How many exchanges with the API at once, how often made again, when left alone.
    pub traffic: Traffic,
    /// The scheme by which requests are signed, if they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<String>,
    /// The scheme by which responses are verified, if they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified_by: Option<String>,
}

/// How one host is connected to. See [`Connection`](crate::Connection).
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PostureTls {
    /// The versions of TLS that are accepted, best first.
    pub versions: Vec<&'static str>,
    /// The cipher suites, best first.
    pub suites: Vec<&'static str>,
    /// The groups that keys are agreed on in, best first.
    pub groups: Vec<&'static str>,
    /// Who may vouch for its server.
    pub roots: String,
    /// The date on which its pins expire, if it has some.
    pub pinned_until: Option<String>,
    /// The client identity of agents that have none of their own: the path of its chain.
    pub identity: Option<String>,
    /// The client identities of agents, by `tenant/agent`.
    pub identities: BTreeMap<String, String>,
    /// How it is looked up in revocation lists, if there are some.
    pub revocation: Option<String>,
    /// Whether a session may be resumed, without the server proving anew who it is.
    pub resumes: bool,
    /// How long a connection is used.
    pub max_age_seconds: u64,
}

/// Something that is weaker than the default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Weakness {
    /// What.
    pub what: String,
    /// Why, in the words of the developer.
    pub reason: String,
}
