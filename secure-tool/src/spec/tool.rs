//! What one tool may do.

use std::time::Duration;

use serde::Serialize;

use super::{
    ApiSpec, Links, OnInjection, Rate, Record, ResponseField, Select, Shape, Spotlighting,
};

/// One tool, as `#[derive(SecureTool)]` describes it.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct ToolSpec {
    /// The name that the model calls it by.
    pub name: &'static str,
    /// The doc comment: the description that the model reads.
    pub description: &'static str,
    /// What a call does.
    pub work: Work,
    /// The APIs that it reaches; an HTTP tool has one.
    pub apis: &'static [&'static ApiSpec],
    /// The scopes that an agent must have been granted.
    pub scopes: &'static [&'static str],
    /// What a call changes.
    pub effect: Effect,
    /// Whether a call carries data to someone else.
    pub egress: bool,
    /// When a person is asked.
    pub confirm: Confirm,
    /// The quota of one agent.
    pub rate: Option<Rate>,
    /// The header in which each call sends a key of its own, by which the API knows a repeated
    /// request from a second one.
    pub idempotency_key: Option<&'static str>,
    /// Where a request names the fields that it asks for.
    pub select: Option<Select>,
    /// The arguments.
    pub arguments: &'static Record,
    /// The answer.
    pub response: &'static Shape,
    /// What is done about texts of the answer that are flagged, where a field says nothing else.
    pub on_injection: OnInjection,
    /// How untrusted texts of the answer are isolated, where a field says nothing else.
    pub spotlighting: Spotlighting,
    /// What becomes of links and images in untrusted texts of the answer, where a field says
    /// nothing else. If nothing is said, they are made inert in texts that are flagged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub links: Option<Links>,
    /// Sizes and times.
    pub limits: Limits,
    /// Rules that were set aside, with their reasons.
    pub escapes: &'static [Escape],
    /// Protections taken out by the testkit. A guard refuses such a tool unless it was told why.
    pub removed: Removed,
}

impl ToolSpec {
    /// What a literal starts from; also the stub that stands beside compile errors.
    pub const DEFAULT: Self = Self {
        name: "",
        description: "",
        work: Work::Handler,
        apis: &[],
        scopes: &[],
        effect: Effect::Read,
        egress: false,
        confirm: Confirm::Never { reason: "" },
        rate: None,
        idempotency_key: None,
        select: None,
        arguments: &Record::EMPTY,
        response: &Shape::Empty,
        on_injection: OnInjection::Mark,
        spotlighting: Spotlighting::Markers,
        links: None,
        limits: Limits::DEFAULT,
        escapes: &[],
        removed: Removed::NONE,
    };

    /// Whether this protection is in force.
    #[must_use]
    pub const fn enforces(&self, protection: Protection) -> bool {
        !self.removed.has(protection)
    }

    /// Returns whether a call changes anything, or carries data to someone else.
    #[must_use]
    pub const fn has_effect(&self) -> bool {
        self.effect.changes() || self.egress
    }

    /// What is done about a flagged text of a field.
    #[must_use]
    pub fn on_injection_in(&self, field: ResponseField) -> OnInjection {
        field.policy().on_injection.unwrap_or(self.on_injection)
    }

    /// How an untrusted text of a field is isolated.
    #[must_use]
    pub fn spotlighting_of(&self, field: ResponseField) -> Spotlighting {
        field.policy().spotlighting.unwrap_or(self.spotlighting)
    }

    /// What becomes of links and images in an untrusted text of a field that is flagged, or is not.
    #[must_use]
    pub fn links_in(&self, field: ResponseField, is_flagged: bool) -> Links {
        field.policy().links.or(self.links).unwrap_or(if is_flagged {
            Links::Defang
        } else {
            Links::Keep
        })
    }
}

/// What a call does.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// One HTTP request.
    Http(Route),
    /// A method of the tool's own, with a client that reaches the declared APIs only.
    Handler,
}

/// The request of an HTTP tool.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path below the API's address.
    pub path: &'static [PathPart],
    /// Headers sent with every request of this tool.
    pub headers: &'static [(&'static str, &'static str)],
}

/// A method of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// GET.
    Get,
    /// HEAD.
    Head,
    /// POST.
    Post,
    /// PUT.
    Put,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

impl Method {
    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A piece of a path template. A field fills one segment, or a part of one, and is always
/// percent-encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum PathPart {
    /// Text of the template, slashes included.
    Literal(&'static str),
    /// The argument of this name.
    Field(&'static str),
}

/// What a call changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nothing.
    Read,
    /// Something that can be undone.
    Write,
    /// Something that can't be undone.
    Destructive,
    /// Money.
    Financial,
}

impl Effect {
    /// Whether a call changes anything.
    #[must_use]
    pub const fn changes(self) -> bool {
        !matches!(self, Self::Read)
    }
}

/// When a person is asked.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Confirm {
    /// Never; the reason is empty for a tool that needs none.
    Never {
        /// Why that is right.
        reason: &'static str,
    },
    /// When an argument that must be grounded is not.
    WhenUngrounded,
    /// Before every call.
    Always,
}

/// What a toolset does about tools that together read untrusted text, read private data and carry
/// data out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Trifecta {
    /// The set was not seen to hold all three.
    Absent,
    /// A person is asked before data leaves in a session that has read both.
    Confirm,
    /// Data does not leave in such a session.
    Deny,
}

/// Sizes and times of one call. Counts are bytes unless said otherwise.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Limits {
    /// The arguments as text.
    pub arguments_bytes: usize,
    /// How deep the arguments nest.
    pub arguments_depth: usize,
    /// Keys of all objects in the arguments together.
    pub arguments_keys: usize,
    /// The body of the answer, on the wire and decoded.
    pub response_bytes: usize,
    /// Beyond 64 KiB, the most bytes of the answer for each byte of it on the wire.
    pub response_ratio: usize,
    /// How deep the answer nests.
    pub response_depth: usize,
    /// From the start of the name look-up to the end of the TLS handshake.
    pub connect: Duration,
    /// From the start of an exchange, its connection included, to the head of the answer. If
    /// nothing is said, half of `total`, and no less than `connect`.
    pub first_byte: Option<Duration>,
    /// So many bytes of the answer's body on the wire come in each `rate_window`, and its last ones
    /// too.
    pub rate_bytes: usize,
    /// See `rate_bytes`.
    pub rate_window: Duration,
    /// The whole exchange: the wait for its turn and retries included.
    pub total: Duration,
}

impl Limits {
    /// The defaults: generous for an honest API, and small beside a machine's memory.
    pub const DEFAULT: Self = Self {
        arguments_bytes: 64 * 1024,
        arguments_depth: 16,
        arguments_keys: 1_000,
        response_bytes: 1024 * 1024,
        // Of texts that people and programs write, gzip makes a tenth; at best a thousandth of
        // zeros.
        response_ratio: 100,
        response_depth: 64,
        connect: Duration::from_secs(5),
        first_byte: None,
        rate_bytes: 1024,
        rate_window: Duration::from_secs(10),
        total: Duration::from_secs(30),
    };

    /// From the start of an exchange to the head of the answer.
    #[must_use]
    pub fn head(&self) -> Duration {
        self.first_byte.unwrap_or((self.total / 2).max(self.connect))
    }
}

/// A rule that was set aside.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Escape {
    /// The code of the rule, such as `ST0012`.
    pub code: &'static str,
    /// The field, or empty for the whole item.
    pub field: &'static str,
    /// Why that is right.
    pub reason: &'static str,
}

/// One protection that the testkit can take out of a spec, to show that an attack then succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Protection {
    /// Stage 1: the granted scopes, the clearance and the kill switch.
    Admission,
    /// Stage 2: size, depth, keys, duplicates, numbers, code points.
    ArgumentLimits,
    /// Stage 3: the closed schema, and the typed parse.
    Schema,
    /// Stages 3 and 7: the domains that a web address may be of.
    Domains,
    /// Stage 4: where a value comes from.
    Grounding,
    /// Stage 5: the quotas.
    Quota,
    /// Stage 6: the question to a person.
    Confirmation,
    /// Stage 7: percent-encoding of path and query.
    Encoding,
    /// Stage 7: the cap on the body.
    BodyCap,
    /// Stage 8: the API's signature.
    Signature,
    /// Stage 8: the status and the content type.
    Status,
    /// Stage 8: the shape of the answer, and that only declared fields survive.
    Shape,
    /// Stage 9: the declared redactions.
    Redaction,
    /// Stage 9: the search for keys and personal data in free text.
    Entities,
    /// Stage 9: scrubbing of secrets in use.
    Scrubbing,
    /// Stage 10: the search for text that tries to steer a model.
    Detection,
    /// Stage 11: removal of hidden characters and of marker delimiters.
    Cleaning,
    /// Stage 11: the markers around untrusted text.
    Marking,
}

impl Protection {
    /// All of them, in the order of the stages.
    pub const ALL: [Self; 18] = [
        Self::Admission,
        Self::ArgumentLimits,
        Self::Schema,
        Self::Domains,
        Self::Grounding,
        Self::Quota,
        Self::Confirmation,
        Self::Encoding,
        Self::BodyCap,
        Self::Signature,
        Self::Status,
        Self::Shape,
        Self::Redaction,
        Self::Entities,
        Self::Scrubbing,
        Self::Detection,
        Self::Cleaning,
        Self::Marking,
    ];
}

/// The set of protections taken out of a spec. Derived tools have [`Removed::NONE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Removed(u32);

impl Removed {
    /// None: the tool is whole.
    pub const NONE: Self = Self(0);

    /// The set with one more.
    #[must_use]
    pub const fn and(self, protection: Protection) -> Self {
        Self(self.0 | 1 << protection as u32)
    }

    /// Whether this one was taken out.
    #[must_use]
    pub const fn has(self, protection: Protection) -> bool {
        self.0 & 1 << protection as u32 != 0
    }

    /// Whether none was.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }
}
