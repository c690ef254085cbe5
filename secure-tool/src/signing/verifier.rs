//! Verifies messages: a signed request or answer in, a proof with its body out, or why not.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::component::{Component, Subject};
use super::key::VerifyingKey;
use super::message::{Request, Response};
use super::policy::{Accepted, Policy};
use super::replay::Replays;
use super::rfc9421;
use super::unverified::Unverified;
use crate::clock::{Clock, SystemClock};
use crate::error::Error;

/// Verifies signed requests (webhooks) and signed answers.
///
/// What it takes was signed with one of its keys, with the algorithm of that key, over at least
/// what is required and over the whole body, not longer ago than the window says, and, of a
/// request, was not taken before. Whoever has the key may have signed anything: a signature says
/// who wrote, and not that it is harmless or true.
///
/// ```
/// use secure_tool::signing::{Request, Unverified, Verifier, VerifyingKey};
///
/// # fn example(new: &str, old: &str, fields: Vec<(&str, &[u8])>, body: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
/// let verifier = Verifier::rfc9421()
///     .key(VerifyingKey::ed25519("2026-10", new)?)
///     .key(VerifyingKey::ed25519("2026-04", old)?) // until nobody signs with it any more
///     .build()?;
///
/// let request = Request::new("POST", "https://hooks.corp.example/orders").fields(fields).body(body);
/// match verifier.request(&request) {
///     Ok(verified) => println!("{} signed {} bytes", verified.key_id(), verified.body().len()),
///     Err(why) => eprintln!("{why}"), // and status 401 to the sender, whatever it was
/// }
/// # Ok(())
/// # }
/// ```
///
/// It remembers what it has taken in memory, for as long as the window is: a restart forgets, and
/// two processes do not share it.
pub struct Verifier {
    policy: Policy,
    /// What has to be covered, if that was said.
    declared: Option<Vec<Component>>,
    max_body: usize,
    replays: Replays,
}

impl Verifier {
    /// Begins a verifier of HTTP message signatures ([RFC
    /// 9421](https://www.rfc-editor.org/rfc/rfc9421)) by Ed25519 or HMAC-SHA256.
    pub fn rfc9421() -> VerifierBuilder {
        VerifierBuilder::new()
    }

    /// Verifies a request, such as a webhook. What was taken once is not taken again.
    ///
    /// # Errors
    ///
    /// Why it is not taken. Nothing is remembered then.
    pub fn request(&self, request: &Request<'_>) -> Result<Verified, Unverified> {
        self.verify(Subject::Request(request))
    }

    /// Verifies an answer to a request, which is to be given as it was sent. If the request was
    /// signed, the answer must be bound to its signature. An answer with a nonce is taken once; one
    /// without a nonce is taken while it is fresh.
    ///
    /// # Errors
    ///
    /// Why it is not taken.
    pub fn response(
        &self,
        response: &Response<'_>,
        to: &Request<'_>,
    ) -> Result<Verified, Unverified> {
        self.verify(Subject::Response(response, to))
    }

    fn verify(&self, subject: Subject<'_>) -> Result<Verified, Unverified> {
        if subject.message().body.len() > self.max_body {
            return Err(Unverified::TooLarge);
        }
        subject.check()?;
        let now = self.replays.now();
        let accepted = match &self.declared {
            Some(required) => rfc9421::verify(&self.policy, required, now, subject)?,
            None => rfc9421::verify(&self.policy, &rfc9421::required(subject)?, now, subject)?,
        };
        if let Some(mark) = accepted.mark {
            self.replays.admit(mark, accepted.until)?;
        }
        Ok(Verified(accepted))
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// Proof that a message was signed by the holder of a key, whole and in time. Only a [`Verifier`]
/// makes one. `Debug` does not show the body.
pub struct Verified(Accepted);

impl Verified {
    /// Returns the body that was signed.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.0.body
    }

    /// The same, without a copy.
    #[must_use]
    pub fn into_body(self) -> Vec<u8> {
        self.0.body
    }

    /// The id of the key that signed.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.0.key_id
    }

    /// When it was signed, as the signer says.
    #[must_use]
    pub fn created(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.0.created)
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("key_id", &self.0.key_id)
            .field("bytes", &self.0.body.len())
            .finish_non_exhaustive()
    }
}

/// A verifier that is being put together. See [`Verifier`].
#[must_use = "a builder does nothing before `build`"]
pub struct VerifierBuilder {
    keys: Vec<VerifyingKey>,
    covers: Option<Vec<String>>,
    tag: Option<String>,
    max_age: Duration,
    skew: Duration,
    remembers: usize,
    max_body: usize,
    clock: Arc<dyn Clock>,
}

impl VerifierBuilder {
    fn new() -> Self {
        Self {
            keys: Vec::new(),
            covers: None,
            tag: None,
            max_age: Duration::from_mins(5),
            skew: Duration::from_secs(30),
            remembers: 65_536,
            max_body: 1024 * 1024,
            clock: Arc::new(SystemClock::default()),
        }
    }

    /// Adds a key. While keys are rotated there are two: the new one, and the old one until nobody
    /// signs with it any more.
    pub fn key(mut self, key: VerifyingKey) -> Self {
        self.keys.push(key);
        self
    }

    /// What a signature has to cover at the least, named as in
    /// [`SignerBuilder::covers`](super::SignerBuilder::covers), instead of the default. A component that holds another one stands for it: `@target-uri` for `@path`.
    ///
    /// By default a request's signature has to cover `@method`, `@authority`, `@path` and `@query`,
    /// and an answer's `@status`, those four of its request (`@path;req`), and the request's
    /// signature if it has one. A body has to be covered by `content-digest` whatever stands here.
    pub fn covers<S: Into<String>>(mut self, components: impl IntoIterator<Item = S>) -> Self {
        self.covers = Some(components.into_iter().map(Into::into).collect());
        self
    }

    /// Looks only at signatures with this tag.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tag = Some(tag.into());
        self
    }

    /// How long ago a message may have been signed, in whole seconds; five minutes by default.
    pub fn max_age(mut self, time: Duration) -> Self {
        self.max_age = time;
        self
    }

    /// How far the signer's clock may be ahead or behind, in whole seconds; 30 seconds by default.
    pub fn skew(mut self, time: Duration) -> Self {
        self.skew = time;
        self
    }

    /// The most messages that are remembered, at about 64 bytes each; 65,536 by default. While as
    /// many were taken within the window, no other is taken.
    pub fn remembers(mut self, most: usize) -> Self {
        self.remembers = most;
        self
    }

    /// The most bytes of a body; 1 MiB by default.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Where the time comes from; the machine's clock by default.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    pub(crate) fn shared_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Puts the verifier together.
    ///
    /// # Errors
    ///
    /// If there is no key, two keys have one id, or a component is malformed.
    pub fn build(self) -> Result<Verifier, Error> {
        let wrong = |what: String| Err(Error::configuration(what));
        if self.keys.is_empty() {
            return wrong("a verifier without a key verifies nothing; add one".into());
        }
        for (at, key) in self.keys.iter().enumerate() {
            if self.keys.iter().skip(at + 1).any(|other| other.id == key.id) {
                return wrong(format!("two keys have the id `{}`", key.id));
            }
        }
        let declared = self
            .covers
            .map(|names| {
                names.iter().map(|name| super::component(name)).collect::<Result<Vec<_>, _>>()
            })
            .transpose()?;
        let policy = Policy {
            keys: self.keys,
            tag: self.tag,
            max_age: self.max_age.as_secs(),
            skew: self.skew.as_secs(),
        };
        let replays = Replays::new(self.clock, self.remembers);
        Ok(Verifier { policy, declared, max_body: self.max_body, replays })
    }
}

impl fmt::Debug for VerifierBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifierBuilder").field("keys", &self.keys).finish_non_exhaustive()
    }
}
