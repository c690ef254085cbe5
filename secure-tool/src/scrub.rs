//! Removes secrets in use from outgoing text by value. [`secure_tool_text::needles`] finds their
//! common encodings.
//!
//! The scrubber learns new values while the guard runs: rotated secrets, tokens from a token
//! endpoint, signing keys. It learns a value before the value is first sent. For each name it
//! searches for the last [`REMEMBERED`] values, because a response to an old request can contain an
//! old value.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use secrecy::{ExposeSecret, SecretString};
use secure_tool_text::hidden::{self, Counts};
use secure_tool_text::needles::{Needles, SHORTEST};

use crate::error::Error;

/// The replacement for a secret.
pub(crate) const SCRUBBED: &str = "[secret removed]";

/// The number of values per name that the scrubber searches for: the current one and its
/// predecessors.
pub(crate) const REMEMBERED: usize = 8;

/// The secrets in use. Learning builds a new search index and swaps it in, so that a scan holds no
/// lock.
#[derive(Default)]
pub(crate) struct Scrubber {
    known: Mutex<BTreeMap<String, VecDeque<SecretString>>>,
    needles: RwLock<Arc<Needles>>,
}

impl Scrubber {
    /// Adds a value of this name to the search.
    ///
    /// # Errors
    ///
    /// Returns an error if the value is too short or the number of secrets exceeds the limit of the
    /// search. The scrubber is then unchanged, and the caller must not use the value.
    pub(crate) fn learn(&self, name: &str, secret: &SecretString) -> Result<(), Error> {
        if secret.expose_secret().len() < SHORTEST {
            return Err(Error::secret(format!(
                "secret `{name}` is shorter than {SHORTEST} bytes and easy to guess; use a \
                    longer one"
            )));
        }
        // The lock is held while the index is built, so that two concurrent writers do not lose
        // each other's value. Readers do not wait for it.
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

    /// Returns the current search index.
    pub(crate) fn needles(&self) -> Arc<Needles> {
        self.needles.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Removes secrets from one text. To scrub several texts, take [`needles`](Self::needles) once.
    pub(crate) fn scrub<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.needles().replace(text, SCRUBBED)
    }

    /// Removes secrets even if hidden characters are inserted into them. Returns the text without
    /// hidden characters if it contained a secret, and the original text otherwise.
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
    fn new_values_and_the_seven_values_before_are_removed() {
        let scrubber = scrubber();
        let before = scrubber.needles();
        for later in 0..REMEMBERED {
            scrubber.learn("A", &format!("secret-value-{later}").into()).expect("long enough");
            scrubber.learn("B", &"another-secret".to_owned().into()).expect("long enough");
        }
        assert_eq!(
            scrubber.scrub(&format!("{SECRET} is forgotten")),
            format!("{SECRET} is forgotten"),
            "the oldest of nine values"
        );
        for known in ["secret-value-0", "secret-value-7", "another-secret"] {
            assert_eq!(scrubber.scrub(known), SCRUBBED, "{known}");
        }
        assert!(
            before.contains(SECRET) && !before.contains("another-secret"),
            "a scan in progress keeps the index that it started with"
        );
    }

    #[test]
    fn a_rejected_value_leaves_the_scrubber_unchanged() {
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
    fn concurrent_writers_and_readers_lose_no_value() {
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
            "no value was lost"
        );
    }
}
