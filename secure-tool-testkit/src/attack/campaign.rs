//! Runs planned attacks, first on the twin and then on the tool, and minimizes those that succeed.

use std::collections::HashMap;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use secure_tool::Tool;
use secure_tool::spec::{Protection, Removed};
use serde_json::Value;

use super::probe::{Evidence, Planned, Probe, Sample, Twin, Vary};
use super::said::said;
use super::subject::Subject;
use super::{request, response};
use crate::attempt::{Attempt, Seen};
use crate::harness::Harness;
use crate::oracle::shortened;
use crate::report::{Class, ClassReport, Failure, Verdict};
use crate::strategy::{Values, runner};
use crate::twin::{Quotas, twin};

/// The maximum number of attempts to minimize a successful attack.
const SHRINKING: usize = 50;
/// The maximum number of samples that do not fit an attack.
const UNFIT: usize = 20;
/// The minimum number of honest calls before the attacks.
const HONEST: u32 = 4;
/// The number of successful attacks after which the rest of a class is skipped.
const ENOUGH: usize = 4;

type Tree = Box<dyn ValueTree<Value = Value>>;

/// The state of all attacks on one tool.
pub(super) struct Campaign {
    pub(super) subject: Subject,
    seed: u64,
    cases: u32,
    honest: Sample,
    harnesses: Vec<((Removed, Quotas), Harness)>,
    values: HashMap<Vary, Values>,
}

/// An attempt, and the evidence of the honest call with the same sample.
struct Tried {
    attempt: Attempt,
    honest: Option<Seen>,
}

/// The result of one probe.
enum ProbeResult {
    /// This number of attacks failed, after they had succeeded on twins without these protections.
    Withstood(usize, Vec<Protection>),
    Succeeded(Box<Failure>),
    ProvedNothing(String),
    /// No sample fits the attack.
    NoSample,
}

impl Campaign {
    pub(super) fn new(subject: Subject, seed: u64, cases: u32) -> Result<Self, String> {
        let mut campaign = Self {
            subject,
            seed,
            cases: cases.max(1),
            honest: Sample { arguments: Value::Null, response: Value::Null },
            harnesses: Vec::new(),
            values: HashMap::new(),
        };
        let mut drawn = runner(seed, "honest");
        let arguments = campaign.tree(&Vary::Arguments(Vec::new()), &mut drawn)?.current();
        let response = campaign.tree(&Vary::Response(Vec::new()), &mut drawn)?.current();
        campaign.honest = Sample { arguments, response };
        Ok(campaign)
    }

    /// Checks that honest calls succeed. Otherwise a refused attack would prove nothing.
    pub(super) async fn honest_calls_pass(&mut self) -> Result<(), String> {
        let mut drawn = runner(self.seed, "honest calls");
        for _ in 0..self.cases.max(HONEST) {
            let arguments = self.tree(&Vary::Arguments(Vec::new()), &mut drawn)?.current();
            let response = self.tree(&Vary::Response(Vec::new()), &mut drawn)?.current();
            let attempt = self.said(Attempt::new(arguments.to_string(), &response));
            let seen = self.harness(&[], Quotas::Without).await?.run(&attempt).await?;
            let passed = if self.subject.is_handler() {
                seen.left()
            } else {
                seen.outcome.answer().is_some() && seen.requests.len() == 1
            };
            if !passed {
                let (arguments, response) =
                    (shortened(&attempt.arguments), shortened(&attempt.response_text));
                return Err(format!(
                    "an honest call was refused: {}\n    arguments: {arguments}\n    response: {response}",
                    seen.refusal()
                ));
            }
        }
        Ok(())
    }

    /// Runs all attacks of a class.
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
            if report.failures.len() >= ENOUGH {
                report.notes.push("the rest of the class was skipped".into());
                break;
            }
            if probe.endless && !report.failures.is_empty() {
                report.notes.push(format!("skipped: {}", probe.attack));
                continue;
            }
            match self.probe(class, &probe).await {
                Ok(ProbeResult::Withstood(attacks, fallen)) => {
                    note_held(report, &probe, attacks, fallen);
                }
                Ok(ProbeResult::Succeeded(failure)) => report.failures.push(*failure),
                Ok(ProbeResult::ProvedNothing(why)) | Err(why) => drop(nothing.get_or_insert(why)),
                Ok(ProbeResult::NoSample) => report
                    .notes
                    .push(format!("{}: no sample fits the attack: {}", probe.field, probe.attack)),
            }
        }
        report.verdict = match nothing {
            _ if !report.failures.is_empty() => Verdict::Broken,
            Some(why) => Verdict::ProvedNothing(why),
            None if report.attacks == 0 => {
                Verdict::NotApplicable("no attack of the class fits this tool".into())
            }
            None if report.attacks == report.twinless => Verdict::NotApplicable(
                "its attacks have no twin; all of them failed on the tool".into(),
            ),
            None => Verdict::Withstood,
        };
    }

    async fn probe(&mut self, class: Class, probe: &Probe) -> Result<ProbeResult, String> {
        let mut drawn = runner(self.seed, &format!("{class} {} {}", probe.field, probe.attack));
        let (mut held, wanted, mut fallen) = (0, self.cases.min(probe.cases) as usize, Vec::new());
        for _ in 0..wanted + UNFIT {
            if held == wanted {
                break;
            }
            let mut tree = self.tree(&probe.vary, &mut drawn)?;
            let Some(tried) = self.tried(probe, &tree.current()).await? else { continue };
            match self.twin(probe, &tried).await? {
                Ok(fell) => fallen.extend(fell),
                Err(stood) => return Ok(ProbeResult::ProvedNothing(stood)),
            }
            if let Some(why) = self.breaks(probe, &tried, &[]).await? {
                return Ok(ProbeResult::Succeeded(Box::new(
                    self.smallest(class, probe, tree.as_mut(), tried.attempt, why).await,
                )));
            }
            held += 1;
        }
        Ok(if held == 0 { ProbeResult::NoSample } else { ProbeResult::Withstood(held, fallen) })
    }

    /// Returns the protections that the first vulnerable twin lacks, or why no twin is vulnerable.
    async fn twin(
        &mut self,
        probe: &Probe,
        tried: &Tried,
    ) -> Result<Result<Vec<Protection>, String>, String> {
        let Twin::Without(twins) = &probe.twin else { return Ok(Ok(Vec::new())) };
        for without in twins {
            if self.breaks(probe, tried, without).await?.is_some() {
                return Ok(Ok(without.clone()));
            }
        }
        let without = twins.last().map(Vec::as_slice).unwrap_or_default();
        let seen = self.harness(without, probe.quotas).await?.run(&tried.attempt).await?;
        let (field, attack, arguments) =
            (&probe.field, &probe.attack, shortened(&tried.attempt.arguments));
        Ok(Err(format!(
            "the twin without {without:?} withstood {field}: {attack}: {}; arguments: {arguments}",
            seen.refusal()
        )))
    }

    /// Runs the attack on the tool without these protections, and returns why it succeeded.
    async fn breaks(
        &mut self,
        probe: &Probe,
        tried: &Tried,
        without: &[Protection],
    ) -> Result<Option<String>, String> {
        let seen = self.harness(without, probe.quotas).await?.run(&tried.attempt).await?;
        if !seen.was_read {
            return Err(format!("the preparation of {} failed", probe.attack));
        }
        Ok((probe.broken)(Evidence {
            seen: &seen,
            honest: tried.honest.as_ref(),
            attempt: &tried.attempt,
        }))
    }

    /// Returns the attempt for a sample, with the honest call for comparison.
    ///
    /// Returns `None` if the sample does not fit the attack.
    async fn tried(&mut self, probe: &Probe, drawn: &Value) -> Result<Option<Tried>, String> {
        let sample = self.sample(&probe.vary, drawn);
        let Some(attempt) = (probe.make)(&sample) else { return Ok(None) };
        let attempt = self.said(attempt);
        if !probe.compares {
            return Ok(Some(Tried { attempt, honest: None }));
        }
        let honest = self.said(Attempt::new(sample.arguments.to_string(), &sample.response));
        let honest = self.harness(&[], probe.quotas).await?.run(&honest).await?;
        if honest.requests.len() == 1 {
            Ok(Some(Tried { attempt, honest: Some(honest) }))
        } else {
            Err(format!(
                "the honest call for comparison with {} was refused: {}",
                probe.attack,
                honest.refusal()
            ))
        }
    }

    /// Minimizes a successful attack.
    async fn smallest(
        &mut self,
        class: Class,
        probe: &Probe,
        tree: &mut dyn ValueTree<Value = Value>,
        attempt: Attempt,
        why: String,
    ) -> Failure {
        let (mut smallest, mut seen) = (attempt, why);
        let mut smaller = !probe.large && tree.simplify();
        for _ in 0..SHRINKING {
            if !smaller {
                break;
            }
            // An error with a smaller sample does not invalidate the attack that succeeded.
            let broke = match self.tried(probe, &tree.current()).await {
                Ok(Some(tried)) => self
                    .breaks(probe, &tried, &[])
                    .await
                    .ok()
                    .flatten()
                    .map(|why| (tried.attempt, why)),
                Ok(None) | Err(_) => None,
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
            Vary::Response(_) => format!("response {}", shortened(&smallest.response_text)),
        };
        Failure { class, attack: probe.attack.clone(), field: probe.field.clone(), seen, smallest }
    }

    fn sample(&self, vary: &Vary, drawn: &Value) -> Sample {
        match vary {
            Vary::Arguments(_) => Sample { arguments: drawn.clone(), ..self.honest.clone() },
            Vary::Response(_) => Sample { response: drawn.clone(), ..self.honest.clone() },
        }
    }

    /// Grounds the arguments in the user's texts, unless the attack sets these texts.
    fn said(&self, mut attempt: Attempt) -> Attempt {
        if attempt.said.is_none() && self.subject.is_grounded() {
            let arguments = serde_json::from_str::<Value>(&attempt.arguments);
            attempt.said = Some(
                arguments
                    .map(|arguments| said(&arguments, &self.subject.spoken, None))
                    .unwrap_or_default(),
            );
        }
        attempt
    }

    fn tree(&mut self, vary: &Vary, drawn: &mut TestRunner) -> Result<Tree, String> {
        let values = match self.values.get(vary) {
            Some(values) => values.clone(),
            None => {
                let values = match vary {
                    Vary::Arguments(route) => self.subject.arguments.values_with(route)?,
                    Vary::Response(route) => self.subject.response.values_with(route)?,
                };
                self.values.insert(vary.clone(), values.clone());
                values
            }
        };
        values
            .new_tree(drawn)
            .map_err(|reason| format!("proptest generates no honest value: {reason}"))
    }

    async fn harness(
        &mut self,
        without: &[Protection],
        quotas: Quotas,
    ) -> Result<&Harness, String> {
        let tool: Tool = self.subject.tool;
        let removed = without
            .iter()
            .fold(tool.spec().removed, |removed, protection| removed.and(*protection));
        let key = (removed, quotas);
        let found = self.harnesses.iter().position(|(known, _)| *known == key);
        let at = match found {
            Some(at) => at,
            None => {
                let harness =
                    Harness::new(twin(tool, without, quotas), &self.subject.secret).await?;
                self.harnesses.push((key, harness));
                self.harnesses.len() - 1
            }
        };
        self.harnesses
            .get(at)
            .map(|(_, harness)| harness)
            .ok_or_else(|| "the harness is missing".into())
    }
}

fn note_held(report: &mut ClassReport, probe: &Probe, attacks: usize, fallen: Vec<Protection>) {
    report.attacks += attacks;
    if !report.fields.contains(&probe.field) {
        report.fields.push(probe.field.clone());
    }
    if probe.twin == Twin::Nothing {
        report.twinless += attacks;
    }
    for protection in fallen {
        if !report.twins.contains(&protection) {
            report.twins.push(protection);
        }
    }
}

fn plan(class: Class, subject: &Subject) -> Planned {
    match class {
        Class::UrlStructure => request::url_structure::plan(subject),
        Class::Ssrf => request::ssrf::plan(subject),
        Class::MassAssignment => request::mass_assignment::plan(subject),
        Class::TypeConfusion => request::type_confusion::plan(subject),
        Class::SizeAndShape => Ok(request::size_and_shape::plan(subject)),
        Class::Flow => request::flow::plan(subject),
        Class::Authority => Ok(request::authority::plan(subject)),
        Class::Confirmation => request::confirmation::plan(subject),
        Class::Quota => request::quota::plan(subject),
        Class::DelimiterForgery => response::delimiter_forgery::plan(subject),
        Class::Injection => response::injection::plan(subject),
        Class::HiddenCharacters => response::hidden_characters::plan(subject),
        Class::SecretLeak => response::secret_leak::plan(subject),
        Class::ErrorPath => response::error_path::plan(subject),
        Class::SchemaDrift => response::schema_drift::plan(subject),
        Class::Oversize => response::oversize::plan(subject),
    }
}

#[cfg(test)]
mod tests {
    use secure_tool::Tool;
    use secure_tool::prelude::*;

    use super::*;
    use crate::hostile::Trap;

    /// A shop.
    #[derive(SecureApi)]
    #[secure(
        url = "https://api.shop.example/v1",
        scopes("products:read"),
        auth(bearer = "SHOP_API_KEY"),
        receives(public),
        rate_limit(600 / minute)
    )]
    struct Shop;

    #[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
    struct Product {
        name: String,
    }

    /// Finds a product.
    #[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
    #[secure(api = Shop, get = "/products", scopes("products:read"), response = Product)]
    struct FindProduct {
        #[validate(length(min = 1, max = 80))]
        term: String,
    }

    async fn campaign() -> Campaign {
        let trap = Trap::start().await.expect("loopback");
        let subject = Subject::new(Tool::of::<FindProduct>(), 7, trap).expect("a sound type");
        Campaign::new(subject, 7, 2).expect("honest values")
    }

    async fn made(probe: Probe) -> ClassReport {
        let mut campaign = campaign().await;
        campaign.honest_calls_pass().await.expect("honest calls pass");
        let mut report = campaign.class(Class::Flow).await;
        campaign.make_all(Class::Flow, vec![probe], &mut report).await;
        report
    }

    #[expect(clippy::unnecessary_wraps, reason = "the signature that a probe requires")]
    fn honest(sample: &Sample) -> Option<Attempt> {
        Some(Attempt::new(sample.arguments.to_string(), &sample.response))
    }

    fn whole() -> Vary {
        Vary::Arguments(Vec::new())
    }

    #[tokio::test]
    async fn attack_that_fails_on_its_twin_proves_nothing() {
        let probe = Probe::new("/term", "nothing", whole(), honest, |_| None)
            .falls_without(&[Protection::Encoding]);
        let report = made(probe).await;
        let Verdict::ProvedNothing(why) = report.verdict else { panic!("{report}") };
        assert!(
            why.starts_with(
                "the twin without [Encoding] withstood /term: nothing: the call succeeded"
            ),
            "{why}"
        );
    }

    #[tokio::test]
    async fn attack_may_succeed_on_a_later_twin() {
        let make = |sample: &Sample| {
            honest(sample).map(|attempt| Attempt {
                arguments: r#"{"term":"a&role=admin"}"#.into(),
                ..attempt
            })
        };
        let broken = |look: Evidence<'_>| {
            let pairs: usize =
                look.seen.requests.iter().map(|request| request.query_pairs().len()).sum();
            (pairs > 1).then(|| "another pair".to_owned())
        };
        let probe = Probe::new("/term", "another pair", whole(), make, broken);
        let report = made(
            probe.falls_without(&[Protection::Marking]).falls_without(&[Protection::Encoding]),
        )
        .await;
        assert_eq!(
            (&report.verdict, report.twins.as_slice()),
            (&Verdict::Withstood, &[Protection::Encoding][..]),
            "{report}"
        );
    }

    #[tokio::test]
    async fn class_without_a_fitting_attack_does_not_apply() {
        let report = made(Probe::new("/term", "nothing", whole(), |_| None, |_| None)).await;
        assert!(matches!(report.verdict, Verdict::NotApplicable(_)), "{report}");
        let report = made(Probe::new("/term", "no twin", whole(), honest, |_| None)).await;
        assert!(
            matches!(report.verdict, Verdict::NotApplicable(_)) && report.twinless == 2,
            "{report}"
        );
    }
}
