//! The specification of one tool.

use std::time::Duration;

use serde::Serialize;

use super::{
    ApiSpec, Links, OnInjection, Rate, Record, ResponseField, Select, Shape, Spotlighting,
};

/// The specification of one tool, as `#[derive(SecureTool)]` writes it.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct ToolSpec {
    /// The name that the model uses to call the tool.
    pub name: &'static str,
    /// The description for the model, from the doc comment.
    pub description: &'static str,
    /// How a call is performed.
    pub work: Work,
    /// The APIs that the tool calls. An HTTP tool has exactly one.
    pub apis: &'static [&'static ApiSpec],
    /// The scopes that the agent needs.
    pub scopes: &'static [&'static str],
    /// The effect of a call.
    pub effect: Effect,
    /// Whether a call sends data to third parties.
    pub egress: bool,
    /// When a call needs approval.
    pub confirm: Confirm,
    /// The rate limit per agent.
    pub rate: Option<Rate>,
    /// The header for the idempotency key. Each call sends a new key, by which the API recognizes a
    /// repeated request.
    pub idempotency_key: Option<&'static str>,
    /// The query parameter for field selection.
    pub select: Option<Select>,
    /// The arguments.
    pub arguments: &'static Record,
    /// The response.
    pub response: &'static Shape,
    /// The action for flagged texts of the response. A field can override it.
    pub on_injection: OnInjection,
    /// The isolation of untrusted texts of the response. A field can override it.
    pub spotlighting: Spotlighting,
    /// The treatment of links and images in untrusted texts of the response. A field can override
    /// it. Default: links are defanged in flagged texts only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub links: Option<Links>,
    /// Size and time limits.
    pub limits: Limits,
    /// The rules that are disabled, with reasons.
    pub escapes: &'static [Escape],
    /// The protections that the testkit removed. A guard rejects such a tool unless it was built
    /// with a reason for accepting it.
    pub removed: Removed,
}

impl ToolSpec {
    /// The base of struct literals, and the placeholder that the derive emits next to a compile
    /// error.
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

    /// Returns whether this protection is enabled.
    #[must_use]
    pub const fn enforces(&self, protection: Protection) -> bool {
        !self.removed.has(protection)
    }

    /// Returns whether a call changes data or sends data to third parties.
    #[must_use]
    pub const fn has_effect(&self) -> bool {
        self.effect.changes() || self.egress
    }

    /// Returns the action for a flagged text of a field.
    #[must_use]
    pub fn on_injection_in(&self, field: ResponseField) -> OnInjection {
        field.policy().on_injection.unwrap_or(self.on_injection)
    }

    /// Returns the isolation of an untrusted text of a field.
    #[must_use]
    pub fn spotlighting_of(&self, field: ResponseField) -> Spotlighting {
        field.policy().spotlighting.unwrap_or(self.spotlighting)
    }

    /// Returns the treatment of links and images in an untrusted text of a field.
    #[must_use]
    pub fn links_in(&self, field: ResponseField, is_flagged: bool) -> Links {
        field.policy().links.or(self.links).unwrap_or(if is_flagged {
            Links::Defang
        } else {
            Links::Keep
        })
    }
}

/// How a call is performed.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// One HTTP request.
    Http(Route),
    /// A method of the tool's type. Its client reaches only the declared APIs.
    Handler,
}

/// The HTTP request of a tool.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path below the API's base URL.
    pub path: &'static [PathPart],
    /// Headers added to every request of this tool.
    pub headers: &'static [(&'static str, &'static str)],
}

/// An HTTP method.
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
    /// Returns the serialized name.
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

/// A part of a path template. A field fills a segment or a part of one, and is always
/// percent-encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum PathPart {
    /// Literal text of the template, slashes included.
    Literal(&'static str),
    /// The argument with this name.
    Field(&'static str),
}

/// The effect of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Reads data only.
    Read,
    /// Changes data; the change can be undone.
    Write,
    /// Changes data; the change can't be undone.
    Destructive,
    /// Spends money.
    Financial,
}

impl Effect {
    /// Returns whether a call changes data.
    #[must_use]
    pub const fn changes(self) -> bool {
        !matches!(self, Self::Read)
    }
}

/// When a call needs approval.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Confirm {
    /// Never. The reason is empty for a tool that needs no approval by default.
    Never {
        /// Why no approval is needed.
        reason: &'static str,
    },
    /// When a value without the required source would otherwise be refused.
    WhenUngrounded,
    /// Before every call.
    Always,
}

/// The policy of a toolset whose tools together read untrusted text, read private data and send
/// data out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Trifecta {
    /// The toolset does not have all three abilities.
    Absent,
    /// Sending data needs approval in a session that has read both kinds of data.
    Confirm,
    /// Sending data is refused in such a session.
    Deny,
}

/// Size and time limits of one call. Sizes are in bytes unless stated otherwise.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Limits {
    /// The serialized arguments.
    pub arguments_bytes: usize,
    /// The nesting depth of the arguments.
    pub arguments_depth: usize,
    /// The number of keys in all objects of the arguments.
    pub arguments_keys: usize,
    /// The response body, both as transferred and decompressed.
    pub response_bytes: usize,
    /// The maximum decompression ratio, applied to bodies above 64 KiB.
    pub response_ratio: usize,
    /// The nesting depth of the response.
    pub response_depth: usize,
    /// The connect timeout, from the start of name resolution to the end of the TLS handshake.
    pub connect: Duration,
    /// The first-byte timeout, from the start of a request to the response header, connection
    /// set-up included. Default: half of `total`, but at least `connect`.
    pub first_byte: Option<Duration>,
    /// The minimum number of body bytes received in each `rate_window`, the last one included.
    pub rate_bytes: usize,
    /// The window of `rate_bytes`.
    pub rate_window: Duration,
    /// The total timeout of a call, queueing and retries included.
    pub total: Duration,
}

impl Limits {
    /// The defaults: large for an honest API, small compared to a machine's memory.
    pub const DEFAULT: Self = Self {
        arguments_bytes: 64 * 1024,
        arguments_depth: 16,
        arguments_keys: 1_000,
        response_bytes: 1024 * 1024,
        // gzip compresses ordinary text to about a tenth, and zeros to about a thousandth.
        response_ratio: 100,
        response_depth: 64,
        connect: Duration::from_secs(5),
        first_byte: None,
        rate_bytes: 1024,
        rate_window: Duration::from_secs(10),
        total: Duration::from_secs(30),
    };

    /// Returns the first-byte timeout: from the start of a request to the response header.
    #[must_use]
    pub fn head(&self) -> Duration {
        self.first_byte.unwrap_or((self.total / 2).max(self.connect))
    }
}

/// A disabled rule.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Escape {
    /// The code of the rule, such as `ST0012`.
    pub code: &'static str,
    /// The field; empty for the whole item.
    pub field: &'static str,
    /// The reason.
    pub reason: &'static str,
}

/// A protection that the testkit can remove from a specification, to show that an attack then
/// succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Protection {
    /// Stage 1: granted scopes, clearance and kill switch.
    Admission,
    /// Stage 2: size, depth, keys, duplicate keys, numbers and code points of the arguments.
    ArgumentLimits,
    /// Stage 3: the closed schema and typed parsing.
    Schema,
    /// Stages 3 and 7: the allowed domains of a URL.
    Domains,
    /// Stage 4: the source of a value.
    Grounding,
    /// Stage 5: rate limits.
    Quota,
    /// Stage 6: approval.
    Confirmation,
    /// Stage 7: percent-encoding of path and query.
    Encoding,
    /// Stage 7: the size limit of the response body.
    BodyCap,
    /// Stage 8: the API's signature.
    Signature,
    /// Stage 8: status and content type.
    Status,
    /// Stage 8: the response's shape and the removal of unexpected fields.
    Shape,
    /// Stage 9: the declared redactions.
    Redaction,
    /// Stage 9: detection of keys and personal data in free text.
    Entities,
    /// Stage 9: scrubbing of secrets in use.
    Scrubbing,
    /// Stage 10: detection of prompt injection.
    Detection,
    /// Stage 11: removal of hidden characters and of delimiters.
    Cleaning,
    /// Stage 11: the delimiters around untrusted text.
    Marking,
}

impl Protection {
    /// All protections, in stage order.
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

/// The protections removed from a specification. Derived tools have [`Removed::NONE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Removed(u32);

impl Removed {
    /// The empty set: all protections are enabled.
    pub const NONE: Self = Self(0);

    /// Adds a protection to the set.
    #[must_use]
    pub const fn and(self, protection: Protection) -> Self {
        Self(self.0 | 1 << protection as u32)
    }

    /// Returns whether this protection was removed.
    #[must_use]
    pub const fn has(self, protection: Protection) -> bool {
        self.0 & 1 << protection as u32 != 0
    }

    /// Returns whether the set is empty.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }
}
