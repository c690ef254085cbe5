//! One planned attack: how it changes an honest sample, on which twin it must succeed, and which
//! oracle judges it.

use secure_tool::spec::Protection;
use serde_json::Value;

use crate::attempt::{Attempt, Seen};
use crate::twin::Quotas;

/// Honest arguments and an honest response.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) arguments: Value,
    pub(crate) response: Value,
}

/// The part of a sample that is generated for each case, with the point of this route in it. The
/// other part is the same for all attacks on a tool.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Vary {
    Arguments(Vec<usize>),
    Response(Vec<usize>),
}

/// The twins on which the attack must succeed first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Twin {
    /// The tool without these protections. If the attack fails, the next list is tried.
    Without(Vec<Vec<Protection>>),
    /// No twin exists: an unprotected process would not survive the attack, or the attack can't be
    /// sent without the protection.
    Nothing,
}

/// The evidence for an oracle.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Evidence<'s> {
    pub(crate) seen: &'s Seen,
    /// The evidence of the honest call with the same sample, if the probe compares with it.
    pub(crate) honest: Option<&'s Seen>,
    pub(crate) attempt: &'s Attempt,
}

type Make = dyn Fn(&Sample) -> Option<Attempt>;
type Broken = dyn Fn(Evidence<'_>) -> Option<String>;

/// One attack through one field.
pub(crate) struct Probe {
    pub(crate) field: String,
    pub(crate) attack: String,
    pub(crate) vary: Vary,
    pub(crate) twin: Twin,
    pub(crate) quotas: Quotas,
    /// The maximum number of cases.
    pub(crate) cases: u32,
    /// Whether an honest call runs first, for comparison.
    pub(crate) compares: bool,
    /// Whether attempts are slow, so that a successful attack is not minimized.
    pub(crate) large: bool,
    /// Whether the attack would not end without the protection. It does not run after another
    /// attack of the class has succeeded.
    pub(crate) endless: bool,
    /// Changes the sample, or returns `None` if the sample does not fit.
    pub(crate) make: Box<Make>,
    /// The oracle: returns why the attack succeeded.
    pub(crate) broken: Box<Broken>,
}

impl Probe {
    pub(crate) fn new(
        field: &str,
        attack: impl Into<String>,
        vary: Vary,
        make: impl Fn(&Sample) -> Option<Attempt> + 'static,
        broken: impl Fn(Evidence<'_>) -> Option<String> + 'static,
    ) -> Self {
        let field = if field.is_empty() { "(the whole)" } else { field };
        Self {
            field: field.to_owned(),
            attack: attack.into(),
            vary,
            twin: Twin::Nothing,
            quotas: Quotas::Without,
            cases: u32::MAX,
            compares: false,
            large: false,
            endless: false,
            make: Box::new(make),
            broken: Box::new(broken),
        }
    }

    /// Adds a twin without these protections. The attack must succeed on one of the twins.
    pub(crate) fn falls_without(mut self, protections: &[Protection]) -> Self {
        let mut twins = match self.twin {
            Twin::Without(twins) => twins,
            Twin::Nothing => Vec::new(),
        };
        twins.push(protections.to_vec());
        self.twin = Twin::Without(twins);
        self
    }

    pub(crate) fn cases(mut self, most: u32) -> Self {
        self.cases = most;
        self
    }

    pub(crate) fn compares(mut self) -> Self {
        self.compares = true;
        self
    }

    pub(crate) fn large(mut self) -> Self {
        self.large = true;
        self
    }

    pub(crate) fn endless(mut self) -> Self {
        self.endless = true;
        self
    }

    pub(crate) fn with_quotas(mut self) -> Self {
        self.quotas = Quotas::Short;
        self
    }
}

/// All attacks of a class on a tool, and notes about those that can't be tried.
#[derive(Default)]
pub(crate) struct Plan {
    pub(crate) probes: Vec<Probe>,
    pub(crate) notes: Vec<String>,
}

impl Plan {
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

/// The attacks of a class, or the reason why the class does not apply.
pub(crate) type Planned = Result<Plan, String>;
