//! The result of the attacks on one tool.

use std::fmt;

use secure_tool::spec::Protection;

/// A class of attacks.
///
/// Each variant documents what it tries, which effect its oracle looks for, and which protections
/// its [twin](crate#principles) lacks.
///
/// # Examples
///
/// ```
/// use secure_tool_testkit::{Attack, Class};
///
/// # async fn example<FindProduct: secure_tool::SecureTool>() {
/// Attack::of::<FindProduct>().only([Class::Ssrf, Class::Oversize]).run().await.assert();
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Class {
    /// Values that would change the path, the query or the headers of the request.
    ///
    /// - Tries: path, query and header arguments with `..`, `/`, `\`, `?`, `#`, `&`,
    ///   percent-encoded and doubly encoded forms, line breaks, NUL.
    /// - Must not happen: a request with other path segments, query names or headers; two requests;
    ///   a changed value.
    /// - Twin: without `Encoding`; headers have no twin, because the HTTP library checks them too.
    UrlStructure,
    /// URLs that lead to this machine, its network, or an undeclared host.
    ///
    /// - Tries: URL arguments that lead to this machine or its network in each notation, with two
    ///   hosts, other schemes or ports, or a host similar to a declared one.
    /// - Must not happen: a request, a run of the handler, a DNS lookup of another name.
    /// - Twin: without `Domains`; `Schema` and `ArgumentLimits` too for an invalid URL.
    Ssrf,
    /// Undeclared fields and duplicate fields.
    ///
    /// - Tries: objects with undeclared fields, or with a duplicate field, also escaped.
    /// - Must not happen: an undeclared key in the body or query; any request with a duplicate
    ///   field.
    /// - Twin: without `Schema` and `ArgumentLimits`.
    MassAssignment,
    /// Values of another type, out of range, or too long.
    ///
    /// - Tries: arguments of another JSON type, outside their range, length, pattern or choices, or
    ///   missing.
    /// - Must not happen: a request.
    /// - Twin: without `Schema` and `ArgumentLimits`.
    TypeConfusion,
    /// Arguments that are too large, too deep, or have too many keys.
    ///
    /// - Tries: 1 MiB of white space or text, 100,000 keys, nesting of 100,000 levels.
    /// - Must not happen: a connection.
    /// - Twin: without `ArgumentLimits` and `Schema`; depth has no twin.
    SizeAndShape,
    /// Values without a trusted source.
    ///
    /// - Tries: valid values for grounded arguments without a trusted source: invented, from an
    ///   untrusted field or a handle of another kind, pasted, or a part of another entity.
    /// - Must not happen: a request, although the approver approves each question without a
    ///   warning.
    /// - Twin: without `Grounding`.
    Flow,
    /// Calls by an agent without the scope or clearance, and calls of a tool that is switched off.
    ///
    /// - Tries: an agent without a scope or clearance; a tool or guard that is switched off.
    /// - Must not happen: a connection, or a text for the model that differs from that of an
    ///   unknown tool.
    /// - Twin: without `Admission`.
    Authority,
    /// A call that the approver denied.
    ///
    /// - Tries: a call that the approver denied, repeated.
    /// - Must not happen: a request.
    /// - Twin: without `Confirmation`.
    Confirmation,
    /// More calls than the quota allows.
    ///
    /// - Tries: more calls at once than the quota allows.
    /// - Must not happen: a call over the quota that reaches the API.
    /// - Twin: without `Quota`.
    Quota,
    /// Instructions and forged delimiters in a response.
    ///
    /// - Tries: texts and map keys with instructions, forged turns, approvals and role tokens, ends
    ///   of tags, fences, JSON and our own delimiters.
    /// - Must not happen: the text outside its marked region, or in a field that is not isolated as
    ///   a whole; a session without taint.
    /// - Twin: without `Marking`; `Cleaning` for our own delimiters.
    DelimiterForgery,
    /// Prompt injection in fields that declare `on_injection`, whole and split over two fields.
    ///
    /// - Tries: texts and map keys that declare `on_injection`, with instructions, also split over
    ///   two fields.
    /// - Must not happen: the canary next to the instruction, in the model's text, `Debug` of the
    ///   outcome or the audit.
    /// - Twin: without `Detection`.
    Injection,
    /// Characters that hide, reorder or overwrite others.
    ///
    /// - Tries: texts and map keys with tag letters, bidirectional and zero-width characters,
    ///   variation selectors, fillers, escape sequences, C1 controls and backspaces, also as JSON
    ///   escapes.
    /// - Must not happen: such a character in the model's text.
    /// - Twin: without `Cleaning`.
    HiddenCharacters,
    /// An echoed credential, redacted fields, and undeclared fields.
    ///
    /// - Tries: responses with the credential (plain, hex, percent-encoded, base64), with redacted
    ///   fields, and with undeclared fields.
    /// - Must not happen: the value in the model's text, `Debug` of the outcome or the audit.
    /// - Twin: without `Scrubbing`, `Redaction` or `Shape`.
    SecretLeak,
    /// Errors, redirects and other documents instead of a valid response.
    ///
    /// - Tries: stack traces, error bodies, HTML pages, other character sets, a redirect to an
    ///   internal address.
    /// - Must not happen: a part of them in the model's text, `Debug` of the outcome or the
    ///   audit; a connection to that address.
    /// - Twin: without `Status`.
    ErrorPath,
    /// Responses that differ from their declaration.
    ///
    /// - Tries: declared fields that are missing, `null`, duplicate, out of range, or of another
    ///   type or variant; undeclared fields.
    /// - Must not happen: a successful outcome; for an undeclared field, that field.
    /// - Twin: without `Shape`.
    SchemaDrift,
    /// Responses over the size cap, and endless responses.
    ///
    /// - Tries: a response one byte over the cap, and an endless response.
    /// - Must not happen: a successful outcome; more bytes read than the cap and the socket
    ///   buffers.
    /// - Twin: without `BodyCap`; the endless response has no twin.
    Oversize,
}

impl Class {
    /// All classes: first those that attack arguments, then those that attack responses.
    ///
    /// # Examples
    ///
    /// ```
    /// use secure_tool_testkit::Class;
    ///
    /// let quick = Class::ALL.into_iter().filter(|class| *class != Class::HiddenCharacters);
    /// assert_eq!(quick.count(), 15);
    /// ```
    pub const ALL: [Self; 16] = [
        Self::UrlStructure,
        Self::Ssrf,
        Self::MassAssignment,
        Self::TypeConfusion,
        Self::SizeAndShape,
        Self::Flow,
        Self::Authority,
        Self::Confirmation,
        Self::Quota,
        Self::DelimiterForgery,
        Self::Injection,
        Self::HiddenCharacters,
        Self::SecretLeak,
        Self::ErrorPath,
        Self::SchemaDrift,
        Self::Oversize,
    ];

    /// Returns the name of the class in reports.
    ///
    /// # Examples
    ///
    /// ```
    /// use secure_tool_testkit::Class;
    ///
    /// assert_eq!(Class::UrlStructure.name(), "url_structure");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::UrlStructure => "url_structure",
            Self::Ssrf => "ssrf",
            Self::MassAssignment => "mass_assignment",
            Self::TypeConfusion => "type_confusion",
            Self::SizeAndShape => "size_and_shape",
            Self::Flow => "flow",
            Self::Authority => "authority",
            Self::Confirmation => "confirmation",
            Self::Quota => "quota",
            Self::DelimiterForgery => "delimiter_forgery",
            Self::Injection => "injection",
            Self::HiddenCharacters => "hidden_characters",
            Self::SecretLeak => "secret_leak",
            Self::ErrorPath => "error_path",
            Self::SchemaDrift => "schema_drift",
            Self::Oversize => "oversize",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The result of a class.
///
/// # Examples
///
/// ```
/// use secure_tool_testkit::{Class, Report, Verdict};
///
/// fn takes_no_urls(report: &Report) -> bool {
///     let verdict = report.class(Class::Ssrf).map(|class| &class.verdict);
///     matches!(verdict, Some(Verdict::NotApplicable(_)))
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Each attack succeeded on its twin and failed on the tool.
    Withstood,
    /// An attack succeeded on the tool.
    Broken,
    /// The class does not apply to this tool, for this reason.
    NotApplicable(String),
    /// An attack failed even on the unprotected twin, for this reason. Its failure on the tool
    /// therefore proves nothing.
    ProvedNothing(String),
}

/// An attack that succeeded on the tool.
///
/// # Examples
///
/// ```
/// # use secure_tool_testkit::Report;
/// # fn check(report: &Report) {
/// for failure in report.failures() {
///     println!("{}: {} (field {})", failure.class, failure.attack, failure.field);
///     println!("{}; smallest input: {}", failure.seen, failure.smallest);
/// }
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The class of the attack.
    pub class: Class,
    /// The attack.
    pub attack: String,
    /// The attacked field as a JSON pointer, with `*` for any item or key.
    pub field: String,
    /// The effect that the oracle observed.
    pub seen: String,
    /// The smallest arguments, or the smallest response, with which the attack still succeeds.
    /// Unprintable characters are escaped.
    pub smallest: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} through {}: {}", self.class, self.field, self.attack)?;
        writeln!(f, "      {}", self.seen)?;
        write!(f, "      smallest: {}", self.smallest)
    }
}

/// The result of one class of attacks.
///
/// # Examples
///
/// ```
/// # use secure_tool_testkit::Report;
/// # fn check(report: &Report) {
/// for class in report.classes() {
///     println!("{}: {} attacks through {:?}", class.class, class.attacks, class.fields);
/// }
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ClassReport {
    /// The class.
    pub class: Class,
    /// Its result.
    pub verdict: Verdict,
    /// The number of attacks on the tool.
    pub attacks: usize,
    /// The attacked fields, as JSON pointers.
    pub fields: Vec<String>,
    /// The protections that were removed from the twins on which attacks succeeded.
    pub twins: Vec<Protection>,
    /// The number of attacks without a twin, because no unprotected tool can survive them.
    pub twinless: usize,
    /// The attacks that were not tried, with the reasons.
    pub notes: Vec<String>,
    /// The attacks that succeeded.
    pub failures: Vec<Failure>,
}

impl fmt::Display for ClassReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  {:<18} ", self.class)?;
        match &self.verdict {
            Verdict::Withstood => {
                let (attacks, fields) =
                    (counted(self.attacks, "attack"), counted(self.fields.len(), "field"));
                write!(f, "withstood       {attacks} through {fields}")?;
                if !self.twins.is_empty() {
                    let twins: Vec<String> =
                        self.twins.iter().map(|twin| format!("{twin:?}")).collect();
                    write!(f, "; each twin fell (without {})", twins.join(", "))?;
                }
                if self.twinless > 0 {
                    write!(f, "; {} without a twin", self.twinless)?;
                }
            }
            Verdict::Broken => {
                write!(f, "BROKEN          {} succeeded", counted(self.failures.len(), "attack"))?;
            }
            Verdict::NotApplicable(why) => write!(f, "not applicable: {why}")?,
            Verdict::ProvedNothing(why) => write!(f, "PROVED NOTHING: {why}")?,
        }
        self.notes.iter().try_for_each(|note| write!(f, "\n                     ({note})"))
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The result of all attacks on one tool. `Display` shows one line per class:
///
/// ```text
/// send_mail: withstood 11 attacks; reproduce with SECURE_TOOL_SEED=1589669889
///   mass_assignment    withstood       7 attacks through 1 field; each twin fell (without Schema, ArgumentLimits, Grounding)
///   flow               withstood       4 attacks through 1 field; each twin fell (without Grounding)
///   confirmation       not applicable: approval is required for ungrounded values only, which the class `flow` tests
/// ```
///
/// # Examples
///
/// [`assert`](Self::assert) is enough for most tests. Others inspect the report:
///
/// ```
/// # use secure_tool::prelude::*;
/// # /// A shop.
/// # #[derive(SecureApi)]
/// # #[secure(
/// #     url = "https://api.shop.example/v1", scopes("products:read"),
/// #     auth(bearer = "SHOP_API_KEY"), receives(public), rate_limit(600 / minute)
/// # )]
/// # pub struct Shop;
/// # /// One product.
/// # #[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
/// # pub struct Product { name: String }
/// # /// Finds a product.
/// # #[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
/// # #[secure(api = Shop, get = "/products", scopes("products:read"), response = Product)]
/// # pub struct FindProduct { #[validate(length(min = 1, max = 80))] term: String }
/// use secure_tool_testkit::{Attack, Class, Verdict};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let report = Attack::of::<FindProduct>().only([Class::Oversize, Class::Flow]).run().await;
/// assert!(report.is_sound() && report.failures().is_empty(), "{report}");
/// for class in report.classes() {
///     match &class.verdict {
///         Verdict::NotApplicable(why) => println!("{}: {why}", class.class),
///         _ => println!("{}: {} attacks through {:?}", class.class, class.attacks, class.fields),
///     }
/// }
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Report {
    tool: &'static str,
    seed: u64,
    pub(crate) problems: Vec<String>,
    pub(crate) classes: Vec<ClassReport>,
}

impl Report {
    pub(crate) fn new(tool: &'static str, seed: u64) -> Self {
        Self { tool, seed, problems: Vec::new(), classes: Vec::new() }
    }

    /// Returns the name of the tool.
    ///
    /// # Examples
    ///
    /// ```
    /// # use secure_tool_testkit::Report;
    /// # fn check(report: &Report) {
    /// assert_eq!(report.tool(), "find_product");
    /// # }
    /// ```
    #[must_use]
    pub fn tool(&self) -> &str {
        self.tool
    }

    /// Returns the seed that reproduces these attacks.
    ///
    /// # Examples
    ///
    /// ```
    /// # use secure_tool_testkit::Report;
    /// # fn check(report: &Report) {
    /// println!("SECURE_TOOL_SEED={}", report.seed());
    /// # }
    /// ```
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Returns the result of each class, in the order of [`Class::ALL`].
    ///
    /// It is empty if the attacks could not start: see [`problems`](Self::problems).
    ///
    /// # Examples
    ///
    /// ```
    /// # use secure_tool_testkit::{Class, Report};
    /// # fn check(report: &Report) {
    /// assert_eq!(report.classes().len(), Class::ALL.len());
    /// # }
    /// ```
    #[must_use]
    pub fn classes(&self) -> &[ClassReport] {
        &self.classes
    }

    /// Returns the result of this class, or `None` if it was not selected.
    ///
    /// # Examples
    ///
    /// ```
    /// # use secure_tool_testkit::{Class, Report};
    /// # fn check(report: &Report) {
    /// let attacks = report.class(Class::UrlStructure).map(|class| class.attacks);
    /// # }
    /// ```
    #[must_use]
    pub fn class(&self, class: Class) -> Option<&ClassReport> {
        self.classes.iter().find(|report| report.class == class)
    }

    /// Returns the reasons why the attacks could not start.
    ///
    /// For example, an honest call was refused, or the guard rejected the tool.
    ///
    /// # Examples
    ///
    /// ```
    /// # use secure_tool_testkit::Report;
    /// # fn check(report: &Report) {
    /// assert!(report.problems().is_empty(), "{report}");
    /// # }
    /// ```
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// Returns all attacks that succeeded.
    ///
    /// # Examples
    ///
    /// ```
    /// # use secure_tool_testkit::Report;
    /// # fn check(report: &Report) {
    /// assert!(report.failures().is_empty(), "{report}");
    /// # }
    /// ```
    #[must_use]
    pub fn failures(&self) -> Vec<&Failure> {
        self.classes.iter().flat_map(|class| &class.failures).collect()
    }

    /// Returns whether at least one class applied and the tool withstood each class that applied.
    ///
    /// Missing evidence makes a report unsound.
    ///
    /// # Examples
    ///
    /// ```
    /// # use secure_tool_testkit::Report;
    /// # fn check(report: &Report) {
    /// assert!(report.is_sound(), "{report}");
    /// # }
    /// ```
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let stands = |class: &ClassReport| {
            matches!(class.verdict, Verdict::Withstood | Verdict::NotApplicable(_))
        };
        let attacked = self.classes.iter().any(|class| class.verdict == Verdict::Withstood);
        self.problems.is_empty() && attacked && self.classes.iter().all(stands)
    }

    /// Prints the report, and fails the test unless the report is [sound](Self::is_sound).
    ///
    /// # Panics
    ///
    /// Panics with the report if it is not sound.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example<FindProduct: secure_tool::SecureTool>() {
    /// secure_tool_testkit::attack::<FindProduct>().await.assert();
    /// # }
    /// ```
    #[expect(
        clippy::print_stdout,
        reason = "the test harness shows the output of failed tests only"
    )]
    pub fn assert(&self) {
        assert!(self.is_sound(), "\n{self}");
        println!("{self}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attacks: usize = self.classes.iter().map(|class| class.attacks).sum();
        let verdict = if self.is_sound() { "withstood" } else { "NOT SHOWN TO WITHSTAND" };
        let (tool, seed) = (self.tool, self.seed);
        writeln!(f, "{tool}: {verdict} {attacks} attacks; reproduce with SECURE_TOOL_SEED={seed}")?;
        for problem in &self.problems {
            writeln!(f, "  PROBLEM: {problem}")?;
        }
        for class in &self.classes {
            writeln!(f, "{class}")?;
        }
        for failure in self.failures() {
            writeln!(f, "    {failure}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(verdict: Verdict) -> ClassReport {
        ClassReport {
            class: Class::Flow,
            verdict,
            attacks: 3,
            fields: vec!["/to".into()],
            twins: vec![Protection::Grounding],
            twinless: 0,
            notes: Vec::new(),
            failures: Vec::new(),
        }
    }

    fn report(verdicts: Vec<Verdict>) -> Report {
        Report { classes: verdicts.into_iter().map(class).collect(), ..Report::new("send_mail", 7) }
    }

    #[test]
    fn missing_evidence_is_a_failure() {
        assert!(
            report(vec![Verdict::Withstood, Verdict::NotApplicable("no text".into())]).is_sound()
        );
        for verdicts in [
            vec![],
            vec![Verdict::NotApplicable("no text".into())],
            vec![Verdict::Withstood, Verdict::Broken],
            vec![
                Verdict::Withstood,
                Verdict::ProvedNothing("the twin withstood the attack".into()),
            ],
        ] {
            assert!(!report(verdicts).is_sound());
        }
        let problem = Report {
            problems: vec!["an honest call was refused".into()],
            ..report(vec![Verdict::Withstood])
        };
        assert!(!problem.is_sound());
    }

    #[test]
    #[should_panic(expected = "SECURE_TOOL_SEED=7")]
    fn assert_on_a_failed_report_panics_with_the_seed() {
        report(vec![Verdict::Broken]).assert();
    }

    #[test]
    fn a_report_line_shows_attacks_fields_and_twins() {
        let shown = report(vec![
            Verdict::Withstood,
            Verdict::NotApplicable("no argument requires a trusted source".into()),
        ])
        .to_string();
        assert!(
            shown.contains("flow               withstood       3 attacks through 1 field; each twin fell (without Grounding)"),
            "{shown}"
        );
        assert!(shown.contains("not applicable: no argument requires a trusted source"), "{shown}");
    }
}
