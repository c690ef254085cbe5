//! The terms of a judge: when it runs, which texts it may see, and the result without a verdict.

use secure_tool_text::detect::THRESHOLD;

use crate::policy::Clearance;
use crate::spec::Class;
pub use crate::spec::{OnFailure, When};

/// The terms on which a guard asks its judge. Starts from a [`When`].
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
    /// Sets the highest class of text that the judge, and therefore its provider, may see. Default:
    /// [`Clearance::Public`]. Text of a higher class counts as not judged.
    ///
    /// ```
    /// use secure_tool::Clearance;
    /// use secure_tool::judge::When;
    ///
    /// let terms = When::Flagged.receives(Clearance::Internal);
    /// # let _ = terms;
    /// ```
    #[must_use]
    pub fn receives(self, highest: Clearance) -> Terms {
        Terms::from(self).receives(highest)
    }

    /// Sets the result if the judge returns no verdict. Default: [`OnFailure::Flag`].
    ///
    /// ```
    /// use secure_tool::judge::{OnFailure, When};
    ///
    /// let terms = When::Flagged.on_failure(OnFailure::Pass);
    /// # let _ = terms;
    /// ```
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
    /// Sets the highest class of text that the judge may see. See [`When::receives`].
    ///
    /// ```
    /// use secure_tool::Clearance;
    /// use secure_tool::judge::{Terms, When};
    ///
    /// let terms = Terms::from(When::Always).receives(Clearance::Pii);
    /// # let _ = terms;
    /// ```
    #[must_use]
    pub fn receives(mut self, highest: Clearance) -> Self {
        self.receives = highest;
        self
    }

    /// Sets the result if the judge returns no verdict. See [`When::on_failure`].
    ///
    /// ```
    /// use secure_tool::judge::{OnFailure, Terms, When};
    ///
    /// let terms = Terms::from(When::Always).on_failure(OnFailure::Pass);
    /// # let _ = terms;
    /// ```
    #[must_use]
    pub fn on_failure(mut self, on_failure: OnFailure) -> Self {
        self.on_failure = on_failure;
        self
    }

    /// Returns whether the judge runs on a response for which the detectors return this score.
    pub(crate) fn ask(self, score: i32) -> bool {
        match self.when {
            When::Flagged => score >= THRESHOLD / 2,
            When::Always => true,
        }
    }

    /// Returns whether the judge may see text of this class.
    pub(crate) fn may_send(self, class: Class) -> bool {
        self.receives.covers(class)
    }

    /// Returns the highest class that the judge may see, as the derives spell it.
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
    fn default_terms_send_public_text_only_and_flag_failures() {
        let terms = Terms::from(When::Flagged);
        assert!(
            terms.may_send(Class::Public)
                && !terms.may_send(Class::Internal)
                && !terms.may_send(Class::Pii)
        );
        assert_eq!(terms.on_failure, OnFailure::Flag);
        assert!(
            When::Always.receives(Clearance::Pii).may_send(Class::Pii)
                && !When::Always.receives(Clearance::Pii).may_send(Class::Secret)
        );
    }

    #[test]
    fn a_judge_of_flagged_text_runs_from_half_of_the_threshold() {
        let terms = Terms::from(When::Flagged);
        assert!(terms.ask(THRESHOLD / 2) && terms.ask(THRESHOLD) && !terms.ask(THRESHOLD / 2 - 1));
        assert!(Terms::from(When::Always).ask(0));
    }
}
