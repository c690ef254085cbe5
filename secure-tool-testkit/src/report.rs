//! What became of the attacks on one tool.

use std::fmt;

use secure_tool::spec::Protection;

/// A class of attacks. The [crate] documentation has a table of what each one tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Class {
    /// Values that would change the path, the query or the headers of the request.
    UrlStructure,
    /// Web addresses that lead to this machine, to its network, or to a host that nobody declared.
    Ssrf,
    /// Fields that the tool does not declare, and fields twice.
    MassAssignment,
    /// Values of another type, outside of their range, or too long.
    TypeConfusion,
    /// Arguments that are too large, too deep, or have too many keys.
    SizeAndShape,
    /// Values that come from nowhere, or from what an attacker wrote.
    Flow,
    /// Calls by an agent that may not make them.
    Authority,
    /// A call that a person has not approved.
    Confirmation,
    /// More calls than the quota allows.
    Quota,
    /// Instructions in an answer, and forged ends of what is marked.
    DelimiterForgery,
    /// Orders in an answer, whole and in two halves, where the tool says what is done about them.
    Injection,
    /// Characters that hide, reorder or overwrite others.
    HiddenCharacters,
    /// Our credential given back, fields that are to be redacted, fields that nobody declared.
    SecretLeak,
    /// Errors, redirects and other documents instead of an answer.
    ErrorPath,
    /// Answers that are not what was declared.
    SchemaDrift,
    /// Answers without end.
    Oversize,
}

impl Class {
    /// All of them: those against the arguments, then those against the answers.
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

    /// Its name in reports.
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

/// What became of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Every attack succeeded against its twin and failed against the tool.
    Withstood,
    /// An attack succeeded against the tool.
    Broken,
    /// There is nothing in this tool that it could attack, for this reason.
    NotApplicable(String),
    /// An attack did not succeed against the unprotected twin, so that it proves nothing that it
    /// failed against the tool.
    ProvedNothing(String),
}

/// An attack that succeeded against the tool.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// Its class.
    pub class: Class,
    /// What was tried.
    pub attack: String,
    /// The field that it went through, as a JSON pointer with `*` for any item or key.
    pub field: String,
    /// What the oracle saw.
    pub seen: String,
    /// The smallest arguments, or the smallest answer, with which it still succeeds. Characters
    /// that are not printable are escaped.
    pub smallest: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} through {}: {}", self.class, self.field, self.attack)?;
        writeln!(f, "      {}", self.seen)?;
        write!(f, "      smallest: {}", self.smallest)
    }
}

/// What became of one class of attacks.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ClassReport {
    /// The class.
    pub class: Class,
    /// What became of it.
    pub verdict: Verdict,
    /// How many attacks were made on the tool.
    pub attacks: usize,
    /// The fields that they went through.
    pub fields: Vec<String>,
    /// What was taken out of the twins that fell.
    pub twins: Vec<Protection>,
    /// How many of the attacks have no twin, because nothing unprotected survives them.
    pub twinless: usize,
    /// What could not be tried, and why.
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

/// What became of all attacks on one tool. `Display` shows it, a line for each class:
///
/// ```text
/// send_mail: withstood 60 attacks; SECURE_TOOL_SEED=1589669889 makes the same ones again
///   mass_assignment    withstood       7 attacks through 1 field; each twin fell (without Schema, ArgumentLimits, Grounding)
///   flow               withstood       4 attacks through 1 field; each twin fell (without Grounding)
///   confirmation       not applicable: a person is asked about ungrounded values only, which the class flow tries
/// ```
///
/// A test that wants more than [`assert`](Self::assert) looks into it:
///
/// ```
/// # use secure_tool::prelude::*;
/// # /// A shop.
/// # #[derive(SecureApi)]
/// # #[secure(url = "https://api.shop.example/v1", scopes("products:read"), auth(bearer = "SHOP_API_KEY"), receives(public), rate_limit(600 / minute))]
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

    /// The tool.
    #[must_use]
    pub fn tool(&self) -> &str {
        self.tool
    }

    /// The seed that makes the same attacks again.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// What became of each class, in the order of [`Class::ALL`]. Empty if the attacks could not
    /// begin.
    #[must_use]
    pub fn classes(&self) -> &[ClassReport] {
        &self.classes
    }

    /// What became of this class; `None` if it was not run.
    #[must_use]
    pub fn class(&self, class: Class) -> Option<&ClassReport> {
        self.classes.iter().find(|report| report.class == class)
    }

    /// Why the attacks could not begin: an honest call was refused, or no guard could be built
    /// around the tool.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// All attacks that succeeded.
    #[must_use]
    pub fn failures(&self) -> Vec<&Failure> {
        self.classes.iter().flat_map(|class| &class.failures).collect()
    }

    /// Whether every class that applies was withstood, and at least one applies. Missing evidence
    /// is failure.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let stands = |class: &ClassReport| {
            matches!(class.verdict, Verdict::Withstood | Verdict::NotApplicable(_))
        };
        let attacked = self.classes.iter().any(|class| class.verdict == Verdict::Withstood);
        self.problems.is_empty() && attacked && self.classes.iter().all(stands)
    }

    /// Prints the report, and fails the test if the tool did not withstand the attacks, or if that
    /// was not shown.
    ///
    /// # Panics
    ///
    /// With the report, if it is not [sound](Self::is_sound).
    #[expect(
        clippy::print_stdout,
        reason = "it is what a test ends with: the harness shows what a test prints only if it fails"
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
        writeln!(
            f,
            "{tool}: {verdict} {attacks} attacks; SECURE_TOOL_SEED={seed} makes the same ones again"
        )?;
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
    fn missing_evidence_is_failure() {
        assert!(
            report(vec![Verdict::Withstood, Verdict::NotApplicable("no text".into())]).is_sound()
        );
        for verdicts in [
            vec![],
            vec![Verdict::NotApplicable("no text".into())],
            vec![Verdict::Withstood, Verdict::Broken],
            vec![Verdict::Withstood, Verdict::ProvedNothing("the twin stood".into())],
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
    fn a_failed_report_panics_with_the_seed() {
        report(vec![Verdict::Broken]).assert();
    }

    #[test]
    fn a_line_says_what_was_shown() {
        let shown = report(vec![
            Verdict::Withstood,
            Verdict::NotApplicable("no argument must be grounded".into()),
        ])
        .to_string();
        assert!(
            shown.contains("flow               withstood       3 attacks through 1 field; each twin fell (without Grounding)"),
            "{shown}"
        );
        assert!(shown.contains("not applicable: no argument must be grounded"), "{shown}");
    }
}
