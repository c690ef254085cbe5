//! What becomes of a call: an answer, a refusal, or a question that waits for a person.

use std::ops::Range;

use secure_tool_text::internal::Marks;
use secure_tool_text::spotlighting::Spotlighting;
use serde_json::Value;

use crate::audit::Finding;
use crate::json::escape_into;
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
    /// A person was asked and has not answered. When [`Session::decide`](crate::Session::decide)
    /// has been called, let the model call again with the same arguments.
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

    /// The answer as JSON with each untrusted text marked inside its value; of anything else,
    /// `None`.
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

/// Where an untrusted text stands in the JSON of an answer, without its quotes, and how it is
/// isolated. Small, because there may be many.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Untrusted {
    start: u32,
    end: u32,
    pub(crate) form: Spotlighting,
}

impl Untrusted {
    /// Positions fit 32 bits: a guard takes no tool with a larger cap.
    pub(crate) fn new(range: &Range<usize>, form: Spotlighting) -> Self {
        let short = |position| u32::try_from(position).unwrap_or(u32::MAX);
        Self { start: short(range.start), end: short(range.end), form }
    }
}

/// An answer that the model may read: declared fields only, redacted, cleaned, with handles in
/// place of identifiers.
#[derive(Debug)]
pub struct Answer {
    json: String,
    untrusted: Vec<Untrusted>,
    marks: Option<Marks>,
    findings: Vec<Finding>,
    notes: Vec<String>,
}

impl Answer {
    pub(crate) fn new(
        json: String,
        untrusted: Vec<Untrusted>,
        marks: Option<Marks>,
        findings: Vec<Finding>,
    ) -> Self {
        Self { json, untrusted, marks, findings, notes: Vec::new() }
    }

    pub(crate) fn with_notes(self, notes: Vec<String>) -> Self {
        Self { notes, ..self }
    }

    /// The answer as JSON, ready for a model: in one marked region, or, where a text has another
    /// [`Spotlighting`], with each untrusted text isolated inside its value. Where the service gave
    /// nothing back, a constant text. Put [`Session::spotlighting`](crate::Session::spotlighting)
    /// into the system prompt.
    #[must_use]
    pub fn for_model(&self) -> String {
        let mut text = match &self.marks {
            _ if self.json == "null" => "Done. The service gave nothing back.".into(),
            Some(marks) if self.untrusted.iter().all(|text| text.form == Spotlighting::Markers) => {
                format!("{}\n{}\n{}", marks.open(Spotlighting::Markers), self.json, marks.close())
            }
            Some(marks) => self.isolated(marks),
            None => self.json.clone(),
        };
        for note in &self.notes {
            text.push('\n');
            text.push_str(note);
        }
        text
    }

    /// What the model is told beside the answer, and [`for_model`](Self::for_model) has below it:
    /// one line on what was cut, if anything was (`#[secure(max = 20)]`), such as `Cut: /items (20
    /// of 87 items), /items/3/review (500 of 2,310 characters).`
    ///
    /// The lines are made of declared names, indexes and counts: nothing of them is the API's. Show
    /// them beside [`structured`](Self::structured).
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The answer as JSON with each untrusted text, and each untrusted key, isolated inside its
    /// value.
    #[must_use]
    pub fn structured(&self) -> Value {
        let json =
            self.marks.as_ref().map_or_else(|| self.json.clone(), |marks| self.isolated(marks));
        serde_json::from_str(&json).unwrap_or_default()
    }

    /// The JSON with each untrusted text between delimiters of its own.
    fn isolated(&self, marks: &Marks) -> String {
        let opens = Spotlighting::ALL.map(|form| (form, marks.open(form).to_string()));
        let close = marks.close().to_string();
        let longest = opens.iter().map(|(_, open)| open.len()).max().unwrap_or_default();
        let mut out =
            String::with_capacity(self.json.len() + self.untrusted.len() * (longest + close.len()));
        let mut from = 0;
        for text in &self.untrusted {
            let (start, end) = (text.start as usize, text.end as usize);
            out.push_str(self.json.get(from..start).unwrap_or_default());
            out.extend(
                opens.iter().filter(|(form, _)| *form == text.form).map(|(_, open)| open.as_str()),
            );
            match text.form {
                Spotlighting::Markers => {
                    out.push_str(self.json.get(start..end).unwrap_or_default());
                }
                form => {
                    // As it was before it was escaped, with its quotes.
                    let quoted = self.json.get(start.saturating_sub(1)..=end).unwrap_or_default();
                    let plain: String = serde_json::from_str(quoted).unwrap_or_default();
                    escape_into(&mut out, &marks.encode(form, &plain));
                }
            }
            out.push_str(&close);
            from = end;
        }
        out.push_str(self.json.get(from..).unwrap_or_default());
        out
    }

    /// The answer as JSON without markers: text that anyone could have written, bare. For programs
    /// that read it by code; never for a model.
    #[must_use]
    pub fn unmarked_json_not_for_models(&self) -> &str {
        &self.json
    }

    /// What detectors found, and what was taken out. `scan.flagged` is there if what was found is
    /// enough for [`Report::is_flagged`](crate::detect::Report::is_flagged).
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}
