//! One attempt as data: the user's texts, the model's arguments, the API's response; and the
//! evidence of what happened.

use secure_tool::Outcome;
use serde_json::Value;

use crate::hostile::{Request, Response};

/// The inputs of one attempt.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    /// The model's arguments, as JSON text.
    pub(crate) arguments: String,
    /// The API's response.
    pub(crate) response: Response,
    /// The response as shown in the report.
    pub(crate) response_text: String,
    /// The texts that the user typed; `None` for texts that ground all arguments.
    pub(crate) said: Option<Vec<String>>,
    /// The text that the user attached.
    pub(crate) pasted: Option<String>,
    /// A value that an earlier response contained in an untrusted field.
    pub(crate) read: Option<Value>,
    pub(crate) agent: Agency,
    pub(crate) switch: Switch,
    /// Whether the approver denies each question. Otherwise it denies only those with a warning.
    pub(crate) denies: bool,
    /// The number of consecutive calls in one session.
    pub(crate) times: usize,
    /// The text that the oracle searches for. It occurs nowhere else.
    pub(crate) mark: String,
}

/// The scopes and the clearance of the agent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Agency {
    /// All scopes, and the highest clearance.
    #[default]
    Full,
    /// All scopes except this one.
    Without(&'static str),
    /// All scopes, and the clearance `Public`.
    Public,
    /// All scopes, and the clearance `Internal`.
    Internal,
}

/// The kill switch that is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Switch {
    #[default]
    Nothing,
    Tool,
    Everything,
}

impl Attempt {
    pub(crate) fn new(arguments: impl Into<String>, response: &Value) -> Self {
        Self {
            arguments: arguments.into(),
            response: Response::json(response.to_string()),
            response_text: response.to_string(),
            said: None,
            pasted: None,
            read: None,
            agent: Agency::Full,
            switch: Switch::Nothing,
            denies: false,
            times: 1,
            mark: String::new(),
        }
    }

    /// Sets the API's response to this JSON text.
    pub(crate) fn responding(mut self, text: String) -> Self {
        self.response = Response::json(text.clone());
        self.response_text = text;
        self
    }
}

/// The evidence of an attempt. All of it is effects; none of it comes from the text of a refusal.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) outcome: Outcome,
    /// The requests of the attempt, without those of the preparation.
    pub(crate) requests: Vec<Request>,
    /// The number of messages at the API that are not a request.
    pub(crate) unreadable: usize,
    pub(crate) connections: usize,
    /// The host names of DNS lookups. The tool's APIs need none, because their addresses are
    /// configured.
    pub(crate) looked_up: Vec<String>,
    /// Whether a handler ran. A handler may have effects without its API.
    pub(crate) ran: bool,
    /// The number of calls that reached the API or ran the handler.
    pub(crate) reached: usize,
    /// The number of body bytes that the API wrote.
    pub(crate) sent: u64,
    /// The audit records, as JSON lines.
    pub(crate) audit: Vec<String>,
    /// Whether the session is tainted by untrusted text.
    pub(crate) tainted: bool,
    /// The text for the model after a call of an unknown tool in the same session.
    pub(crate) unknown: String,
    /// Whether the preparation succeeded.
    pub(crate) was_read: bool,
}

impl Seen {
    /// Returns whether anything reached the API, or the handler ran.
    pub(crate) fn left(&self) -> bool {
        self.ran || !self.requests.is_empty() || self.unreadable > 0 || self.connections > 0
    }

    /// Returns the reason why the call did not succeed, for the report.
    pub(crate) fn refusal(&self) -> String {
        match &self.outcome {
            Outcome::Answer(_) => "the call succeeded".into(),
            Outcome::Pending(_) => "the call waits for an approval".into(),
            Outcome::Refused(refusal) => {
                let flaws: Vec<String> = refusal
                    .flaws()
                    .iter()
                    .map(|flaw| format!(" {}: {}", flaw.pointer, flaw.code))
                    .collect();
                let detail = self.audit.iter().rev().find_map(|line| {
                    let record: Value = serde_json::from_str(line).ok()?;
                    Some(format!(" ({})", record.get("detail")?.as_str()?))
                });
                format!("{}{}{}", refusal.rule(), flaws.join(","), detail.unwrap_or_default())
            }
        }
    }
}
