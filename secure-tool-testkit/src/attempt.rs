//! One attempt, as data: what the user said, what the model sent, what the API answered. And what
//! was seen of it.

use secure_tool::Outcome;
use serde_json::Value;

use crate::hostile::{Request, Response};

/// One attempt.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    /// What the model sends, as text.
    pub(crate) arguments: String,
    /// What the API answers.
    pub(crate) answer: Response,
    /// The same for a person who reads the report.
    pub(crate) answered: String,
    /// What the user typed; `None` for what makes the arguments legitimate.
    pub(crate) said: Option<Vec<String>>,
    /// What the user pasted.
    pub(crate) pasted: Option<String>,
    /// A value that an earlier answer showed in a field that anyone may write.
    pub(crate) read: Option<Value>,
    pub(crate) agent: Agency,
    pub(crate) switch: Switch,
    /// Whether the person who is asked says no to everything, and not only to what comes from
    /// nowhere.
    pub(crate) denies: bool,
    /// How often the call is made, one after the other in one session.
    pub(crate) times: usize,
    /// What the oracle looks for: a text that stands nowhere else.
    pub(crate) mark: String,
}

/// What the agent is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Agency {
    /// It was granted everything.
    #[default]
    Full,
    /// Everything but this scope.
    Without(&'static str),
    /// Everything, and it may read public data only.
    Public,
    /// Everything, and it may read what the organisation may know.
    Internal,
}

/// What is switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Switch {
    #[default]
    Nothing,
    Tool,
    Everything,
}

impl Attempt {
    pub(crate) fn new(arguments: impl Into<String>, answer: &Value) -> Self {
        Self {
            arguments: arguments.into(),
            answer: Response::json(answer.to_string()),
            answered: answer.to_string(),
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

    /// The API answers with this text, as JSON.
    pub(crate) fn answering(mut self, text: String) -> Self {
        self.answer = Response::json(text.clone());
        self.answered = text;
        self
    }
}

/// What was seen of an attempt. All of it is what happened: nothing is taken from the words of a
/// refusal.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) outcome: Outcome,
    /// The requests of the attempt, without those of the reading before it.
    pub(crate) requests: Vec<Request>,
    /// Bytes that reached the API and were no request.
    pub(crate) unreadable: usize,
    pub(crate) connections: usize,
    /// The names that were looked up. Those of the tool's APIs never are: their addresses are
    /// given.
    pub(crate) asked: Vec<String>,
    /// Of a handler, which may do its work without the API: it ran.
    pub(crate) ran: bool,
    /// How many of the calls reached the API, or ran the handler.
    pub(crate) reached: usize,
    /// The bytes of bodies that the API got rid of.
    pub(crate) sent: u64,
    /// The lines that the audit got.
    pub(crate) audit: Vec<String>,
    /// Whether the session knows that it has read untrusted text.
    pub(crate) tainted: bool,
    /// What the model is told of a tool that does not exist, by the same session.
    pub(crate) unknown: String,
    /// Whether what was to be read before the call was read.
    pub(crate) was_read: bool,
}

impl Seen {
    /// Whether anything at all reached the API, or the handler ran.
    pub(crate) fn left(&self) -> bool {
        self.ran || !self.requests.is_empty() || self.unreadable > 0 || self.connections > 0
    }

    /// Why the call has no answer, for a person.
    pub(crate) fn refusal(&self) -> String {
        match &self.outcome {
            Outcome::Answer(_) => "it was answered".into(),
            Outcome::Pending(_) => "it waits for an approval".into(),
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
