//! What is recorded of a call. Names, digests, counts and times; never an argument, a text of an
//! answer, or a secret.

use std::collections::BTreeMap;
use std::time::Duration;

use secure_tool_text::detect::Confidence;
use serde::{Serialize, Serializer};

use crate::refusal::Rule;

/// One record.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct Record {
    /// What is recorded.
    pub kind: Kind,
    /// When, as RFC 3339 in UTC: of an outcome, the end of the call.
    pub time: String,
    /// The call; an intent and its outcome share it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub call: String,
    /// The session.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub session: String,
    /// The tenant.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tenant: String,
    /// The agent.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub agent: String,
    /// The tool. Empty if there is none of the name that was called.
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
    /// The path template: never the path itself, which may hold what is confidential.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// The keyed digest of the canonical arguments.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub arguments: String,
    /// The name of the credential that was sent.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub credential: String,
    /// `answered`, `refused`, `pending`, `cancelled`; `made` where an effect was made and its
    /// answer is withheld, `unknown` where it may have been made; of an intent, `intended`; of a
    /// credential, what became of it.
    pub decision: &'static str,
    /// The rule of a refusal.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub rule: &'static str,
    /// Who approved.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub approver: String,
    /// Which attempt of the session this was, from 1; of a count, the last that is in it.
    #[serde(skip_serializing_if = "is_zero")]
    pub attempt: u64,
    /// The key by which the API knows a repeated request of this call from a second call. It opens
    /// nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub idempotency_key: String,
    /// The tries that failed and were made again, in their order. What became of the last try
    /// stands in the other fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub retried: Vec<Retried>,
    /// Of a count: how many refusals are in it. Each has an attempt's number that no other record
    /// has.
    #[serde(skip_serializing_if = "is_zero")]
    pub count: u64,
    /// The HTTP status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Bytes of the body sent.
    pub bytes_sent: u64,
    /// Bytes of the body received.
    pub bytes_received: u64,
    /// How long it took.
    pub micros: Micros,
    /// What was found in the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// How many values were redacted, by what.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub redactions: BTreeMap<&'static str, u32>,
    /// How many fields the API sent that were not declared.
    #[serde(skip_serializing_if = "is_zero")]
    pub undeclared_fields: u64,
    /// How many different names they have, up to 64.
    #[serde(skip_serializing_if = "is_zero")]
    pub undeclared_names: u64,
    /// Which of these names no answer of the tool had before, as keyed digests of type and name,
    /// sorted: an operator sees that an API has grown a field, and the audit holds no name that the
    /// API wrote. A guard tells of each name once, and of the first 1,024 of a tool.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub new_names: Vec<String>,
    /// Whether the session has read untrusted text.
    pub read_untrusted: bool,
    /// Whether the session has read data that is not public.
    pub read_private: bool,
    /// What the operator should know besides: the kind of a TLS error, the field of a drift.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// Of the first record of a guard: its posture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub posture: Option<crate::posture::Posture>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// What is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// The end of a call.
    #[default]
    Outcome,
    /// An effect is about to be made. If no outcome follows, nobody knows whether it was.
    Intent,
    /// A guard was built.
    Posture,
    /// Something was switched off or on.
    Switch,
    /// Refusals of one session by one rule that came too often to be recorded one by one: how many.
    Refusals,
    /// Something became of a credential: it was rotated, is too old, or can't be read.
    Credential,
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

/// Something found in an answer: what, how often and where. Never the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The stable id, such as `hidden.bidi` or `override.orders`.
    pub id: &'static str,
    /// How often.
    pub count: u32,
    /// How sure a detector is, at its surest.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "sureness")]
    pub confidence: Option<Confidence>,
    /// The declared fields that it stands in, up to [`MOST_FIELDS`](Self::MOST_FIELDS) of them.
    /// Names that an answer brings along are never here: a text of `AnyJson` or a key of a map is
    /// of the field that holds it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<&'static str>,
}

impl Finding {
    /// The most fields that a finding names.
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
