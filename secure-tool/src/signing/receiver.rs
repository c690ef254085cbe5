//! Receives signed messages: takes a verifier and a message, returns a proof with the body or one
//! reason for rejection. Size, age and replays are checked here for every scheme.

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
/// An accepted message was signed over its whole body with a key of the [`Verifier`], is not older
/// than the window, and was not accepted before. A signature proves who wrote a message, not that
/// the message is harmless or true.
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
/// The receiver stores accepted messages in memory for the length of the window. A restart clears
/// them, and two processes do not share them.
pub struct Receiver {
    verifier: Box<dyn Verifier>,
    max_age: u64,
    skew: u64,
    max_body: usize,
    /// The reason for which signatures without a time are accepted.
    undated: Option<String>,
    replays: Replays,
}

impl Receiver {
    /// Creates a receiver with the defaults: a window of 5 minutes, a clock skew of 30 seconds,
    /// bodies of at most 1 MiB, 65,536 remembered messages, and the system clock.
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

    /// Sets the maximum age of a signature, in whole seconds. Default: 5 minutes.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use secure_tool::signing::{Receiver, Rfc9421Verifier, VerifyingKey};
    ///
    /// # let key = VerifyingKey::hmac("a", &"a secret of 32 bytes, or of more".into())?;
    /// let verifier = Rfc9421Verifier::builder().key(key).build()?;
    /// let receiver = Receiver::new(verifier).max_age(Duration::from_secs(60));
    /// # let _ = receiver;
    /// # Ok::<(), secure_tool::Error>(())
    /// ```
    #[must_use]
    pub fn max_age(mut self, time: Duration) -> Self {
        self.max_age = time.as_secs();
        self
    }

    /// Sets how far the signer's clock may differ, in whole seconds. Default: 30 seconds.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use secure_tool::signing::{Receiver, Rfc9421Verifier, VerifyingKey};
    ///
    /// # let key = VerifyingKey::hmac("a", &"a secret of 32 bytes, or of more".into())?;
    /// let verifier = Rfc9421Verifier::builder().key(key).build()?;
    /// let receiver = Receiver::new(verifier).skew(Duration::from_secs(5));
    /// # let _ = receiver;
    /// # Ok::<(), secure_tool::Error>(())
    /// ```
    #[must_use]
    pub fn skew(mut self, time: Duration) -> Self {
        self.skew = time.as_secs();
        self
    }

    /// Sets the maximum number of remembered messages, at about 64 bytes each. Default: 65,536. A
    /// full memory rejects every further message until one leaves the window.
    ///
    /// ```
    /// use secure_tool::signing::{Receiver, Rfc9421Verifier, VerifyingKey};
    ///
    /// # let key = VerifyingKey::hmac("a", &"a secret of 32 bytes, or of more".into())?;
    /// let verifier = Rfc9421Verifier::builder().key(key).build()?;
    /// let receiver = Receiver::new(verifier).remembers(1_000_000);
    /// # let _ = receiver;
    /// # Ok::<(), secure_tool::Error>(())
    /// ```
    #[must_use]
    pub fn remembers(mut self, most: usize) -> Self {
        self.replays.most = most;
        self
    }

    /// Sets the maximum size of a body, in bytes. Default: 1 MiB.
    ///
    /// ```
    /// use secure_tool::signing::{Receiver, Rfc9421Verifier, VerifyingKey};
    ///
    /// # let key = VerifyingKey::hmac("a", &"a secret of 32 bytes, or of more".into())?;
    /// let verifier = Rfc9421Verifier::builder().key(key).build()?;
    /// let receiver = Receiver::new(verifier).max_body(64 * 1024);
    /// # let _ = receiver;
    /// # Ok::<(), secure_tool::Error>(())
    /// ```
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Sets the clock. Default: the system clock.
    #[must_use]
    pub fn clock(self, clock: impl Clock + 'static) -> Self {
        self.shared_clock(Arc::new(clock))
    }

    pub(crate) fn shared_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.replays.clock = clock;
        self
    }

    /// Accepts signatures that cover no time, of schemes such as `x-hub-signature-256`. Replays are
    /// then rejected only while the receiver remembers the message: for the window plus the skew.
    /// Default: such signatures are rejected as [`Unverified::Undated`].
    ///
    /// ```
    /// use secure_tool::signing::{Receiver, Rfc9421Verifier, VerifyingKey};
    ///
    /// # let key = VerifyingKey::hmac("a", &"a secret of 32 bytes, or of more".into())?;
    /// let verifier = Rfc9421Verifier::builder().key(key).build()?;
    /// let receiver = Receiver::new(verifier)
    ///     .dangerously_accept_undated("the scheme of the provider covers no time");
    /// # let _ = receiver;
    /// # Ok::<(), secure_tool::Error>(())
    /// ```
    #[must_use]
    pub fn dangerously_accept_undated(mut self, reason: impl Into<String>) -> Self {
        self.undated = Some(reason.into());
        self
    }

    /// Verifies a request, such as a webhook. Each message is accepted once.
    ///
    /// # Errors
    ///
    /// Returns the reason for rejection. A rejected message is not remembered.
    ///
    /// ```
    /// use secure_tool::signing::{
    ///     Receiver, Request, Rfc9421Signer, Rfc9421Verifier, SigningKey, Unverified,
    /// };
    ///
    /// let key = SigningKey::hmac("a", &"a secret of 32 bytes, or of more".into())?;
    /// let verifier = Rfc9421Verifier::builder().key(key.verifying()).build()?;
    /// let receiver = Receiver::new(verifier);
    ///
    /// // The sender signs:
    /// let request = Request::new("POST", "https://hooks.corp.example/orders").body(b"{}");
    /// let signed = Rfc9421Signer::builder(key).build()?.request(&request)?;
    /// let signed = signed.iter().map(|(name, value)| (*name, value.as_bytes()));
    ///
    /// // The receiver verifies, once:
    /// let request = request.clone().fields(signed);
    /// assert_eq!(receiver.request(&request)?.body(), b"{}");
    /// assert_eq!(receiver.request(&request).map(drop), Err(Unverified::Replayed));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn request(&self, request: &Request<'_>) -> Result<Verified, Unverified> {
        let body = self.body(request.message.body)?;
        let view = request.view()?;
        let acceptance = caught(|| self.verifier.verify_request(&view, &self.window()))?;
        if acceptance.mark.is_none() {
            return Err(Unverified::Replayable);
        }
        self.admit(acceptance, body)
    }

    /// Verifies a response to a request. Pass the request as it was sent. If the request was
    /// signed, an RFC 9421 response must cover its signature. A response with a nonce is accepted
    /// once.
    ///
    /// # Errors
    ///
    /// Returns the reason for rejection.
    ///
    /// ```
    /// use secure_tool::signing::{
    ///     Receiver, Request, Response, Rfc9421Signer, Rfc9421Verifier, SigningKey,
    /// };
    ///
    /// let key = SigningKey::hmac("a", &"a secret of 32 bytes, or of more".into())?;
    /// let verifier = Rfc9421Verifier::builder().key(key.verifying()).build()?;
    /// let request = Request::new("GET", "https://api.shop.example/orders");
    /// let response = Response::new(200).body(br#"{"total":3}"#);
    ///
    /// let signed = Rfc9421Signer::builder(key).build()?.response(&response, &request)?;
    /// let response = response.fields(signed.iter().map(|(name, value)| (*name, value.as_bytes())));
    /// let verified = Receiver::new(verifier).response(&response, &request)?;
    /// assert_eq!(verified.body(), br#"{"total":3}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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

/// Calls the verifier. A panic is a rejection.
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
