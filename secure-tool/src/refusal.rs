//! Refusals: a stable rule id for the operator, a constant text for the model.
//!
//! One table defines each rule: id, stage, text. The text lets an honest model correct itself and
//! tells an attacker nothing: it contains no part of the arguments or the response. Cases that an
//! attacker must not distinguish, such as an unknown tool and a forbidden one, share a text.

use std::fmt;

use crate::rules::Flaw;

/// A stage of the pipeline.
///
/// ```
/// use secure_tool::{Rule, Stage};
///
/// assert_eq!(Rule::Ungrounded.stage(), Stage::Ground);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Stage {
    /// 1: checks that this agent may call this tool now.
    Admit,
    /// 2: checks the arguments as text: size, depth, keys, characters.
    Arguments,
    /// 3: checks the arguments against the schema and the declared rules.
    Validate,
    /// 4: checks the source of each value.
    Ground,
    /// 5: checks rate limits, circuit breakers and caps.
    Limit,
    /// 6: asks an approver.
    Confirm,
    /// 7: sends the request and reads the response within the limits.
    Send,
    /// 8: checks signature, status and shape of the response.
    Check,
    /// 9: redacts the response.
    Redact,
    /// 10: scans untrusted text for prompt injection.
    Inspect,
    /// 11: removes hidden characters, defangs links and delimits untrusted text.
    Neutralise,
    /// Around all stages: records the outcome.
    Audit,
}

macro_rules! rules {
    ($($(#[doc = $doc:literal])+ $rule:ident = $stage:ident, $id:literal, $text:expr;)+) => {
        /// The rule that refused a call. Ids are stable. New rules may be added.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $($(#[doc = $doc])+ $rule,)+
        }

        impl Rule {
            /// All rules.
            pub const ALL: &'static [Self] = &[$(Self::$rule,)+];

            /// Returns the stable id, such as `arguments.too_large`.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$rule => $id,)+ }
            }

            /// Returns the stage that applies the rule.
            #[must_use]
            pub const fn stage(self) -> Stage {
                match self { $(Self::$rule => Stage::$stage,)+ }
            }

            /// Returns the constant text for the model.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$rule => $text,)+ }
            }
        }
    };
}

const UNAVAILABLE: &str = "This tool is not available. Use only the tools that are listed.";
const LATER: &str = "Too many calls right now. Try again later.";
const UNREACHABLE: &str =
    "The service could not be reached. Try again later, or continue without it.";
const UNUSABLE: &str = "The response of the service can't be used. Continue without it.";
const UNSOUND: &str = "The arguments are not a valid JSON object. Send one JSON object without duplicate keys, within the limits of the schema.";

rules! {
    /// The session has no tool of this name.
    UnknownTool = Admit, "admit.unknown_tool", UNAVAILABLE;
    /// The agent was not granted a scope of the tool.
    NotGranted = Admit, "admit.not_granted", UNAVAILABLE;
    /// The tool's response is above the agent's clearance.
    Clearance = Admit, "admit.clearance", UNAVAILABLE;
    /// The tool or the whole guard is switched off.
    Killed = Admit, "admit.killed", UNAVAILABLE;
    /// The agent has made too many attempts.
    Attempts = Admit, "admit.attempts", LATER;
    /// The guard has reached its limit of concurrent calls.
    Busy = Admit, "admit.busy", LATER;
    /// The concurrent calls have used up the memory budget.
    Memory = Admit, "admit.memory", LATER;

    /// The text of the arguments exceeds its limit in bytes.
    TooLarge = Arguments, "arguments.too_large", "The arguments are too long. Send shorter arguments.";
    /// The arguments exceed the limit of nesting.
    TooDeep = Arguments, "arguments.too_deep", UNSOUND;
    /// The arguments exceed the limit of keys.
    TooManyKeys = Arguments, "arguments.too_many_keys", UNSOUND;
    /// An object has a duplicate key.
    DuplicateKey = Arguments, "arguments.duplicate_key", UNSOUND;
    /// A number is outside the range in which JSON libraries agree.
    NumberRange = Arguments, "arguments.number_range", "A number in the arguments is out of range. Send a number with at most 15 digits.";
    /// A text contains control, bidirectional or tag characters.
    Characters = Arguments, "arguments.characters", "The arguments contain control or invisible characters. Send plain text.";
    /// The arguments are not a JSON object.
    Malformed = Arguments, "arguments.malformed", UNSOUND;

    /// The arguments do not match the schema.
    Schema = Validate, "validate.schema", "The arguments do not match the schema of the tool. Correct the fields below and call again.";
    /// A handle was not issued in this session.
    UnknownHandle = Validate, "validate.unknown_handle", "A handle in the arguments was not issued in this conversation. Use one from an earlier response.";
    /// A token was not issued for this argument in this session, or was changed.
    UnknownToken = Validate, "validate.unknown_token", "A token in the arguments was not issued for this argument in this conversation. Copy one unchanged from an earlier response.";

    /// A value is neither in the user's text nor in a trusted field of a response.
    Ungrounded = Ground, "ground.ungrounded", "A value in the arguments does not come from the user or from a trusted source. Ask the user to type it.";
    /// Data would leave a session that has read both untrusted and private data.
    Trifecta = Ground, "ground.trifecta", "Nothing can be sent from this conversation any more. Tell the user what you wanted to send.";

    /// The agent's rate limit for this tool is used up.
    ToolQuota = Limit, "limit.tool_quota", "The rate limit of this tool is reached. Try again later.";
    /// The API's rate limit, which all agents share, is used up.
    ApiQuota = Limit, "limit.api_quota", LATER;
    /// The circuit breaker of the API is open, for all agents or for this one.
    CircuitOpen = Limit, "limit.circuit_open", UNREACHABLE;
    /// The guard has reached its limit of rate-limit keys.
    QuotaMemory = Limit, "limit.quota_memory", LATER;
    /// The amount exceeds the cap per call.
    CallCap = Limit, "limit.call_cap", "The amount is above the limit for one call. Ask the user for a smaller amount.";
    /// The amount exceeds the rest of the cap per day.
    DayCap = Limit, "limit.day_cap", "The amount is above the rest of the limit for today. Tell the user.";

    /// The approver denied the call.
    Denied = Confirm, "confirm.denied", "The user did not approve this call. Do not repeat it. Ask the user what to do instead.";
    /// The guard has no approver.
    NobodyToAsk = Confirm, "confirm.nobody_to_ask", "This call needs an approval, and no approver is available. Tell the user.";
    /// The session has reached its limit of approval requests.
    TooManyQuestions = Confirm, "confirm.too_many_questions", "This call needs an approval, and this conversation has reached its limit of approval requests. Tell the user.";
    /// The approval expired.
    Expired = Confirm, "confirm.expired", "The approval of this call has expired. Tell the user.";
    /// The session was denied twice. It makes no further effects.
    Quarantined = Confirm, "confirm.quarantined", "This conversation may make no more changes. Tell the user.";
    /// The approval request is too long to be shown in full.
    TooLongToShow = Confirm, "confirm.too_long_to_show", "This call is too long to be shown for approval. Send shorter arguments.";

    /// The intent could not be recorded, so the effect was not made.
    Unrecorded = Send, "send.unrecorded", UNREACHABLE;
    /// The request differs from the approved one.
    Changed = Send, "send.changed", UNREACHABLE;
    /// A value can't be encoded in its place of the request.
    Unsendable = Send, "send.unsendable", "A value in the arguments can't be sent. Use only letters, digits and hyphens.";
    /// No credential may be sent, or the token endpoint granted other scopes than the tool needs.
    Credential = Send, "send.credential", UNREACHABLE;
    /// DNS returned no address.
    Dns = Send, "send.dns", UNREACHABLE;
    /// The host resolves to an address that is not public.
    Address = Send, "send.address", UNREACHABLE;
    /// The connection failed.
    Connect = Send, "send.connect", UNREACHABLE;
    /// TLS failed: the certificate is not trusted, or the server does not support TLS 1.3.
    Tls = Send, "send.tls", UNREACHABLE;
    /// A timeout or the deadline passed.
    Timeout = Send, "send.timeout", "The service took too long. Try again later, or request less data.";
    /// The API has reached its limit of concurrent requests, and none ended in time. Nothing was
    /// sent.
    Crowded = Send, "send.crowded", LATER;
    /// The response body exceeds its limit in bytes.
    AnswerTooLarge = Send, "send.answer_too_large", "The response was too long. Request less data.";
    /// The response body exceeds the limit of the compression ratio.
    Ratio = Send, "send.ratio", UNUSABLE;
    /// The response has a content encoding that was not requested, or its gzip is invalid.
    Encoding = Send, "send.encoding", UNUSABLE;
    /// The concurrent responses have used up the memory budget.
    AnswerMemory = Send, "send.memory", LATER;
    /// The connection broke before the response was complete.
    Exchange = Send, "send.exchange", UNREACHABLE;
    /// An effect was sent and no complete response came, so the effect is in doubt.
    EffectUnknown = Send, "send.effect_unknown", "It is unknown whether this was done. Do not repeat it. Tell the user.";
    /// The handler failed.
    Handler = Send, "send.handler", "The tool failed. Continue without it.";

    /// The response has no valid signature of the API, or the signature of another response.
    Signature = Check, "check.signature", UNUSABLE;
    /// The API redirected to a URL that the policy does not follow.
    Redirect = Check, "check.redirect", UNUSABLE;
    /// The API has no such resource (404 or 410).
    NotFound = Check, "check.not_found", "The service found nothing for these arguments. Check them, or continue without the result.";
    /// The API rejected the request (4xx).
    Rejected = Check, "check.rejected", "The service rejected the request. Check the arguments, or continue without the result.";
    /// The API limits the rate of requests (429).
    Throttled = Check, "check.throttled", LATER;
    /// The API failed (5xx or an unknown status).
    Failed = Check, "check.failed", "The service failed. Try again later, or continue without it.";
    /// The effect was made, and its response does not match the declaration.
    EffectMade = Check, "check.effect_made", "This was done, but the response can't be used. Do not repeat it. Tell the user.";
    /// The response is not JSON.
    ContentType = Check, "check.content_type", UNUSABLE;
    /// The response does not match the declaration.
    Drift = Check, "check.drift", UNUSABLE;

    /// A finding in the response requires a refusal.
    Injection = Inspect, "inspect.injection", UNUSABLE;

    /// The system returned no random nonce for the delimiters.
    NoNonce = Neutralise, "neutralise.no_nonce", UNUSABLE;
    /// The session has reached its memory limit.
    SessionFull = Neutralise, "neutralise.session_full", "This conversation has reached its memory limit. Tell the user to start a new one.";

    /// The outcome could not be recorded, so the response is withheld.
    OutcomeUnrecorded = Audit, "audit.unrecorded", "The result can't be shown. Do not repeat the call. Tell the user.";
    /// The call was dropped before it ended.
    Cancelled = Audit, "audit.cancelled", "The call was cancelled. Do not repeat it without asking the user.";
}

impl Rule {
    /// Returns the rule by which a response with this status is refused; none for a success (2xx).
    /// The only mapping from a status to a rule.
    pub(crate) const fn of_status(status: u16) -> Option<Self> {
        match status {
            200..=299 => None,
            300..=399 => Some(Self::Redirect),
            404 | 410 => Some(Self::NotFound),
            429 => Some(Self::Throttled),
            400..=499 => Some(Self::Rejected),
            _ => Some(Self::Failed),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// A refused call: its rule, and the flaws of its arguments.
///
/// ```
/// use secure_tool::{Outcome, Rule};
///
/// fn is_worth_a_retry(outcome: &Outcome) -> bool {
///     outcome.refusal().is_some_and(|refusal| matches!(refusal.rule(), Rule::Throttled | Rule::Busy))
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub(crate) rule: Rule,
    pub(crate) flaws: Vec<Flaw>,
}

impl Refusal {
    /// Why.
    ///
    /// ```
    /// # fn example(refusal: &secure_tool::Refusal) {
    /// eprintln!("{}", refusal.rule().id());
    /// # }
    /// ```
    #[must_use]
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// Where.
    ///
    /// ```
    /// # fn example(refusal: &secure_tool::Refusal) {
    /// eprintln!("{:?}", refusal.stage());
    /// # }
    /// ```
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.rule.stage()
    }

    /// Returns the flaws of the arguments for [`Rule::Schema`], [`Rule::UnknownHandle`] and
    /// [`Rule::UnknownToken`], and the arguments without a source for [`Rule::Ungrounded`]. Empty
    /// for other rules.
    ///
    /// ```
    /// # fn example(refusal: &secure_tool::Refusal) {
    /// for flaw in refusal.flaws() {
    ///     eprintln!("{flaw:?}");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn flaws(&self) -> &[Flaw] {
        &self.flaws
    }

    /// Returns the constant text of the rule and one line for each flaw: its JSON pointer and code.
    ///
    /// ```
    /// # fn example(refusal: &secure_tool::Refusal) {
    /// let tool_result = refusal.for_model();
    /// # drop(tool_result);
    /// # }
    /// ```
    #[must_use]
    pub fn for_model(&self) -> String {
        let mut text = self.rule.text().to_owned();
        for flaw in &self.flaws {
            text.push_str("\n- ");
            text.push_str(if flaw.pointer.is_empty() { "(the whole)" } else { &flaw.pointer });
            text.push_str(": ");
            text.push_str(&flaw.code);
        }
        text
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused by rule `{}`", self.rule)
    }
}

impl std::error::Error for Refusal {}
