//! Secrets in use, removed by value from whatever leaves: text in, text without them out. How they
//! may be written is [`secure_tool_text::needles`]'s.
//!
//! It learns while the guard runs: what a store rotates to, what a token endpoint gives out, what
//! requests are signed with. A value is learned before it is first sent. The last [`REMEMBERED`]
//! values of each name are searched for, so that an answer to an old request can't hold an old
//! value.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use secrecy::{ExposeSecret, SecretString};
use secure_tool_text::hidden::{self, Counts};
use secure_tool_text::needles::{Needles, SHORTEST};

use crate::error::Error;

/// What stands where a secret stood.
pub(crate) const SCRUBBED: &str = "[secret removed]";

/// How many values of one name are searched for: the one in use, and those before it.
pub(crate) const REMEMBERED: usize = 8;

/// The secrets in use. Learning builds a new search beside the old one and swaps them: a scan holds
/// no lock.
#[derive(Default)]
pub(crate) struct Scrubber {
    known: Mutex<BTreeMap<String, VecDeque<SecretString>>>,
    needles: RwLock<Arc<Needles>>,
}

impl Scrubber {
    /// Searches for this value of this name from now on.
    ///
    /// # Errors
    ///
    /// If it is too short, or there are more secrets than can be searched for. Then nothing has
    /// changed, and the value must not be used.
    pub(crate) fn learn(&self, name: &str, secret: &SecretString) -> Result<(), Error> {
        if secret.expose_secret().len() < SHORTEST {
            return Err(Error::secret(format!(
                "secret `{name}` is shorter than {SHORTEST} bytes: it would be guessed"
            )));
        }
        // Held while the search is built, so that two who learn at once don't lose one another's;
        // who searches does not wait.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut values = known.get(name).cloned().unwrap_or_default();
        let is_new = !values.iter().any(|value| value.expose_secret() == secret.expose_secret());
        values.retain(|value| value.expose_secret() != secret.expose_secret());
        values.push_back(secret.clone());
        while values.len() > REMEMBERED {
            values.pop_front();
        }
        if is_new {
            let others =
                known.iter().filter(|(other, _)| *other != name).flat_map(|(_, values)| values);
            let needles = Arc::new(
                Needles::new(others.chain(&values).map(ExposeSecret::expose_secret))
                    .map_err(|error| Error::configuration(error.to_string()))?,
            );
            *self.needles.write().unwrap_or_else(PoisonError::into_inner) = needles;
        }
        known.insert(name.to_owned(), values);
        Ok(())
    }

    /// The search as it is now.
    pub(crate) fn needles(&self) -> Arc<Needles> {
        self.needles.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The text without secrets. For one text; for many, take [`needles`](Self::needles) once.
    pub(crate) fn scrub<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.needles().replace(text, SCRUBBED)
    }

    /// The same where hidden characters may stand within a secret: without them if one did, and
    /// else the text as it came.
    pub(crate) fn scrub_hidden<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.scrub(&hidden::clean(text, &mut Counts::default())) {
            Cow::Owned(scrubbed) => scrubbed.into(),
            Cow::Borrowed(_) => text.into(),
        }
    }
}

impl fmt::Debug for Scrubber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scrubber")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "tk-7Q?x/ä0~secret";

    fn scrubber() -> Scrubber {
        let scrubber = Scrubber::default();
        scrubber.learn("A", &SecretString::from(SECRET)).expect("long enough");
        scrubber
    }

    #[test]
    fn other_text_is_left_alone() {
        let text = "tk-7Q?x/0~secret, nearly";
        assert_eq!(scrubber().scrub(text), text);
        assert_eq!(Scrubber::default().scrub(text), text, "nothing is learned yet");
    }

    #[test]
    fn what_is_learned_later_is_found_and_what_was_before_it_still_is() {
        let scrubber = scrubber();
        let before = scrubber.needles();
        for later in 0..REMEMBERED {
            scrubber.learn("A", &format!("secret-value-{later}").into()).expect("long enough");
            scrubber.learn("B", &"another-secret".to_owned().into()).expect("long enough");
        }
        assert_eq!(
            scrubber.scrub(&format!("{SECRET} is forgotten")),
            format!("{SECRET} is forgotten"),
            "the ninth back"
        );
        for known in ["secret-value-0", "secret-value-7", "another-secret"] {
            assert_eq!(scrubber.scrub(known), SCRUBBED, "{known}");
        }
        assert!(
            before.contains(SECRET) && !before.contains("another-secret"),
            "a scan that was begun goes on with what it had"
        );
    }

    #[test]
    fn what_can_not_be_learned_changes_nothing() {
        let scrubber = scrubber();
        let error = scrubber.learn("A", &"tk-7Q?x".to_owned().into()).expect_err("seven bytes");
        assert!(
            error.to_string().contains("`A`") && !error.to_string().contains("tk-7Q"),
            "{error}"
        );
        assert!(
            scrubber.needles().contains(SECRET) && !scrubber.needles().contains("tk-7Q?x and more")
        );
    }

    #[test]
    fn many_learn_and_search_at_once() {
        let scrubber = scrubber();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let scrubber = &scrubber;
                scope.spawn(move || {
                    for round in 0..5 {
                        let name = format!("{thread}-{round}");
                        scrubber
                            .learn(&name, &format!("secret-of-{name}").into())
                            .expect("long enough");
                        assert_eq!(scrubber.scrub(&format!("secret-of-{name}")), SCRUBBED);
                    }
                });
            }
        });
        assert!(
            (0..4).all(|thread| scrubber.needles().contains(&format!("secret-of-{thread}-0"))),
            "nobody's was lost"
        );
    }
}
