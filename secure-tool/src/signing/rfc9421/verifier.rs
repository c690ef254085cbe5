//! Verifies HTTP message signatures: takes a view of a message, returns an acceptance or the reason
//! for rejection.

use std::fmt;

use secrecy::SecretString;

use super::Policy;
use super::component::{Component, Subject};
use crate::error::Error;
use crate::signing::key::VerifyingKey;
use crate::signing::unverified::Unverified;
use crate::signing::verifier::{Acceptance, Verifier, Window};
use crate::signing::view::{RequestView, ResponseView};

/// The RFC 9421 verifier: HTTP message signatures with Ed25519 or HMAC-SHA256.
///
/// It accepts a message that was signed with one of its keys and the algorithm of that key. The
/// signature must cover all required components and the whole body. A
/// [`Receiver`](super::super::Receiver) checks the age and rejects replays.
///
/// ```
/// use secure_tool::signing::{Receiver, Rfc9421Verifier, VerifyingKey};
///
/// # fn example(public: &str) -> Result<(), secure_tool::Error> {
/// let verifier = Rfc9421Verifier::builder().key(VerifyingKey::ed25519("2026-10", public)?).build()?;
/// let receiver = Receiver::new(verifier);
/// # let _ = receiver;
/// # Ok(())
/// # }
/// ```
pub struct Rfc9421Verifier {
    policy: Policy,
    /// The components that a signature must cover, if configured.
    declared: Option<Vec<Component>>,
}

impl Rfc9421Verifier {
    /// Creates a builder without keys.
    pub fn builder() -> Rfc9421VerifierBuilder {
        Rfc9421VerifierBuilder { keys: Vec::new(), covers: None, tag: None }
    }

    fn verify(&self, subject: Subject<'_>, window: &Window) -> Result<Acceptance, Unverified> {
        match &self.declared {
            Some(required) => super::verify(&self.policy, required, window, subject),
            None => super::verify(&self.policy, &super::required(subject)?, window, subject),
        }
    }
}

impl Verifier for Rfc9421Verifier {
    fn scheme(&self) -> &'static str {
        "RFC 9421"
    }

    fn secrets(&self) -> Vec<SecretString> {
        self.policy.keys.iter().filter_map(|key| key.text.clone()).collect()
    }

    fn verify_request(
        &self,
        request: &RequestView<'_>,
        window: &Window,
    ) -> Result<Acceptance, Unverified> {
        self.verify(Subject::Request(request.request), window)
    }

    fn verify_response(
        &self,
        response: &ResponseView<'_>,
        to: &RequestView<'_>,
        window: &Window,
    ) -> Result<Acceptance, Unverified> {
        self.verify(Subject::Response(response.response, to.request), window)
    }
}

impl fmt::Debug for Rfc9421Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rfc9421Verifier").field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// A builder of a [`Rfc9421Verifier`].
#[derive(Debug)]
#[must_use = "a builder does nothing before `build`"]
pub struct Rfc9421VerifierBuilder {
    keys: Vec<VerifyingKey>,
    covers: Option<Vec<String>>,
    tag: Option<String>,
}

impl Rfc9421VerifierBuilder {
    /// Adds a key. During a rotation, add the new and the old one.
    pub fn key(mut self, key: VerifyingKey) -> Self {
        self.keys.push(key);
        self
    }

    /// Sets the components that a signature must cover, written as in
    /// [`Rfc9421SignerBuilder::covers`](super::Rfc9421SignerBuilder::covers). A component that
    /// contains another one satisfies it, such as `@target-uri` for `@path`.
    ///
    /// Default for a request: `@method`, `@authority`, `@path` and `@query`. Default for a
    /// response: `@status`, those four of its request (`@path;req`), and the signature of the
    /// request if it has one. A body must always be covered by `content-digest`.
    ///
    /// ```
    /// use secure_tool::signing::{Rfc9421Verifier, VerifyingKey};
    ///
    /// # let key = VerifyingKey::hmac("a", &"a secret of 32 bytes, or of more".into())?;
    /// let verifier = Rfc9421Verifier::builder()
    ///     .key(key)
    ///     .covers(["@method", "@target-uri", "content-type"])
    ///     .build()?;
    /// # let _ = verifier;
    /// # Ok::<(), secure_tool::Error>(())
    /// ```
    pub fn covers<S: Into<String>>(mut self, components: impl IntoIterator<Item = S>) -> Self {
        self.covers = Some(components.into_iter().map(Into::into).collect());
        self
    }

    /// Considers only signatures with this tag. Default: all.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tag = Some(tag.into());
        self
    }

    /// Builds the verifier.
    ///
    /// # Errors
    ///
    /// If the verifier has no key, if two keys have the same id, or if a component is malformed.
    pub fn build(self) -> Result<Rfc9421Verifier, Error> {
        let wrong = |what: String| Err(Error::configuration(what));
        if self.keys.is_empty() {
            return wrong("a verifier needs at least one key; add one with `key`".into());
        }
        for (at, key) in self.keys.iter().enumerate() {
            if self.keys.iter().skip(at + 1).any(|other| other.id == key.id) {
                return wrong(format!("two keys have the id `{}`", key.id));
            }
        }
        let named = |names: Vec<String>| names.iter().map(|name| super::component(name)).collect();
        let declared = self.covers.map(named).transpose()?;
        Ok(Rfc9421Verifier { policy: Policy { keys: self.keys, tag: self.tag }, declared })
    }
}
