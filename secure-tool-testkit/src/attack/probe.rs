//! One attack, before it is made: how to make an attempt of an honest sample, on which twin it must
//! succeed, and who decides that it did.

use secure_tool::spec::Protection;
use serde_json::Value;

use crate::attempt::{Attempt, Seen};
use crate::twin::Quotas;

/// Honest arguments, and an honest answer to them.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) arguments: Value,
    pub(crate) answer: Value,
}

/// Which of the two is drawn anew for each case, with the point of this route in it. The other one
/// is the same for all attacks on a tool.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Vary {
    Arguments(Vec<usize>),
    Response(Vec<usize>),
}

/// What must fall before it counts that the tool stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Twin {
    /// The tool without these; if it stands, without the next ones, and so on.
    Without(Vec<Vec<Protection>>),
    /// There is none: nothing unprotected survives the attack, or it can't even be sent without the
    /// protection.
    Nothing,
}

/// What an oracle looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look<'s> {
    pub(crate) seen: &'s Seen,
    /// The honest call with the same sample, where the probe asks for one.
    pub(crate) honest: Option<&'s Seen>,
    pub(crate) attempt: &'s Attempt,
}

type Make = dyn Fn(&Sample) -> Option<Attempt>;
type Broken = dyn Fn(Look<'_>) -> Option<String>;

/// One attack through one field.
pub(crate) struct Probe {
    pub(crate) field: String,
    pub(crate) attack: String,
    pub(crate) vary: Vary,
    pub(crate) twin: Twin,
    pub(crate) quotas: Quotas,
    /// At most so many cases.
    pub(crate) cases: u32,
    /// The honest call is made first, for comparison.
    pub(crate) compares: bool,
    /// The sample matters little, and an attempt takes its time: what breaks through is not made
    /// smaller.
    pub(crate) large: bool,
    /// Not made on a tool of which an attack of the class has succeeded: without the protection it
    /// would not end, or not soon.
    pub(crate) endless: bool,
    /// `None` for a sample that it can't be made of.
    pub(crate) make: Box<Make>,
    /// Why the attack succeeded.
    pub(crate) broken: Box<Broken>,
}

impl Probe {
    pub(crate) fn new(
        field: &str,
        attack: impl Into<String>,
        vary: Vary,
        make: impl Fn(&Sample) -> Option<Attempt> + 'static,
        broken: impl Fn(Look<'_>) -> Option<String> + 'static,
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

    /// The twin without these must fall first. Said again, the twin without those may fall instead.
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

/// All attacks of a class on a tool, and what of the class could not be tried.
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

/// The attacks of a class, or why it does not apply.
pub(crate) type Planned = Result<Plan, String>;
