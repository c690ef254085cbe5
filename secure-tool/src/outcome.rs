//! What becomes of a call: an answer, a refusal, or a question that waits for a person.

use std::ops::Range;

use serde_json::Value;

use crate::audit::Finding;
use crate::marking::Marks;
use crate::policy::Question;
use crate::refusal::Refusal;

/// What became of a call.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth end of a call")]
pub enum Outcome {
    /// The API answered, and the model may read it.
    Answer(Answer),
    /// The call was refused.
    Refused(Refusal),
    /// A person was asked and has not answered. When [`Session::decide`](crate::Session::decide) has been called, let the model call again with the same arguments.
    Pending(Box<Question>),
}

impl Outcome {
    /// What to send to the model: the marked answer, or a constant text.
    #[must_use]
    pub fn for_model(&self) -> String {
        match self {
            Self::Answer(answer) => answer.for_model(),
            Self::Refused(refusal) => refusal.for_model(),
            Self::Pending(_) => {
                "This call waits for an approval. Go on with something else, or call again with the same arguments later.".into()
            }
        }
    }

    /// The answer as JSON with each untrusted text marked inside its value; of anything else, `None`.
    #[must_use]
    pub fn structured(&self) -> Option<Value> {
        match self {
            Self::Answer(answer) => Some(answer.structured()),
            _ => None,
        }
    }

    /// The answer, if it is one.
    #[must_use]
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Answer(answer) => Some(answer),
            _ => None,
        }
    }

    /// The refusal, if it is one.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}

/// An answer that the model may read: declared fields only, redacted, cleaned, with handles in place of identifiers.
#[derive(Debug)]
pub struct Answer {
    json: String,
    untrusted: Vec<Range<usize>>,
    marks: Option<Marks>,
    findings: Vec<Finding>,
    notes: Vec<String>,
}

impl Answer {
    pub(crate) fn new(json: String, untrusted: Vec<Range<usize>>, marks: Option<Marks>, findings: Vec<Finding>) -> Self {
        Self { json, untrusted, marks, findings, notes: Vec::new() }
    }

    pub(crate) fn with_notes(self, notes: Vec<String>) -> Self {
        Self { notes, ..self }
    }

    /// The answer as one marked region of JSON, ready for a model; where the service gave nothing back, a constant text. Put [`SPOTLIGHTING`](crate::SPOTLIGHTING) into the system prompt.
    #[must_use]
    pub fn for_model(&self) -> String {
        let mut text = match &self.marks {
            _ if self.json == "null" => "Done. The service gave nothing back.".into(),
            Some(marks) => format!("{}\n{}\n{}", marks.open(), self.json, marks.close()),
            None => self.json.clone(),
        };
        for note in &self.notes {
            text.push('\n');
            text.push_str(note);
        }
        text
    }

    /// What the model is told beside the answer, and [`for_model`](Self::for_model) has below it: one line on what was cut, if anything was
    /// (`#[secure(max = 20)]`), such as `Cut: /items (20 of 87 items), /items/3/review (500 of 2,310 characters).`
    ///
    /// The lines are made of declared names, indexes and counts: nothing of them is the API's. Show them beside [`structured`](Self::structured).
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The answer as JSON with each untrusted text, and each untrusted key, marked inside its value.
    #[must_use]
    pub fn structured(&self) -> Value {
        let Some(marks) = &self.marks else { return serde_json::from_str(&self.json).unwrap_or_default() };
        let (open, close) = (marks.open().to_string(), marks.close().to_string());
        let mut marked = String::with_capacity(self.json.len() + self.untrusted.len() * (open.len() + close.len()));
        let mut from = 0;
        for range in &self.untrusted {
            marked.push_str(self.json.get(from..range.start).unwrap_or_default());
            marked.push_str(&open);
            marked.push_str(self.json.get(range.clone()).unwrap_or_default());
            marked.push_str(&close);
            from = range.end;
        }
        marked.push_str(self.json.get(from..).unwrap_or_default());
        serde_json::from_str(&marked).unwrap_or_default()
    }

    /// The answer as JSON without markers: text that anyone could have written, bare. For programs that read it by code; never for a model.
    #[must_use]
    pub fn unmarked_json_not_for_models(&self) -> &str {
        &self.json
    }

    /// What detectors found, and what was taken out. `scan.flagged` is there if what was found is enough for [`Report::is_flagged`](crate::detect::Report::is_flagged).
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}
