//! Plans in, a report out: each attack is made on the twin first, then on the tool, and what breaks
//! through is made small.

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
use crate::attempt::{Attempt, Seen};
use crate::oracle::shortened;
use crate::report::{Class, ClassReport, Failure, Verdict};
use crate::stand::Stand;
use crate::strategy::{Values, runner};
use crate::twin::{Quotas, twin};

/// The most attempts that are spent on making what broke through small.
const SHRINKING: usize = 50;
/// How many samples are drawn that an attack can't be made of.
const UNFIT: usize = 20;
/// The fewest honest calls that are made before the attacks.
const HONEST: u32 = 4;
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

/// An attempt that was made of a sample, and what was seen of the honest call with the same sample.
struct Tried {
    attempt: Attempt,
    honest: Option<Seen>,
}

/// What became of one probe.
enum Ended {
    /// So many attacks failed, after they had succeeded on twins without these.
    Held(usize, Vec<Protection>),
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
        let answer = campaign.tree(&Vary::Response(Vec::new()), &mut drawn)?.current();
        campaign.honest = Sample { arguments, answer };
        Ok(campaign)
    }

    /// Shows that honest calls pass: what is refused for another reason than the attack would prove
    /// nothing.
    pub(super) async fn honest_calls_pass(&mut self) -> Result<(), String> {
        let mut drawn = runner(self.seed, "honest calls");
        for _ in 0..self.cases.max(HONEST) {
            let arguments = self.tree(&Vary::Arguments(Vec::new()), &mut drawn)?.current();
            let answer = self.tree(&Vary::Response(Vec::new()), &mut drawn)?.current();
            let attempt = self.said(Attempt::new(arguments.to_string(), &answer));
            let seen = self.stand(&[], Quotas::Without).await?.run(&attempt).await?;
            let passed = if self.subject.is_handler() {
                seen.left()
            } else {
                seen.outcome.answer().is_some() && seen.requests.len() == 1
            };
            if !passed {
                let (arguments, answer) =
                    (shortened(&attempt.arguments), shortened(&attempt.answered));
                return Err(format!(
                    "an honest call was refused: {}\n    arguments: {arguments}\n    answer: {answer}",
                    seen.refusal()
                ));
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
            if report.failures.len() >= ENOUGH {
                report.notes.push("the rest of the class was not tried any more".into());
                break;
            }
            if probe.endless && !report.failures.is_empty() {
                report.notes.push(format!("not tried any more: {}", probe.attack));
                continue;
            }
            match self.probe(class, &probe).await {
                Ok(Ended::Held(attacks, fallen)) => note_held(report, &probe, attacks, fallen),
                Ok(Ended::Broke(failure)) => report.failures.push(*failure),
                Ok(Ended::Nothing(why)) | Err(why) => drop(nothing.get_or_insert(why)),
                Ok(Ended::Unfit) => report
                    .notes
                    .push(format!("{}: no sample was fit for: {}", probe.field, probe.attack)),
            }
        }
        report.verdict = match nothing {
            _ if !report.failures.is_empty() => Verdict::Broken,
            Some(why) => Verdict::ProvedNothing(why),
            None if report.attacks == 0 => {
                Verdict::NotApplicable("no attack of the class fits this tool".into())
            }
            None if report.attacks == report.twinless => Verdict::NotApplicable(
                "its attacks have no twin to succeed on; all of them failed on the tool".into(),
            ),
            None => Verdict::Withstood,
        };
    }

    async fn probe(&mut self, class: Class, probe: &Probe) -> Result<Ended, String> {
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
                Err(stood) => return Ok(Ended::Nothing(stood)),
            }
            if let Some(why) = self.breaks(probe, &tried, &[]).await? {
                return Ok(Ended::Broke(Box::new(
                    self.smallest(class, probe, tree.as_mut(), tried.attempt, why).await,
                )));
            }
            held += 1;
        }
        Ok(if held == 0 { Ended::Unfit } else { Ended::Held(held, fallen) })
    }

    /// What the twin was without that fell, or why none did.
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
        let seen = self.stand(without, probe.quotas).await?.run(&tried.attempt).await?;
        let (field, attack, arguments) =
            (&probe.field, &probe.attack, shortened(&tried.attempt.arguments));
        Ok(Err(format!(
            "the twin without {without:?} stood through {field}: {attack}: {}; it was called with {arguments}",
            seen.refusal()
        )))
    }

    /// Why the attack succeeds on the tool without these protections.
    async fn breaks(
        &mut self,
        probe: &Probe,
        tried: &Tried,
        without: &[Protection],
    ) -> Result<Option<String>, String> {
        let seen = self.stand(without, probe.quotas).await?.run(&tried.attempt).await?;
        if !seen.was_read {
            return Err(format!("what {} needs could not be read before the call", probe.attack));
        }
        Ok((probe.broken)(Look {
            seen: &seen,
            honest: tried.honest.as_ref(),
            attempt: &tried.attempt,
        }))
    }

    /// The attempt that is made of a sample, with the honest call beside it; `None` for a sample
    /// that it can't be made of.
    async fn tried(&mut self, probe: &Probe, drawn: &Value) -> Result<Option<Tried>, String> {
        let sample = self.sample(&probe.vary, drawn);
        let Some(attempt) = (probe.make)(&sample) else { return Ok(None) };
        let attempt = self.said(attempt);
        if !probe.compares {
            return Ok(Some(Tried { attempt, honest: None }));
        }
        let honest = self.said(Attempt::new(sample.arguments.to_string(), &sample.answer));
        let honest = self.stand(&[], probe.quotas).await?.run(&honest).await?;
        if honest.requests.len() == 1 {
            Ok(Some(Tried { attempt, honest: Some(honest) }))
        } else {
            Err(format!(
                "the honest call beside {} was refused: {}",
                probe.attack,
                honest.refusal()
            ))
        }
    }

    /// Makes what broke through as small as it gets.
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
            // What goes wrong with a smaller sample takes nothing from what was found.
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
            Vary::Response(_) => format!("answer {}", shortened(&smallest.answered)),
        };
        Failure { class, attack: probe.attack.clone(), field: probe.field.clone(), seen, smallest }
    }

    fn sample(&self, vary: &Vary, drawn: &Value) -> Sample {
        match vary {
            Vary::Arguments(_) => Sample { arguments: drawn.clone(), ..self.honest.clone() },
            Vary::Response(_) => Sample { answer: drawn.clone(), ..self.honest.clone() },
        }
    }

    /// The user says what the call needs, unless the attack says what the user said.
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
                    Vary::Response(route) => self.subject.answer.values_with(route)?,
                };
                self.values.insert(vary.clone(), values.clone());
                values
            }
        };
        values.new_tree(drawn).map_err(|reason| format!("no honest value can be made: {reason}"))
    }

    async fn stand(&mut self, without: &[Protection], quotas: Quotas) -> Result<&Stand, String> {
        let tool: Tool = self.subject.tool;
        let removed = without
            .iter()
            .fold(tool.spec().removed, |removed, protection| removed.and(*protection));
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

    #[expect(clippy::unnecessary_wraps, reason = "a probe may have no attempt to make of a sample")]
    fn honest(sample: &Sample) -> Option<Attempt> {
        Some(Attempt::new(sample.arguments.to_string(), &sample.answer))
    }

    fn whole() -> Vary {
        Vary::Arguments(Vec::new())
    }

    #[tokio::test]
    async fn an_attack_that_no_twin_falls_to_proves_nothing() {
        let probe = Probe::new("/term", "nothing", whole(), honest, |_| None)
            .falls_without(&[Protection::Encoding]);
        let report = made(probe).await;
        let Verdict::ProvedNothing(why) = report.verdict else { panic!("{report}") };
        assert!(
            why.starts_with(
                "the twin without [Encoding] stood through /term: nothing: it was answered"
            ),
            "{why}"
        );
    }

    #[tokio::test]
    async fn another_twin_may_fall_instead() {
        let make = |sample: &Sample| {
            honest(sample).map(|attempt| Attempt {
                arguments: r#"{"term":"a&role=admin"}"#.into(),
                ..attempt
            })
        };
        let broken = |look: Look<'_>| {
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
    async fn what_can_not_be_made_does_not_apply() {
        let report = made(Probe::new("/term", "nothing", whole(), |_| None, |_| None)).await;
        assert!(matches!(report.verdict, Verdict::NotApplicable(_)), "{report}");
        let report = made(Probe::new("/term", "no twin", whole(), honest, |_| None)).await;
        assert!(
            matches!(report.verdict, Verdict::NotApplicable(_)) && report.twinless == 2,
            "{report}"
        );
    }
}
