//! Receives signed messages: a verifier and a message in, a proof with its body out, or one reason
//! against it. Sizes, ages and replays are checked here for every scheme.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::message::{Request, Response};
use super::replay::Replays;
use super::unverified::Unverified;
use super::verifier::{Acceptance, Verified, Verifier, Window};
use crate::clock::{Clock, SystemClock};

/// A receiver of signed requests (webhooks) and signed responses.
///
/// What it accepts was signed over the whole body with a key of its [`Verifier`], is not older than
/// the window, and was not accepted before. A signature says who wrote a message, and not that the
/// message is harmless or true: the holder of the key may have signed anything.
///
/// ```
/// use secure_tool::signing::{Receiver, Request, Rfc9421Verifier, VerifyingKey};
///
/// # fn example(new: &str, old: &str, fields: Vec<(&str, &[u8])>, body: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
/// let receiver = Receiver::new(
///     Rfc9421Verifier::builder()
///         .key(VerifyingKey::ed25519("2026-10", new)?)
///         .key(VerifyingKey::ed25519("2026-04", old)?) // until it is not used any more
///         .build()?,
/// );
///
/// let request = Request::new("POST", "https://hooks.corp.example/orders").fields(fields).body(body);
/// match receiver.request(&request) {
///     Ok(verified) => println!("{} signed {} bytes", verified.key_id(), verified.body().len()),
///     Err(why) => eprintln!("{why}"), // and status 401 to the sender, for every reason
/// }
/// # Ok(())
/// # }
/// ```
///
/// It remembers in memory what it accepted, for as long as the window is: a restart forgets, and two
/// processes do not share it.
pub struct Receiver {
    verifier: Box<dyn Verifier>,
    max_age: u64,
    skew: u64,
    max_body: usize,
    /// Why signatures without a time are accepted.
    undated: Option<String>,
    replays: Replays,
}

impl Receiver {
    /// Returns a receiver with the defaults: a window of 5 minutes, 30 seconds of skew, bodies of at
    /// most 1 MiB, 65,536 remembered messages, and the clock of the machine.
    pub fn new(verifier: impl Verifier + 'static) -> Self {
        Self {
            verifier: Box::new(verifier),
            max_age: 5 * 60,
            skew: 30,
            max_body: 1024 * 1024,
            undated: None,
            replays: Replays::new(Arc::new(SystemClock::default()), 65_536),
        }
    }

    /// Sets how long ago a message may have been signed, in whole seconds. Default: 5 minutes.
    #[must_use]
    pub fn max_age(mut self, time: Duration) -> Self {
        self.max_age = time.as_secs();
        self
    }

    /// Sets how far the signer's clock may be ahead or behind, in whole seconds. Default: 30
    /// seconds.
    #[must_use]
    pub fn skew(mut self, time: Duration) -> Self {
        self.skew = time.as_secs();
        self
    }

    /// Sets the most messages that are remembered, at about 64 bytes each. Default: 65,536. While
    /// as many were accepted within the window, no other message is accepted.
    #[must_use]
    pub fn remembers(mut self, most: usize) -> Self {
        self.replays.most = most;
        self
    }

    /// Sets the most bytes of a body. Default: 1 MiB.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Sets the clock. Default: the clock of the machine.
    #[must_use]
    pub fn clock(self, clock: impl Clock + 'static) -> Self {
        self.shared_clock(Arc::new(clock))
    }

    pub(crate) fn shared_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.replays.clock = clock;
        self
    }

    /// Accepts signatures that cover no time, of schemes such as `x-hub-signature-256`. Copies of a
    /// message are rejected only while the receiver remembers it: for the window and the skew.
    #[must_use]
    pub fn dangerously_accept_undated(mut self, reason: impl Into<String>) -> Self {
        self.undated = Some(reason.into());
        self
    }

    /// Verifies a request, such as a webhook. A message is accepted once.
    ///
    /// # Errors
    ///
    /// Why it is rejected. Nothing is remembered then.
    pub fn request(&self, request: &Request<'_>) -> Result<Verified, Unverified> {
        let body = self.body(request.message.body)?;
        let view = request.view()?;
        let acceptance = caught(|| self.verifier.verify_request(&view, &self.window()))?;
        if acceptance.mark.is_none() {
            return Err(Unverified::Replayable);
        }
        self.admit(acceptance, body)
    }

    /// Verifies a response to a request, which is given as it was sent. If the request was signed,
    /// a response by RFC 9421 must be bound to its signature. A response with a nonce is accepted
    /// once.
    ///
    /// # Errors
    ///
    /// Why it is rejected.
    pub fn response(
        &self,
        response: &Response<'_>,
        to: &Request<'_>,
    ) -> Result<Verified, Unverified> {
        let body = self.body(response.message.body)?;
        let (to, response) = (to.view()?, response.view()?);
        let window = self.window();
        let acceptance = caught(|| self.verifier.verify_response(&response, &to, &window))?;
        self.admit(acceptance, body)
    }

    pub(crate) fn scheme(&self) -> &str {
        self.verifier.scheme()
    }

    fn body<'a>(&self, body: &'a [u8]) -> Result<&'a [u8], Unverified> {
        if body.len() > self.max_body { Err(Unverified::TooLarge) } else { Ok(body) }
    }

    fn window(&self) -> Window {
        Window {
            now: self.replays.now(),
            max_age: self.max_age,
            skew: self.skew,
            undated: self.undated.is_some(),
        }
    }

    fn admit(&self, acceptance: Acceptance, body: &[u8]) -> Result<Verified, Unverified> {
        if let Some(mark) = acceptance.mark {
            self.replays.admit(mark, acceptance.until())?;
        }
        Ok(acceptance.proven(body))
    }
}

/// A panic of a verifier accepts nothing.
fn caught(
    verify: impl FnOnce() -> Result<Acceptance, Unverified>,
) -> Result<Acceptance, Unverified> {
    catch_unwind(AssertUnwindSafe(verify)).unwrap_or(Err(Unverified::Panicked))
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("scheme", &self.scheme())
            .field("max_age", &self.max_age)
            .field("skew", &self.skew)
            .field("undated", &self.undated)
            .finish_non_exhaustive()
    }
}
