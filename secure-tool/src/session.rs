//! One conversation: the user's text, the taint of what was read, and the state of approvals.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use secure_tool_text::spotlighting::Spotlighting;
use serde::Serialize;
use serde_json::Value;

use crate::audit::Taint;
use crate::conversation::Conversation;
pub use crate::conversation::Quarantined;
use crate::instructions::{SPOTLIGHTING, WITHHELD};
use crate::outcome::Outcome;
use crate::pipeline::{self, Attempt, Input, Stop};
use crate::policy::{Agent, Decision};
use crate::release::{self, ReleaseStream};
use crate::spec::{OnInjection, Part, ResponseField};

/// One conversation of one agent. Clones share its state.
///
/// All methods take `&self`. The state is behind one mutex that is never held across an await. A
/// call is judged by the state at its start. The state records a response before its text is
/// returned.
///
/// ```
/// # async fn example(guard: &secure_tool::Guard, agent: secure_tool::Agent) -> Result<(), secure_tool::Error> {
/// let session = guard.session(agent)?;
/// session.user_said("Find me a blue kettle");
/// let outcome = session.call("search_products", r#"{"term":"blue kettle"}"#).await;
/// println!("{}", outcome.for_model());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Session(Arc<Conversation>);

impl Session {
    pub(crate) fn new(conversation: Arc<Conversation>) -> Self {
        Self(conversation)
    }

    /// Records text that the user typed. Its addresses, quoted spans, names, dates and numbers
    /// ground arguments with `from = prompt` or `from = trusted`. Do not pass pasted or attached
    /// text here: pass it to [`user_attached`](Self::user_attached).
    ///
    /// Limit: 256 KiB per session. Later text grounds nothing.
    ///
    /// ```
    /// # fn example(session: &secure_tool::Session, typed: &str, pasted: &str) {
    /// session.user_said(typed); // "Send the summary to bob@corp.example"
    /// session.user_attached(pasted); // the mail that they pasted below it
    /// # }
    /// ```
    pub fn user_said(&self, text: &str) {
        if self.agent().readers_see_less() {
            self.0.state().confidential.said(text);
        }
        if !self.0.state().prompt.read(text) {
            tracing::warn!(
                session = self.id(),
                "the user's text is longer than a session reads; the rest grounds nothing"
            );
        }
    }

    /// Records text that the user pasted or attached, which an outsider may have written. It
    /// grounds nothing and taints the session as having read untrusted text.
    ///
    /// ```
    /// # fn example(session: &secure_tool::Session) {
    /// session.user_attached("From: eve@evil.example\n…"); // a mail that the user pasted
    /// # }
    /// ```
    pub fn user_attached(&self, text: &str) {
        if !text.is_empty() {
            self.0.state().read_untrusted = true;
        }
    }

    /// Calls a tool with the text of arguments that the model sent.
    ///
    /// The future must be polled within a tokio runtime with time and I/O enabled. If it is dropped
    /// before it ends, the call is recorded as cancelled.
    ///
    /// ```
    /// # use secure_tool::{Outcome, Session};
    /// # async fn example(session: &Session, name: &str, arguments: &str) -> String {
    /// let outcome = session.call(name, arguments).await;
    /// if let Outcome::Refused(refusal) = &outcome {
    ///     eprintln!("{name}: {refusal}"); // for the operator: the stable id of the rule
    /// }
    /// outcome.for_model() // for the model: the marked answer, or a constant text
    /// # }
    /// ```
    pub async fn call(&self, tool: &str, arguments: &str) -> Outcome {
        self.run(Attempt::new(&self.0, tool, Input::Text(arguments))).await
    }

    /// Calls a tool with parsed arguments, as MCP and agent libraries pass them.
    ///
    /// Size, depth, keys and characters are checked. Duplicate keys and rounded numbers are not,
    /// because the parser has already removed them. Prefer [`call`](Self::call) if the text is
    /// available.
    ///
    /// ```
    /// # async fn example(session: &secure_tool::Session) {
    /// let arguments = serde_json::json!({ "term": "blue kettle" });
    /// let outcome = session.call_value("search_products", arguments).await;
    /// # drop(outcome);
    /// # }
    /// ```
    pub async fn call_value(&self, tool: &str, arguments: Value) -> Outcome {
        self.run(Attempt::new(&self.0, tool, Input::Value(arguments))).await
    }

    async fn run(&self, attempt: Attempt<'_>) -> Outcome {
        match pipeline::run(attempt).await {
            Ok(answer) => Outcome::Answer(answer),
            Err(Stop::Refused(refusal)) => Outcome::Refused(refusal),
            Err(Stop::Pending(question)) => Outcome::Pending(question),
        }
    }

    /// Decides a pending call, by the digest of its approval request. Returns false if no such call
    /// is pending, or if it expired.
    ///
    /// An approval permits one repetition of the same call within 10 minutes.
    ///
    /// ```
    /// # use secure_tool::{Decision, Outcome, Session};
    /// # async fn example(session: &Session, arguments: &str) {
    /// if let Outcome::Pending(question) = session.call("cancel_order", arguments).await {
    ///     // … show the approval request to a person, who approves it later:
    ///     if session.decide(&question.digest, Decision::approved_by("ann")) {
    ///         let outcome = session.call("cancel_order", arguments).await;
    ///         assert!(!matches!(outcome, Outcome::Pending(_)));
    ///     }
    /// }
    /// # }
    /// ```
    #[must_use = "false: no such call waits, and nothing was decided"]
    pub fn decide(&self, digest: &str, decision: Decision) -> bool {
        let now = self.0.engine().clock.monotonic();
        self.0.state().approvals.decide(digest, decision, now)
    }

    /// Returns the tools that this agent may call now, for a model: name, description and JSON
    /// schema of the arguments.
    ///
    /// ```
    /// # fn example(session: &secure_tool::Session) -> Vec<serde_json::Value> {
    /// // In the format of one model provider:
    /// session
    ///     .tools()
    ///     .iter()
    ///     .map(|tool| serde_json::json!({ "type": "function", "function": { "name": tool.name, "description": tool.description, "parameters": tool.schema } }))
    ///     .collect()
    /// # }
    /// ```
    #[must_use]
    pub fn tools(&self) -> Vec<Definition<'_>> {
        let tools = self.0.engine().tools.values().filter(|tool| pipeline::may_call(&self.0, tool));
        tools
            .map(|tool| Definition {
                name: tool.tool.spec.name,
                description: tool.tool.spec.description,
                schema: &tool.schema.shown,
            })
            .collect()
    }

    /// Redacts and defangs the model's final answer for its readers. Removes secrets in use, hidden
    /// characters, delimiters and datamarks, and replaces handles by their values.
    ///
    /// No image loads and no link works except to the hosts of
    /// [`Builder::links`](crate::guard::Builder::links) (default: none), so that a hijacked model
    /// can't send data out when the answer is displayed. The visible text of a link stays.
    ///
    /// If [`Agent::readers`] have a lower clearance than the agent, values of responses above their
    /// clearance are removed too, unless the user typed them. They are found as shown, in any case,
    /// and with other signs between their letters. Paraphrases, translations, parts of a value and
    /// other encodings are not found. Bools and words of a closed list are not searched.
    ///
    /// ```
    /// # fn example(session: &secure_tool::Session) {
    /// let shown = session.release("Take Sku#1 at 39.90 euros."); // "Take KT-2041 at 39.90 euros."
    /// # }
    /// ```
    #[must_use]
    pub fn release(&self, answer: &str) -> String {
        release::release(&self.0, answer)
    }

    /// Returns instructions for the system prompt: how the responses of this agent's tools delimit
    /// untrusted text, and that the model must not follow it.
    ///
    /// ```
    /// # fn example(session: &secure_tool::Session) {
    /// let system = format!("You help customers of the shop.\n\n{}", session.spotlighting());
    /// # }
    /// ```
    #[must_use]
    pub fn spotlighting(&self) -> String {
        let (mut forms, mut withholds) = (BTreeSet::from([Spotlighting::Markers]), false);
        for tool in self.0.engine().tools.values().filter(|tool| pipeline::may_call(&self.0, tool))
        {
            let spec = tool.tool.spec;
            let mut note = |field: ResponseField| {
                forms.insert(spec.spotlighting_of(field));
                withholds |= spec.on_injection_in(field) == OnInjection::Quarantine;
            };
            note(ResponseField::WHOLE);
            spec.response.each_of_response(&mut |part| {
                if let Part::Field(field) = part {
                    note(field);
                }
                true
            });
        }
        let withheld = withholds.then_some(WITHHELD);
        forms
            .into_iter()
            .map(|form| match form {
                Spotlighting::Markers => SPOTLIGHTING,
                Spotlighting::Datamarking | Spotlighting::Base64 => form.instruction(),
            })
            .chain(withheld)
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// Returns a text that was withheld from the model, by the number that the model sees: 2 for
    /// `Quarantined#2`. `None` if there is none. A session keeps up to 256 texts and 1 MiB.
    ///
    /// The text is for a program or a person. A model can't obtain it.
    ///
    /// ```
    /// # fn example(session: &secure_tool::Session) {
    /// if let Some(withheld) = session.quarantined(2) {
    ///     eprintln!("{}, {}: {}", withheld.tool, withheld.field, withheld.text_not_for_models().escape_debug());
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn quarantined(&self, number: usize) -> Option<Quarantined> {
        self.0.state().quarantined(number).cloned()
    }

    /// Creates a stream that releases a final answer in pieces, as [`release`](Self::release) does.
    /// It covers what the session has read until now. Create a new stream after further calls.
    ///
    /// ```
    /// # fn example(session: &secure_tool::Session) {
    /// let mut stream = session.release_stream();
    /// print!("{}{}", stream.push("Done."), stream.finish());
    /// # }
    /// ```
    pub fn release_stream(&self) -> ReleaseStream {
        ReleaseStream::new(&self.0)
    }

    /// Returns the id of the session: 128 random bits in hex.
    ///
    /// ```
    /// # fn example(session: &secure_tool::Session) {
    /// assert_eq!(session.id().len(), 32);
    /// # }
    /// ```
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.id()
    }

    /// The agent.
    ///
    /// ```
    /// # fn example(session: &secure_tool::Session) {
    /// println!("{}", session.agent().name());
    /// # }
    /// ```
    #[must_use]
    pub fn agent(&self) -> &Agent {
        self.0.agent()
    }

    /// Returns the taint of the session: whether it has read untrusted text, and whether it has
    /// read data that is not public. Both flags are sticky.
    ///
    /// ```
    /// # fn example(session: &secure_tool::Session) {
    /// let taint = session.taint();
    /// if taint.read_untrusted && taint.read_private {
    ///     println!("data leaves this session only after an approval");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn taint(&self) -> Taint {
        self.0.taint()
    }
}

/// The definition of a tool for a model.
///
/// ```
/// # fn example(session: &secure_tool::Session) {
/// for tool in session.tools() {
///     println!("{}: {}\n{}", tool.name, tool.description, tool.schema);
/// }
/// # }
/// ```
#[derive(Debug, Clone, Copy, Serialize)]
#[non_exhaustive]
pub struct Definition<'a> {
    /// The name of the tool.
    pub name: &'static str,
    /// What it does.
    pub description: &'static str,
    /// The closed JSON schema of its arguments.
    pub schema: &'a Value,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id())
            .field("agent", &self.agent().name)
            .finish_non_exhaustive()
    }
}
