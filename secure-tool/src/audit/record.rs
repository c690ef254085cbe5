//! Records: a common header and one typed event per kind. Names, digests, counts and times; never
//! an argument, a text of a response, or a secret.

use std::collections::BTreeMap;
use std::time::Duration;

use secure_tool_text::detect::Confidence;
use serde::{Serialize, Serializer};

use crate::posture::Posture;
use crate::refusal::Rule;

/// An enum whose variants are written as the texts beside them.
macro_rules! named {
    ($(#[$doc:meta])+ pub enum $name:ident { $($(#[$variant_doc:meta])+ $variant:ident = $id:literal,)+ }) => {
        $(#[$doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])+ $variant,)+
        }

        impl $name {
            /// Returns the text that stands in the audit.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)+ }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.id())
            }
        }
    };
}

/// One record: when, who, and what happened. As JSON it is one flat object.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Record {
    /// When and who.
    #[serde(flatten)]
    pub header: Header,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

impl Record {
    /// Returns the kind of the event.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.event.kind()
    }
}

named! {
    /// The kind of an event, as `kind` names it in JSON.
    pub enum Kind {
        /// A guard was built.
        Posture = "posture",
        /// An effect is about to be made.
        Intent = "intent",
        /// A call ended.
        Outcome = "outcome",
        /// A count of refusals.
        Refusals = "refusals",
        /// A tool or the whole guard was switched.
        Switch = "switch",
        /// A circuit breaker opened or closed.
        Circuit = "circuit",
        /// A credential changed, or can't be used.
        Credential = "credential",
    }
}

impl Event {
    /// Returns the kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Posture { .. } => Kind::Posture,
            Self::Intent(_) => Kind::Intent,
            Self::Outcome(_) => Kind::Outcome,
            Self::Refusals(_) => Kind::Refusals,
            Self::Switch(_) => Kind::Switch,
            Self::Circuit(_) => Kind::Circuit,
            Self::Credential(_) => Kind::Credential,
        }
    }
}

/// What all records have. Texts are empty where they do not apply: a posture has no session.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct Header {
    /// The time as RFC 3339 in UTC. Of an outcome, the end of the call.
    pub time: String,
    /// The session.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub session: String,
    /// The tenant.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tenant: String,
    /// The agent.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub agent: String,
}

/// What happened. As JSON, `kind` holds the name of the variant in snake case.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// A guard was built.
    Posture {
        /// What it enforces, and what was weakened.
        posture: Box<Posture>,
    },
    /// An effect is about to be made. Without an outcome behind it, the effect is in doubt.
    Intent(Box<Intent>),
    /// A call ended.
    Outcome(Box<Outcome>),
    /// Refusals of one session by one rule that came too often to be recorded one by one.
    Refusals(Refusals),
    /// A tool or the whole guard was switched.
    Switch(Switch),
    /// A circuit breaker opened or closed.
    Circuit(Circuit),
    /// A credential changed, or can't be used.
    Credential(Credential),
}

/// A call, as its intent and its outcome describe it.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct Call {
    /// Its id. An intent and its outcome share it.
    pub call: String,
    /// Its number in the session, from 1.
    pub attempt: u64,
    /// The tool. Empty if no tool has the name that was called.
    pub tool: &'static str,
    /// The digest of the tool's spec.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub spec: String,
    /// The API.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub api: &'static str,
    /// The host.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub host: String,
    /// The HTTP method.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub method: &'static str,
    /// The path template. The path itself may hold confidential values and is never recorded.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// The keyed digest of the canonical arguments.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub arguments: String,
    /// The name of the credential that was sent.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub credential: String,
    /// Who approved.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub approver: String,
    /// The key by which the API tells a retry of this call from a second call. It grants nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub idempotency_key: String,
    /// Bytes of the request body.
    pub bytes_sent: u64,
}

/// An effect that is about to be made.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct Intent {
    /// The call.
    #[serde(flatten)]
    pub call: Call,
    /// The taint of the session when the effect is made.
    #[serde(flatten)]
    pub taint: Taint,
}

/// How a call ended.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct Outcome {
    /// The call.
    #[serde(flatten)]
    pub call: Call,
    /// How it ended.
    pub decision: Decision,
    /// The rule of a refusal.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "rule_id")]
    pub rule: Option<Rule>,
    /// Exchanges that failed and were retried, in order. The other fields describe the last try.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub retried: Vec<Retried>,
    /// The HTTP status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Bytes of the response body.
    pub bytes_received: u64,
    /// How long it took.
    pub micros: Micros,
    /// What was found in the response.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// How many values were redacted, by the name of the redaction.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub redactions: BTreeMap<&'static str, u32>,
    /// How many undeclared fields the API sent.
    #[serde(skip_serializing_if = "is_zero")]
    pub undeclared_fields: u64,
    /// How many different names they have, up to 64.
    #[serde(skip_serializing_if = "is_zero")]
    pub undeclared_names: u64,
    /// The undeclared names that no response of the tool had before, as sorted keyed digests of
    /// type and name: an operator sees that an API has grown a field, and the audit holds no name
    /// that the API wrote. A guard records each name once, and the first 1,024 of a tool.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub new_names: Vec<String>,
    /// The taint of the session when the call ended.
    #[serde(flatten)]
    pub taint: Taint,
    /// A detail for the operator: the kind of a TLS error, the field of a drift.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

named! {
    /// How a call ended.
    pub enum Decision {
        /// The model got a response.
        Answered = "answered",
        /// The call was refused.
        Refused = "refused",
        /// The call waits for an approval.
        Pending = "pending",
        /// The call was dropped before it ended.
        Cancelled = "cancelled",
        /// The effect was made, and its response is withheld.
        Made = "made",
        /// The effect is in doubt.
        Unknown = "unknown",
    }
}

#[expect(clippy::derivable_impls, reason = "the macro above declares the enum")]
impl Default for Decision {
    fn default() -> Self {
        Self::Cancelled
    }
}

/// Which sticky flags of a session are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Taint {
    /// The session has read untrusted text.
    pub read_untrusted: bool,
    /// The session has read data that is not public.
    pub read_private: bool,
}

/// Refusals that are only counted. Each has an attempt number that no other record has.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct Refusals {
    /// The tool, if all of them called the same one.
    pub tool: &'static str,
    /// How each of them ended.
    pub decision: Decision,
    /// The rule.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "rule_id")]
    pub rule: Option<Rule>,
    /// The attempt number of the last one.
    pub attempt: u64,
    /// How many they are.
    pub count: u64,
}

/// What an operator switched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Switch {
    /// The tool. Empty for the whole guard.
    pub tool: &'static str,
    /// What was done.
    pub decision: Switched,
}

named! {
    /// What an operator did with a switch.
    pub enum Switched {
        /// One tool was switched off.
        Killed = "killed",
        /// One tool was switched on again.
        Revived = "revived",
        /// Everything was switched off.
        KilledAll = "killed all",
        /// Everything was switched on again.
        RevivedAll = "revived all",
        /// Pooled connections were closed.
        Reconnected = "reconnected",
        /// The guard's keys were rotated.
        RotatedKeys = "rotated keys",
    }
}

/// A circuit breaker that changed. The header names the agent, unless the circuit is the API's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Circuit {
    /// The API.
    pub api: &'static str,
    /// What it did.
    pub decision: CircuitChange,
}

named! {
    /// What a circuit breaker did.
    pub enum CircuitChange {
        /// It opened: the API is not called for a while.
        Opened = "circuit opened",
        /// It closed: the API is called again.
        Closed = "circuit closed",
    }
}

/// A credential that changed, or that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Credential {
    /// Its name in the secret store.
    pub credential: String,
    /// What happened to it.
    pub decision: CredentialChange,
    /// A detail for the operator.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

named! {
    /// What happened to a credential.
    pub enum CredentialChange {
        /// The store returned a new value.
        Rotated = "rotated",
        /// It is close to the age at which it is no longer sent.
        Aging = "aging",
        /// It is too old to be sent.
        TooOld = "too_old",
        /// The store has no value of its name.
        Missing = "missing",
        /// The store failed.
        Unreadable = "unreadable",
        /// Its value can't be used.
        Unfit = "unfit",
        /// A background refresh of the store failed.
        RefreshFailed = "refresh_failed",
        /// The API rejected the new value, and the previous one was sent.
        PreviousUsed = "previous_used",
        /// A token endpoint did not say which scopes its token grants.
        ScopeUnsaid = "scope_unsaid",
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn rule_id<S: Serializer>(rule: &Option<Rule>, serializer: S) -> Result<S::Ok, S::Error> {
    rule.map(Rule::id).serialize(serializer)
}

/// An exchange that failed and was made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Retried {
    /// The API.
    pub api: &'static str,
    /// The rule by which the call would have been refused.
    pub rule: &'static str,
    /// The HTTP status, if one came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How long it took, in microseconds.
    pub micros: u64,
    /// How long was waited after it, in microseconds.
    pub waited: u64,
}

impl Retried {
    pub(crate) fn new(
        api: &'static str,
        rule: Rule,
        status: Option<u16>,
        took: Duration,
        waits: Duration,
    ) -> Self {
        Self { api, rule: rule.id(), status, micros: micros(took), waited: micros(waits) }
    }
}

/// How long a call took, in microseconds.
#[derive(Debug, Clone, Copy, Default, Serialize)]
#[non_exhaustive]
pub struct Micros {
    /// All of it.
    pub total: u64,
    /// The wait for a person.
    pub confirm: u64,
    /// The exchange with the API.
    pub send: u64,
    /// The wait for a judge.
    pub judge: u64,
}

/// A finding in a response: its id, count and fields. Never the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The stable id, such as `hidden.bidi` or `override.orders`.
    pub id: &'static str,
    /// The number of occurrences.
    pub count: u32,
    /// The highest confidence of a detector, from 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "sureness")]
    pub confidence: Option<Confidence>,
    /// The declared fields that contain it, up to [`MOST_FIELDS`](Self::MOST_FIELDS). Names from a
    /// response never appear: a text of `AnyJson` or a key of a map counts for the field that
    /// contains it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<&'static str>,
}

impl Finding {
    /// The maximum number of fields of a finding.
    pub const MOST_FIELDS: usize = 8;

    pub(crate) fn new(id: &'static str, count: u32) -> Self {
        Self { id, count, confidence: None, fields: Vec::new() }
    }
}

#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "serde gives a reference"
)]
fn sureness<S: Serializer>(
    confidence: &Option<Confidence>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match confidence {
        Some(Confidence::Strong) => "strong",
        Some(Confidence::Medium) => "medium",
        _ => "weak",
    })
}

pub(crate) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
