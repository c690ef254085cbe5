//! Schemes that verify messages: the trait, its result, and the proof that a
//! [`Receiver`](super::Receiver) returns.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ring::digest;
use secrecy::SecretString;

use super::replay::Mark;
use super::unverified::Unverified;
use super::view::{RequestView, ResponseView};

/// A scheme that verifies signed requests (webhooks), signed responses, or both.
///
/// [`Rfc9421Verifier`](super::Rfc9421Verifier) is the scheme of this crate. Implement the trait for
/// the scheme of a provider. Verify webhooks with a [`Receiver`](super::Receiver), and responses of
/// an API with [`Connection::verifier`](crate::Connection::verifier).
///
/// An implementation checks the signature. The receiver checks everything else: the size of the
/// body, the age, and that the message was not accepted before. So [`Acceptance::new`] requires a
/// [`Fresh`], which only the [`Window`] of the call makes, and a [`Replay`].
///
/// The two methods reject every message by default. A scheme that implements only one of them
/// accepts nothing in the other direction.
///
/// ```
/// use secure_tool::SecretString;
/// use secure_tool::signing::{
///     Acceptance, Receiver, Replay, Request, RequestView, SigningKey, Unverified, Verifier, VerifyingKey, Window,
/// };
///
/// /// Verifies `x-shop-signature: t=<seconds>,v1=<hex of HMAC-SHA256 over "<seconds>.<body>">`.
/// struct Timestamped {
///     secret: SecretString,
///     key: VerifyingKey,
/// }
///
/// impl Verifier for Timestamped {
///     fn scheme(&self) -> &str {
///         "timestamped v1"
///     }
///
///     fn secrets(&self) -> Vec<SecretString> {
///         vec![self.secret.clone()]
///     }
///
///     fn verify_request(&self, request: &RequestView<'_>, window: &Window) -> Result<Acceptance, Unverified> {
///         let field = request.header("x-shop-signature")?.ok_or(Unverified::Absent)?;
///         let (time, signature) = field
///             .strip_prefix("t=")
///             .and_then(|rest| rest.split_once(",v1="))
///             .ok_or(Unverified::Malformed)?;
///         let signed = [time.as_bytes(), b".", request.body()].concat();
///         self.key.verify_hex(&signed, signature)?; // in constant time
///         let fresh = window.dated(time.parse().map_err(|_| Unverified::Malformed)?, None)?;
///         Acceptance::new("main", fresh, Replay::Signed(&signed))
///     }
/// }
///
/// let secret = SecretString::from("a secret of 32 bytes, or of more");
/// let receiver = Receiver::new(Timestamped { key: VerifyingKey::hmac("main", &secret)?, secret: secret.clone() });
///
/// let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs();
/// let signature = SigningKey::hmac("main", &secret)?.sign_hex(format!("{now}.{{}}").as_bytes());
/// let field = format!("t={now},v1={signature}");
/// let request = Request::new("POST", "https://hooks.corp.example/shop").field("X-Shop-Signature", field.as_bytes()).body(b"{}");
/// assert_eq!(receiver.request(&request)?.body(), b"{}");
/// assert_eq!(receiver.request(&request).map(drop), Err(Unverified::Replayed));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Verifier: Send + Sync {
    /// Returns the name of the scheme, which [`Guard::posture`](crate::Guard::posture) shows.
    fn scheme(&self) -> &str;

    /// Returns the secret keys as texts. A guard scrubs them from responses, records and errors. Do
    /// not return public keys.
    fn secrets(&self) -> Vec<SecretString>;

    /// Verifies the signature of a request, such as a webhook. It must cover the whole body.
    ///
    /// # Errors
    ///
    /// Returns the reason for rejection. By default every request is rejected as
    /// [`Unverified::Unsupported`].
    fn verify_request(
        &self,
        request: &RequestView<'_>,
        window: &Window,
    ) -> Result<Acceptance, Unverified> {
        let _ = (request, window);
        Err(Unverified::Unsupported)
    }

    /// Verifies the signature of a response to a request. It must cover the whole body. It must
    /// also cover the status if the meaning of the body depends on it.
    ///
    /// # Errors
    ///
    /// Returns the reason for rejection. By default every response is rejected as
    /// [`Unverified::Unsupported`].
    fn verify_response(
        &self,
        response: &ResponseView<'_>,
        to: &RequestView<'_>,
        window: &Window,
    ) -> Result<Acceptance, Unverified> {
        let _ = (response, to, window);
        Err(Unverified::Unsupported)
    }
}

impl<V: Verifier + ?Sized> Verifier for Arc<V> {
    fn scheme(&self) -> &str {
        (**self).scheme()
    }

    fn secrets(&self) -> Vec<SecretString> {
        (**self).secrets()
    }

    fn verify_request(
        &self,
        request: &RequestView<'_>,
        window: &Window,
    ) -> Result<Acceptance, Unverified> {
        (**self).verify_request(request, window)
    }

    fn verify_response(
        &self,
        response: &ResponseView<'_>,
        to: &RequestView<'_>,
        window: &Window,
    ) -> Result<Acceptance, Unverified> {
        (**self).verify_response(response, to, window)
    }
}

/// The period in which a message must have been signed. A [`Receiver`](super::Receiver) creates one
/// for each message.
#[derive(Debug)]
pub struct Window {
    /// Seconds since 1970, as all times in this module.
    pub(super) now: u64,
    pub(super) max_age: u64,
    pub(super) skew: u64,
    /// Whether a signature without a time is accepted.
    pub(super) undated: bool,
}

impl Window {
    /// Returns the time of the receiver's clock.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.now)
    }

    /// Checks the times that a signature covers, in seconds since 1970 (UTC): its creation, and its
    /// expiry if it has one. Pass covered times only: an attacker can change the others.
    ///
    /// # Errors
    ///
    /// [`Unverified::TooOld`] if the signature is older than the window or has expired;
    /// [`Unverified::TooNew`] if it was made in the future.
    pub fn dated(&self, created: u64, expires: Option<u64>) -> Result<Fresh, Unverified> {
        if created > self.now.saturating_add(self.skew) {
            return Err(Unverified::TooNew);
        }
        let end = created.saturating_add(self.max_age);
        let end = expires.map_or(end, |expires| expires.min(end)).saturating_add(self.skew);
        if end < self.now || expires.is_some_and(|expires| expires < created) {
            return Err(Unverified::TooOld);
        }
        Ok(Fresh { created, until: end })
    }

    /// Accepts a signature that covers no time, if the operator allowed it with
    /// [`Receiver::dangerously_accept_undated`](super::Receiver::dangerously_accept_undated).
    ///
    /// # Errors
    ///
    /// [`Unverified::Undated`] otherwise.
    pub fn undated(&self) -> Result<Fresh, Unverified> {
        if !self.undated {
            return Err(Unverified::Undated);
        }
        let until = self.now.saturating_add(self.max_age).saturating_add(self.skew);
        Ok(Fresh { created: self.now, until })
    }
}

/// Proof that the time of a signature is within the [`Window`]. Only a window makes one.
#[derive(Debug)]
pub struct Fresh {
    created: u64,
    /// The last second in which the message is accepted.
    until: u64,
}

/// The part that makes a signed message unique. A second copy is rejected.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Replay<'a> {
    /// A nonce or an event id that the signature covers.
    Nonce(&'a [u8]),
    /// All bytes that the signature covers.
    Signed(&'a [u8]),
    /// Only for a response: the signature covers a unique part of its request, such as a nonce or
    /// the signature of the request. The response is not remembered.
    BoundToRequest,
}

/// A message with a valid signature. A [`Receiver`](super::Receiver) turns it into a [`Verified`],
/// unless the message was accepted before.
#[derive(Debug)]
pub struct Acceptance {
    pub(super) key_id: String,
    pub(super) fresh: Fresh,
    /// The mark to remember.
    pub(super) mark: Option<Mark>,
}

impl Acceptance {
    /// Creates an acceptance by the key with this id.
    ///
    /// # Errors
    ///
    /// [`Unverified::Malformed`] if the id does not have 1 to 128 letters, digits or characters of
    /// `._-:/@+=`.
    pub fn new(
        key_id: impl Into<String>,
        fresh: Fresh,
        replay: Replay<'_>,
    ) -> Result<Self, Unverified> {
        let key_id = key_id.into();
        if !super::key::is_key_id(&key_id) {
            return Err(Unverified::Malformed);
        }
        let mark = match replay {
            Replay::Nonce(nonce) => Some(mark(&[b"nonce", key_id.as_bytes(), nonce])),
            Replay::Signed(signed) => Some(mark(&[b"base", key_id.as_bytes(), signed])),
            Replay::BoundToRequest => None,
        };
        Ok(Self { key_id, fresh, mark })
    }

    /// Returns the last second in which the message is accepted.
    pub(super) fn until(&self) -> u64 {
        self.fresh.until
    }

    /// Returns the proof. The receiver calls it after all other checks.
    pub(super) fn proven(self, body: &[u8]) -> Verified {
        Verified { key_id: self.key_id, created: self.fresh.created, body: body.to_vec() }
    }
}

/// Returns an unambiguous digest of the parts.
fn mark(parts: &[&[u8]]) -> Mark {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut mark = Mark::default();
    mark.copy_from_slice(context.finish().as_ref());
    mark
}

/// Proof that the holder of a key signed the whole message within the window. Only a
/// [`Receiver`](super::Receiver) creates one. `Debug` does not show the body.
pub struct Verified {
    key_id: String,
    created: u64,
    body: Vec<u8>,
}

impl Verified {
    /// Returns the signed body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Returns the signed body without a copy.
    #[must_use]
    pub fn into_body(self) -> Vec<u8> {
        self.body
    }

    /// Returns the id of the key that signed.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Returns the time of the signature, as the signer states it. For a signature without a time,
    /// returns the time of acceptance.
    #[must_use]
    pub fn created(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.created)
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("key_id", &self.key_id)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
