//! Plans in, a report out: each attack is made on the twin first, then on the tool, and what breaks through is made small.

use std::collections::HashMap;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use secure_tool::Tool;
use secure_tool::spec::{Protection, Removed};
use serde_json::Value;

use super::probe::{Look, Planned, Probe, Sample, Twin, Vary};
use super::said::said;
use super::subject::Subject;
use super::{request, response};
use crate::attempt::Attempt;
use crate::oracle::shortened;
use crate::report::{Class, ClassReport, Failure, Verdict};
use crate::stand::Stand;
use crate::strategy::{Values, runner};
use crate::twin::{Quotas, twin};

/// The most attempts that are spent on making what broke through small.
const SHRINKING: usize = 100;
/// After so many breaks of one class the rest of it is not tried.
const ENOUGH: usize = 4;

type Tree = Box<dyn ValueTree<Value = Value>>;

/// All attacks on one tool.
pub(super) struct Campaign {
    pub(super) subject: Subject,
    seed: u64,
    cases: u32,
    honest: Sample,
    stands: Vec<((Removed, Quotas), Stand)>,
    values: HashMap<Vary, Values>,
}

/// What became of one probe.
enum Ended {
    Held(usize),
    Broke(Box<Failure>),
    Nothing(String),
    /// No sample was fit for it.
    Unfit,
}

impl Campaign {
    pub(super) fn new(subject: Subject, seed: u64, cases: u32) -> Result<Self, String> {
        let mut campaign = Self {
            subject,
            seed,
            cases: cases.max(1),
            honest: Sample { arguments: Value::Null, answer: Value::Null },
            stands: Vec::new(),
            values: HashMap::new(),
        };
        let mut drawn = runner(seed, "honest");
        let arguments = campaign.tree(&Vary::Arguments(Vec::new()), &mut drawn)?.current();
        let answer = campaign.tree(&Vary::Answer(Vec::new()), &mut drawn)?.current();
        campaign.honest = Sample { arguments, answer };
        Ok(campaign)
    }

    /// Shows that honest calls pass: what is refused for another reason than the attack would prove nothing.
    pub(super) async fn honest_calls_pass(&mut self) -> Result<(), String> {
        let mut drawn = runner(self.seed, "honest calls");
        for _ in 0..self.cases {
            let arguments = self.tree(&Vary::Arguments(Vec::new()), &mut drawn)?.current();
            let answer = self.tree(&Vary::Answer(Vec::new()), &mut drawn)?.current();
            let attempt = self.said(Attempt::new(arguments.to_string(), &answer));
            let seen = self.stand(&[], Quotas::Without).await?.run(&attempt).await?;
            let passed = if self.subject.is_handler() { seen.left() } else { seen.outcome.answer().is_some() && seen.requests.len() == 1 };
            if !passed {
                let (arguments, answer) = (shortened(&attempt.arguments), shortened(&attempt.answered));
                return Err(format!("an honest call was refused: {}\n    arguments: {arguments}\n    answer: {answer}", seen.refusal()));
            }
        }
        Ok(())
    }

    /// Makes all attacks of a class.
    pub(super) async fn class(&mut self, class: Class) -> ClassReport {
        let mut report = ClassReport {
            class,
            verdict: Verdict::Withstood,
            attacks: 0,
            fields: Vec::new(),
            twins: Vec::new(),
            twinless: 0,
            notes: Vec::new(),
            failures: Vec::new(),
        };
        match plan(class, &self.subject) {
            Ok(planned) => {
                report.notes = planned.notes;
                self.make_all(class, planned.probes, &mut report).await;
            }
            Err(why) => report.verdict = Verdict::NotApplicable(why),
        }
        report
    }

    async fn make_all(&mut self, class: Class, probes: Vec<Probe>, report: &mut ClassReport) {
        let mut nothing = None;
        for probe in probes {
            if report.failures.len() >= ENOUGH || probe.endless && !report.failures.is_empty() {
                report.notes.push("the rest of the class was not tried any more".into());
                break;
            }
            match self.probe(class, &probe).await {
                Ok(Ended::Held(attacks)) => note_held(report, &probe, attacks),
                Ok(Ended::Broke(failure)) => report.failures.push(*failure),
                Ok(Ended::Nothing(why)) | Err(why) => drop(nothing.get_or_insert(why)),
                Ok(Ended::Unfit) => report.notes.push(format!("{}: no sample was fit for: {}", probe.field, probe.attack)),
            }
        }
        report.verdict = match nothing {
            _ if !report.failures.is_empty() => Verdict::Broken,
            Some(why) => Verdict::ProvedNothing(why),
            None if report.attacks == 0 => Verdict::NotApplicable("no attack of the class fits this tool".into()),
            None => Verdict::Withstood,
        };
    }

    async fn probe(&mut self, class: Class, probe: &Probe) -> Result<Ended, String> {
        let mut drawn = runner(self.seed, &format!("{class} {} {}", probe.field, probe.attack));
        let mut held = 0;
        for _ in 0..self.cases.min(probe.cases) {
            let mut tree = self.tree(&probe.vary, &mut drawn)?;
            let Some(attempt) = self.attempt(probe, &tree.current()) else { continue };
            if let Twin::Without(protections) = &probe.twin
                && self.breaks(probe, &tree.current(), &attempt, protections).await?.is_none()
            {
                let (field, attack) = (&probe.field, &probe.attack);
                return Ok(Ended::Nothing(format!(
                    "the twin without {protections:?} stood through {field}: {attack}: {}",
                    self.refused(probe, &attempt, protections).await?
                )));
            }
            if let Some(why) = self.breaks(probe, &tree.current(), &attempt, &[]).await? {
                return Ok(Ended::Broke(Box::new(self.smallest(class, probe, tree.as_mut(), attempt, why).await?)));
            }
            held += 1;
        }
        Ok(if held == 0 { Ended::Unfit } else { Ended::Held(held) })
    }

    /// Why the attack succeeds on the tool without these protections.
    async fn breaks(&mut self, probe: &Probe, drawn: &Value, attempt: &Attempt, without: &[Protection]) -> Result<Option<String>, String> {
        let honest = self.sample(&probe.vary, drawn);
        let honest = self.said(Attempt::new(honest.arguments.to_string(), &honest.answer));
        let stand = self.stand(without, probe.quotas).await?;
        let control = if probe.compares { Some(stand.run(&honest).await?) } else { None };
        if let Some(control) = control.as_ref().filter(|control| control.requests.len() != 1) {
            return Err(format!("the honest call beside {} was refused: {}", probe.attack, control.refusal()));
        }
        let seen = stand.run(attempt).await?;
        if !seen.was_read {
            return Err(format!("what {} needs could not be read before the call", probe.attack));
        }
        Ok((probe.broken)(Look { seen: &seen, honest: control.as_ref(), attempt }))
    }

    /// What became of the attack on a twin that stood, for a person.
    async fn refused(&mut self, probe: &Probe, attempt: &Attempt, without: &[Protection]) -> Result<String, String> {
        let seen = self.stand(without, probe.quotas).await?.run(attempt).await?;
        Ok(format!("{}; it was called with {}", seen.refusal(), shortened(&attempt.arguments)))
    }

    /// Makes what broke through as small as it gets.
    async fn smallest(
        &mut self,
        class: Class,
        probe: &Probe,
        tree: &mut dyn ValueTree<Value = Value>,
        attempt: Attempt,
        why: String,
    ) -> Result<Failure, String> {
        let (mut smallest, mut seen) = (attempt, why);
        let mut smaller = tree.simplify();
        for _ in 0..SHRINKING {
            if !smaller {
                break;
            }
            let broke = match self.attempt(probe, &tree.current()) {
                Some(attempt) => self.breaks(probe, &tree.current(), &attempt, &[]).await?.map(|why| (attempt, why)),
                None => None,
            };
            smaller = match broke {
                Some(found) => {
                    (smallest, seen) = found;
                    tree.simplify()
                }
                None => tree.complicate(),
            };
        }
        let smallest = match probe.vary {
            Vary::Arguments(_) => format!("arguments {}", shortened(&smallest.arguments)),
            Vary::Answer(_) => format!("answer {}", shortened(&smallest.answered)),
        };
        Ok(Failure { class, attack: probe.attack.clone(), field: probe.field.clone(), seen, smallest })
    }

    fn attempt(&self, probe: &Probe, drawn: &Value) -> Option<Attempt> {
        (probe.make)(&self.sample(&probe.vary, drawn)).map(|attempt| self.said(attempt))
    }

    fn sample(&self, vary: &Vary, drawn: &Value) -> Sample {
        match vary {
            Vary::Arguments(_) => Sample { arguments: drawn.clone(), ..self.honest.clone() },
            Vary::Answer(_) => Sample { answer: drawn.clone(), ..self.honest.clone() },
        }
    }

    /// The user says what the call needs, unless the attack says what the user said.
    fn said(&self, mut attempt: Attempt) -> Attempt {
        if attempt.said.is_none() && self.subject.is_grounded() {
            let arguments = serde_json::from_str::<Value>(&attempt.arguments);
            attempt.said = Some(arguments.map(|arguments| said(&arguments, None)).unwrap_or_default());
        }
        attempt
    }

    fn tree(&mut self, vary: &Vary, drawn: &mut TestRunner) -> Result<Tree, String> {
        let values = match self.values.get(vary) {
            Some(values) => values.clone(),
            None => {
                let values = match vary {
                    Vary::Arguments(route) => self.subject.arguments.values_with(route)?,
                    Vary::Answer(route) => self.subject.answer.values_with(route)?,
                };
                self.values.insert(vary.clone(), values.clone());
                values
            }
        };
        values.new_tree(drawn).map_err(|reason| format!("no honest value can be made: {reason}"))
    }

    async fn stand(&mut self, without: &[Protection], quotas: Quotas) -> Result<&Stand, String> {
        let tool: Tool = self.subject.tool;
        let removed = without.iter().fold(tool.spec().removed, |removed, protection| removed.and(*protection));
        let key = (removed, quotas);
        let found = self.stands.iter().position(|(known, _)| *known == key);
        let at = match found {
            Some(at) => at,
            None => {
                let stand = Stand::new(twin(tool, without, quotas), &self.subject.secret).await?;
                self.stands.push((key, stand));
                self.stands.len() - 1
            }
        };
        self.stands.get(at).map(|(_, stand)| stand).ok_or_else(|| "a guard was lost".into())
    }
}

fn note_held(report: &mut ClassReport, probe: &Probe, attacks: usize) {
    report.attacks += attacks;
    if !report.fields.contains(&probe.field) {
        report.fields.push(probe.field.clone());
    }
    match &probe.twin {
        Twin::Nothing => report.twinless += attacks,
        Twin::Without(protections) => {
            for protection in protections.iter().filter(|protection| !report.twins.contains(protection)).copied().collect::<Vec<_>>() {
                report.twins.push(protection);
            }
        }
    }
}

fn plan(class: Class, subject: &Subject) -> Planned {
    match class {
        Class::UrlStructure => request::url_structure::plan(subject),
        Class::MassAssignment => request::mass_assignment::plan(subject),
        Class::TypeConfusion => request::type_confusion::plan(subject),
        Class::SizeAndShape => request::size_and_shape::plan(subject),
        Class::Flow => request::flow::plan(subject),
        Class::Authority => request::authority::plan(subject),
        Class::Confirmation => request::confirmation::plan(subject),
        Class::Quota => request::quota::plan(subject),
        Class::DelimiterForgery => response::delimiter_forgery::plan(subject),
        Class::HiddenCharacters => response::hidden_characters::plan(subject),
        Class::SecretLeak => response::secret_leak::plan(subject),
        Class::ErrorPath => response::error_path::plan(subject),
        Class::SchemaDrift => response::schema_drift::plan(subject),
        Class::Oversize => response::oversize::plan(subject),
    }
}
