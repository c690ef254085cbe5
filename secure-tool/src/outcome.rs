//! The outcome of a call: an answer, a refusal, or a pending approval.

use std::ops::Range;

use secure_tool_text::internal::Marks;
use secure_tool_text::spotlighting::Spotlighting;
use serde_json::Value;

use crate::audit::Finding;
use crate::json::escape_into;
use crate::policy::Question;
use crate::refusal::Refusal;

/// The outcome of a call.
///
/// ```
/// use secure_tool::Outcome;
///
/// fn log(outcome: &Outcome) {
///     match outcome {
///         Outcome::Answer(answer) => println!("{} findings", answer.findings().len()),
///         Outcome::Refused(refusal) => println!("refused by {}", refusal.rule()),
///         Outcome::Pending(question) => println!("waits for an approval: {}", question.digest),
///         _ => println!("another outcome"),
///     }
/// }
/// ```
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth end of a call")]
pub enum Outcome {
    /// The response of the API, for the model to read.
    Answer(Answer),
    /// The call was refused.
    Refused(Refusal),
    /// The call waits for an approval. After [`Session::decide`](crate::Session::decide), let the
    /// model call again with the same arguments.
    Pending(Box<Question>),
}

impl Outcome {
    /// Returns the text for the model: the delimited response, or a constant text.
    ///
    /// ```
    /// # fn example(outcome: &secure_tool::Outcome) {
    /// let text = outcome.for_model(); // the tool result for the model
    /// println!("{text}");
    /// # }
    /// ```
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

    /// Returns the response as JSON with each untrusted text delimited inside its value, or `None`
    /// if the call has no response.
    ///
    /// ```
    /// # fn example(outcome: &secure_tool::Outcome) {
    /// if let Some(json) = outcome.structured() {
    ///     println!("{json}");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn structured(&self) -> Option<Value> {
        match self {
            Self::Answer(answer) => Some(answer.structured()),
            _ => None,
        }
    }

    /// Returns the answer, or `None` for another outcome.
    ///
    /// ```
    /// # fn example(outcome: &secure_tool::Outcome) {
    /// if let Some(answer) = outcome.answer() {
    ///     println!("{}", answer.for_model());
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Answer(answer) => Some(answer),
            _ => None,
        }
    }

    /// Returns the refusal, or `None` for another outcome.
    ///
    /// ```
    /// # fn example(outcome: &secure_tool::Outcome) {
    /// if let Some(refusal) = outcome.refusal() {
    ///     eprintln!("refused by {}", refusal.rule());
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}

/// The position of an untrusted text in the JSON of an answer, without its quotes, and its
/// isolation. Small, because there can be many.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Untrusted {
    start: u32,
    end: u32,
    pub(crate) form: Spotlighting,
}

impl Untrusted {
    /// Positions fit into 32 bits, because a guard rejects tools with a larger limit.
    pub(crate) fn new(range: &Range<usize>, form: Spotlighting) -> Self {
        let short = |position| u32::try_from(position).unwrap_or(u32::MAX);
        Self { start: short(range.start), end: short(range.end), form }
    }
}

/// The response of a call, for a model: declared fields only, redacted, without hidden characters,
/// with handles instead of identifiers.
///
/// ```
/// # fn example(answer: &secure_tool::Answer) {
/// for finding in answer.findings() {
///     eprintln!("{} × {}", finding.count, finding.id);
/// }
/// println!("{}", answer.for_model());
/// # }
/// ```
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

    /// Returns the response as JSON for a model, in one delimited region. If a text has another
    /// [`Spotlighting`], each untrusted text is delimited inside its value instead. Returns a
    /// constant text for an empty response. Add
    /// [`Session::spotlighting`](crate::Session::spotlighting) to the system prompt.
    ///
    /// ```
    /// # fn example(answer: &secure_tool::Answer) {
    /// let tool_result = answer.for_model();
    /// # drop(tool_result);
    /// # }
    /// ```
    #[must_use]
    pub fn for_model(&self) -> String {
        let mut text = match &self.marks {
            _ if self.json == "null" => "Done. The service returned no data.".into(),
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

    /// Returns the notes that [`for_model`](Self::for_model) appends for the model: one line if
    /// `#[secure(max = 20)]` truncated a value, such as `Cut: /items (20 of 87 items),
    /// /items/3/review (500 of 2,310 characters).`
    ///
    /// The notes contain declared names, indexes and counts, and no text of the API. Show them with
    /// [`structured`](Self::structured).
    ///
    /// ```
    /// # fn example(answer: &secure_tool::Answer) {
    /// println!("{}\n{}", answer.structured(), answer.notes().join("\n"));
    /// # }
    /// ```
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Returns the response as JSON with each untrusted text and key delimited inside its value.
    ///
    /// ```
    /// # fn example(answer: &secure_tool::Answer) {
    /// println!("{}", answer.structured());
    /// # }
    /// ```
    #[must_use]
    pub fn structured(&self) -> Value {
        let json =
            self.marks.as_ref().map_or_else(|| self.json.clone(), |marks| self.isolated(marks));
        serde_json::from_str(&json).unwrap_or_default()
    }

    /// Returns the JSON with each untrusted text between its own delimiters.
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
                    // The text before JSON escaping, with its quotes.
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

    /// Returns the response as JSON without delimiters. For code that reads fields. Never show it
    /// to a model: it contains untrusted text.
    ///
    /// ```
    /// # fn example(answer: &secure_tool::Answer) {
    /// let value: serde_json::Value = serde_json::from_str(answer.unmarked_json_not_for_models()).expect("it is JSON");
    /// # drop(value);
    /// # }
    /// ```
    #[must_use]
    pub fn unmarked_json_not_for_models(&self) -> &str {
        &self.json
    }

    /// Returns what detectors found and what was removed. Contains `scan.flagged` if the findings
    /// reach [`Report::is_flagged`](crate::detect::Report::is_flagged).
    ///
    /// ```
    /// # fn example(answer: &secure_tool::Answer) {
    /// let is_flagged = answer.findings().iter().any(|finding| finding.id == "scan.flagged");
    /// # let _ = is_flagged;
    /// # }
    /// ```
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}
