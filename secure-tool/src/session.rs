//! One conversation: what the user typed, what was read, what may still be asked.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use secure_tool_text::spotlighting::Spotlighting;
use serde::Serialize;
use serde_json::Value;

use crate::conversation::Conversation;
pub use crate::conversation::Quarantined;
use crate::instructions::{SPOTLIGHTING, WITHHELD};
use crate::outcome::Outcome;
use crate::pipeline::{self, Attempt, Input, Stop};
use crate::policy::{Agent, Decision};
use crate::release::{self, ReleaseStream};
use crate::spec::{Field, OnInjection, Part};

/// One conversation of one agent. Clones share it.
///
/// All methods take `&self`; the state is behind one mutex that is never held over an await. A call
/// is judged by the state at its arrival, and what an answer brings is remembered before its text
/// leaves.
#[derive(Clone)]
pub struct Session(Arc<Conversation>);

impl Session {
    pub(crate) fn new(conversation: Arc<Conversation>) -> Self {
        Self(conversation)
    }

    /// What the user typed, and nothing else: its addresses, quoted spans, names, dates and numbers
    /// may fill arguments that must come from the user. What the user pasted or attached is not
    /// typed; leave it out, or give it to [`user_attached`](Self::user_attached).
    ///
    /// A session reads 256 KiB of such text; what comes later grounds nothing.
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

    /// What the user pasted or attached: text that somebody else may have written. It grounds
    /// nothing, and the session has read untrusted text from now on.
    pub fn user_attached(&self, text: &str) {
        if !text.is_empty() {
            self.0.state().read_untrusted = true;
        }
    }

    /// Calls a tool with the text of arguments that the model sent.
    ///
    /// It must be polled within a tokio runtime with time and I/O enabled. Dropped before it ends,
    /// the call is recorded as cancelled.
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

    /// Calls a tool with arguments that somebody else has parsed, as MCP and agent libraries hand
    /// them over.
    ///
    /// Size, depth, keys and characters are checked again. What a parser loses can't be: duplicate
    /// keys, of which it kept one, and numbers that it rounded. Prefer [`call`](Self::call) where
    /// the text is at hand.
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

    /// Decides a call that is pending, by the digest of its question. False if no such call waits,
    /// or if it waited too long.
    ///
    /// An approved call is made when the model makes it again, once, within ten minutes.
    ///
    /// ```
    /// # use secure_tool::{Decision, Outcome, Session};
    /// # async fn example(session: &Session, arguments: &str) {
    /// if let Outcome::Pending(question) = session.call("cancel_order", arguments).await {
    ///     // … show the question to a person, who says yes some time later:
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

    /// The tools that this agent may call now, as a model is told of them: name, description, and
    /// the JSON schema of the arguments.
    ///
    /// ```
    /// # fn example(session: &secure_tool::Session) -> Vec<serde_json::Value> {
    /// // As one provider of models wants them:
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

    /// The model's final answer as its readers may see it: secrets in use and hidden characters are
    /// gone, markers are gone, the marks of datamarked texts are spaces again, and handles are the
    /// values that they stand for.
    ///
    /// Nothing in it loads by itself, and no link leads anywhere but to the hosts of
    /// [`Builder::links`](crate::guard::Builder::links), of which there is none by default: what a
    /// model was talked into writing must not carry data out when the answer is shown. What a
    /// person reads of a link stays.
    ///
    /// Where [`Agent::readers`] may see less than the agent, the values of answers that are above
    /// their clearance are gone too, unless the user typed them: as they were shown, in capitals or
    /// small letters, and with other signs between their letters. It does not see a paraphrase, a
    /// translation, a part of a value or another encoding; bools and words of a closed list are not
    /// looked for.
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

    /// What to put into the system prompt: how untrusted text is told apart in the answers of the
    /// tools that this agent may call now, and what to make of it.
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
            let mut note = |field: &Field| {
                forms.insert(spec.spotlighting_of(field));
                withholds |= spec.on_injection_in(field) == OnInjection::Quarantine;
            };
            note(&Field::DEFAULT);
            spec.response.each(&mut |part| {
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

    /// A text that was withheld from the model, by the number that the model sees of it:
    /// `Quarantined#2` is the second. `None` if there is none, or if there was no room for it: a
    /// session keeps 256 of them, and 1 MiB.
    ///
    /// It is for a program, or for a person who looks at it. Nothing that a model sends leads to
    /// it.
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

    /// The same for an answer that comes in pieces. What the session has read until now counts; for
    /// what comes later, take another stream.
    pub fn release_stream(&self) -> ReleaseStream {
        ReleaseStream::new(&self.0)
    }

    /// Its id: 128 random bits, in hex.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.id()
    }

    /// The agent.
    #[must_use]
    pub fn agent(&self) -> &Agent {
        self.0.agent()
    }

    /// Whether the session has read untrusted text, and whether it has read data that is not
    /// public. Neither is ever unset.
    #[must_use]
    pub fn bits(&self) -> (bool, bool) {
        self.0.taint()
    }
}

/// A tool, as a model is told of it.
#[derive(Debug, Clone, Copy, Serialize)]
#[non_exhaustive]
pub struct Definition<'a> {
    /// The name to call it by.
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
