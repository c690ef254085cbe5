//! Refusals: a stable rule id for the operator, a constant text for the model.
//!
//! One table says all: id, stage, text. The text lets an honest model correct itself and tells an
//! attacker nothing: it holds nothing of the arguments, of the answer, or of what the model may not
//! know. Rules that would tell one thing from another that must look alike (an unknown tool and a
//! forbidden one) share a text.

use std::fmt;

use crate::rules::Flaw;

/// A stage of the pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Stage {
    /// 1: may this agent call this tool now?
    Admit,
    /// 2: is the text of the arguments sound?
    Arguments,
    /// 3: are the arguments what the schema says?
    Validate,
    /// 4: do the values come from where they must?
    Ground,
    /// 5: is there quota left?
    Limit,
    /// 6: does a person approve?
    Confirm,
    /// 7: can it be sent, and answered, within the limits?
    Send,
    /// 8: is the answer what was declared?
    Check,
    /// 9: is it redacted?
    Redact,
    /// 10: does it try to steer a model?
    Inspect,
    /// 11: is it harmless to read?
    Neutralise,
    /// Around all: is it recorded?
    Audit,
}

macro_rules! rules {
    ($($(#[doc = $doc:literal])+ $rule:ident = $stage:ident, $id:literal, $text:expr;)+) => {
        /// Why a call was refused. The id is stable; new rules may be added.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $($(#[doc = $doc])+ $rule,)+
        }

        impl Rule {
            /// All rules.
            pub const ALL: &'static [Self] = &[$(Self::$rule,)+];

            /// The stable id, such as `arguments.too_large`.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$rule => $id,)+ }
            }

            /// The stage that refuses by it.
            #[must_use]
            pub const fn stage(self) -> Stage {
                match self { $(Self::$rule => Stage::$stage,)+ }
            }

            /// The constant text for the model.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$rule => $text,)+ }
            }
        }
    };
}

const UNAVAILABLE: &str = "This tool is not available. Use only the tools that are listed.";
const LATER: &str = "Too many calls right now. Try again later.";
const UNREACHABLE: &str = "The service could not be reached. Try again later, or go on without it.";
const UNUSABLE: &str = "The service gave an answer that can't be used. Go on without it.";
const UNSOUND: &str = "The arguments are not sound JSON. Send one JSON object without duplicate keys, within the sizes of the schema.";

rules! {
    /// No tool of this name.
    UnknownTool = Admit, "admit.unknown_tool", UNAVAILABLE;
    /// The agent was not granted a scope of the tool.
    NotGranted = Admit, "admit.not_granted", UNAVAILABLE;
    /// The tool's answers are above the agent's clearance.
    Clearance = Admit, "admit.clearance", UNAVAILABLE;
    /// The tool, or everything, was switched off.
    Killed = Admit, "admit.killed", UNAVAILABLE;
    /// The agent has made too many attempts.
    Attempts = Admit, "admit.attempts", LATER;
    /// The guard has as many calls under way as it may.
    Busy = Admit, "admit.busy", LATER;
    /// The calls under way take up the memory that they may.
    Memory = Admit, "admit.memory", LATER;

    /// The text of the arguments is longer than allowed.
    TooLarge = Arguments, "arguments.too_large", "The arguments are too long. Send less.";
    /// They nest deeper than allowed.
    TooDeep = Arguments, "arguments.too_deep", UNSOUND;
    /// They hold more keys than allowed.
    TooManyKeys = Arguments, "arguments.too_many_keys", UNSOUND;
    /// An object has one key twice.
    DuplicateKey = Arguments, "arguments.duplicate_key", UNSOUND;
    /// A number is outside of what JSON libraries agree on.
    NumberRange = Arguments, "arguments.number_range", "A number in the arguments is out of range.";
    /// A text holds control, bidirectional or tag characters.
    Characters = Arguments, "arguments.characters", "The arguments hold characters that are not allowed. Send plain text.";
    /// They are not JSON.
    Malformed = Arguments, "arguments.malformed", UNSOUND;

    /// They are not what the schema says.
    Schema = Validate, "validate.schema", "The arguments do not fit the schema of the tool. Correct the fields named and call again.";
    /// A handle was not given out in this session.
    UnknownHandle = Validate, "validate.unknown_handle", "A handle in the arguments is not one that was given in this conversation. Use one from an earlier answer.";
    /// A token was not given out for this argument in this session, or was altered.
    UnknownToken = Validate, "validate.unknown_token", "A token in the arguments is not one that was given for this argument in this conversation. Use one from an earlier answer, as it was written there.";

    /// A value stands neither in what the user typed nor in a trusted answer.
    Ungrounded = Ground, "ground.ungrounded", "A value in the arguments did not come from the user or from a trusted source. Ask the user to give it.";
    /// Data would leave a session that has read both untrusted and private data.
    Trifecta = Ground, "ground.trifecta", "This can't be sent in this conversation. Tell the user what you wanted to send.";

    /// The quota of this agent for this tool is used up.
    ToolQuota = Limit, "limit.tool_quota", "The quota of this tool is used up. Try again later.";
    /// The quota of the API, which all agents share, is used up.
    ApiQuota = Limit, "limit.api_quota", LATER;
    /// The API has failed too often in a row, for everybody or for this agent, and is left alone
    /// for a while.
    CircuitOpen = Limit, "limit.circuit_open", UNREACHABLE;
    /// More keys of quotas are in use than the guard remembers.
    QuotaMemory = Limit, "limit.quota_memory", LATER;
    /// The amount is above the cap of one call.
    CallCap = Limit, "limit.call_cap", "The amount is above what one call may spend.";
    /// The amount is above what is left of the day's cap.
    DayCap = Limit, "limit.day_cap", "The amount is above what may still be spent today.";

    /// The person said no.
    Denied = Confirm, "confirm.denied", "The user did not approve this call. Do not repeat it; ask the user what to do instead.";
    /// There is nobody to ask.
    NobodyToAsk = Confirm, "confirm.nobody_to_ask", "This call needs an approval, and nobody can give one now. Tell the user.";
    /// The session has asked as often as it may.
    TooManyQuestions = Confirm, "confirm.too_many_questions", "This call needs an approval, and no more questions may be asked in this conversation. Tell the user.";
    /// The approval came too late.
    Expired = Confirm, "confirm.expired", "The approval of this call has expired. Tell the user.";
    /// After two denials the session makes no more effects.
    Quarantined = Confirm, "confirm.quarantined", "No more changes may be made in this conversation. Tell the user.";
    /// The question could not be shown whole.
    TooLongToShow = Confirm, "confirm.too_long_to_show", "This call is too long to be approved. Send less.";

    /// The intent could not be recorded, so the effect was not made.
    Unrecorded = Send, "send.unrecorded", UNREACHABLE;
    /// The request is not the one that was approved.
    Changed = Send, "send.changed", UNREACHABLE;
    /// A value can't stand where the template puts it.
    Unsendable = Send, "send.unsendable", "A value in the arguments can't be sent. Use plain words, digits and hyphens.";
    /// There is no credential that may be sent, or no token that grants just what the tool needs.
    Credential = Send, "send.credential", UNREACHABLE;
    /// The host has no address.
    Dns = Send, "send.dns", UNREACHABLE;
    /// An address of the host is one that may not be reached.
    Address = Send, "send.address", UNREACHABLE;
    /// No connection.
    Connect = Send, "send.connect", UNREACHABLE;
    /// The server could not prove who it is, or does not speak TLS 1.3.
    Tls = Send, "send.tls", UNREACHABLE;
    /// A deadline passed.
    Timeout = Send, "send.timeout", "The service took too long. Try again later, or ask for less.";
    /// The API has as many exchanges under way as it may, and none ended in time. Nothing was sent.
    Crowded = Send, "send.crowded", LATER;
    /// The answer is longer than allowed.
    AnswerTooLarge = Send, "send.answer_too_large", "The answer was too long. Ask for less.";
    /// The answer is many times as long as it was on the wire.
    Ratio = Send, "send.ratio", UNUSABLE;
    /// The answer is coded in a way that was not asked for, or its gzip is broken.
    Encoding = Send, "send.encoding", UNUSABLE;
    /// The answers under way take up the memory that they may.
    AnswerMemory = Send, "send.memory", LATER;
    /// The exchange broke.
    Exchange = Send, "send.exchange", UNREACHABLE;
    /// An effect was sent, and no answer came: nobody knows whether it was made.
    EffectUnknown = Send, "send.effect_unknown", "It is not known whether this was done. Do not repeat it; tell the user.";
    /// The handler failed.
    Handler = Send, "send.handler", "The tool failed. Go on without it.";

    /// The answer does not carry the API's signature, or another answer's.
    Signature = Check, "check.signature", UNUSABLE;
    /// The API redirected, which is not followed.
    Redirect = Check, "check.redirect", UNUSABLE;
    /// The API has no such thing (404 or 410).
    NotFound = Check, "check.not_found", "The service has nothing of that description.";
    /// The API refused the request (4xx).
    Rejected = Check, "check.rejected", "The service rejected the request.";
    /// The API wants fewer calls (429).
    Throttled = Check, "check.throttled", LATER;
    /// The API failed (5xx, or a status that no one expects).
    Failed = Check, "check.failed", "The service failed. Try again later, or go on without it.";
    /// An effect was made, and its answer is not what was declared.
    EffectMade = Check, "check.effect_made", "This was done, but the answer can't be used. Do not repeat it; tell the user.";
    /// The answer is not JSON.
    ContentType = Check, "check.content_type", UNUSABLE;
    /// The answer is not what was declared.
    Drift = Check, "check.drift", UNUSABLE;

    /// What was found in the answer may not be given out.
    Injection = Inspect, "inspect.injection", UNUSABLE;

    /// There was no nonce to mark the answer with.
    NoNonce = Neutralise, "neutralise.no_nonce", UNUSABLE;
    /// The session remembers as much as it may.
    SessionFull = Neutralise, "neutralise.session_full", "This conversation has read as much as it may. Start a new one.";

    /// The outcome could not be recorded, so the answer is withheld.
    OutcomeUnrecorded = Audit, "audit.unrecorded", "The result can't be given. Do not repeat the call; tell the user.";
    /// The call was dropped before it ended.
    Cancelled = Audit, "audit.cancelled", "The call was cancelled.";
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

/// A call was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub(crate) rule: Rule,
    pub(crate) flaws: Vec<Flaw>,
}

impl Refusal {
    /// Why.
    #[must_use]
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// Where.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.rule.stage()
    }

    /// For [`Rule::Schema`], [`Rule::UnknownHandle`] and [`Rule::UnknownToken`], all that is wrong
    /// with the arguments; for [`Rule::Ungrounded`], which arguments have no source.
    #[must_use]
    pub fn flaws(&self) -> &[Flaw] {
        &self.flaws
    }

    /// The constant text of the rule, and under it one line a flaw: the pointer and the code.
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
