//! When a judge is asked, what it may be told, and what holds where it gives no verdict.

use secure_tool_text::detect::THRESHOLD;

use crate::policy::Clearance;
use crate::spec::Class;
pub use crate::spec::{OnFailure, When};

/// On which terms a guard asks its judge. Begun from a [`When`].
///
/// ```
/// use secure_tool::Clearance;
/// use secure_tool::judge::{OnFailure, Terms, When};
///
/// let terms: Terms = When::Always.receives(Clearance::Internal).on_failure(OnFailure::Pass);
/// # let _ = terms;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    pub(crate) when: When,
    pub(crate) on_failure: OnFailure,
    pub(crate) receives: Clearance,
}

impl When {
    /// With this ceiling: texts of fields of a higher class are not told to the judge, and count as
    /// not judged. [`Clearance::Public`] by default.
    ///
    /// What the judge is told, its provider is told.
    #[must_use]
    pub fn receives(self, highest: Clearance) -> Terms {
        Terms::from(self).receives(highest)
    }

    /// With this, where the judge gives no verdict. [`OnFailure::Flag`] by default.
    #[must_use]
    pub fn on_failure(self, on_failure: OnFailure) -> Terms {
        Terms::from(self).on_failure(on_failure)
    }
}

impl From<When> for Terms {
    fn from(when: When) -> Self {
        Self { when, on_failure: OnFailure::Flag, receives: Clearance::Public }
    }
}

impl Terms {
    /// See [`When::receives`].
    #[must_use]
    pub fn receives(mut self, highest: Clearance) -> Self {
        self.receives = highest;
        self
    }

    /// See [`When::on_failure`].
    #[must_use]
    pub fn on_failure(mut self, on_failure: OnFailure) -> Self {
        self.on_failure = on_failure;
        self
    }

    /// Whether an answer is judged of which detectors say this score at most.
    pub(crate) fn ask(self, score: i32) -> bool {
        match self.when {
            When::Flagged => score >= THRESHOLD / 2,
            When::Always => true,
        }
    }

    /// Whether a text of this class may be told.
    pub(crate) fn may_tell(self, class: Class) -> bool {
        self.receives.covers(class)
    }

    /// The highest class that is told, in the word of the derives.
    pub(crate) const fn highest(self) -> &'static str {
        match self.receives {
            Clearance::Public => "public",
            Clearance::Internal => "internal",
            Clearance::Pii => "pii",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_tell_little_and_trust_nothing() {
        let terms = Terms::from(When::Flagged);
        assert!(
            terms.may_tell(Class::Public)
                && !terms.may_tell(Class::Internal)
                && !terms.may_tell(Class::Pii)
        );
        assert_eq!(terms.on_failure, OnFailure::Flag);
        assert!(
            When::Always.receives(Clearance::Pii).may_tell(Class::Pii)
                && !When::Always.receives(Clearance::Pii).may_tell(Class::Secret)
        );
    }

    #[test]
    fn a_judge_of_flagged_text_is_asked_from_half_of_the_threshold_on() {
        let terms = Terms::from(When::Flagged);
        assert!(terms.ask(THRESHOLD / 2) && terms.ask(THRESHOLD) && !terms.ask(THRESHOLD / 2 - 1));
        assert!(Terms::from(When::Always).ask(0));
    }
}
