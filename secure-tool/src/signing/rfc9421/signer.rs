//! Signs messages: takes a request or a response, returns the header fields that sign it.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ring::rand::{SecureRandom, SystemRandom};
use secrecy::SecretString;

use super::component::{Component, Subject};
use super::digest::ContentDigest;
use crate::clock::{Clock, SystemClock};
use crate::error::Error;
use crate::keys::hex;
use crate::signing::key::SigningKey;
use crate::signing::message::{Request, Response};
use crate::signing::signer::{Signer, SigningError};
use crate::signing::unverified::Unverified;
use crate::signing::view::RequestView;
use crate::spec::headers::{CONTENT_DIGEST, OF_SIGNATURE};

/// The RFC 9421 signer: signs messages with one key.
///
/// ```
/// use secure_tool::SecretString;
/// use secure_tool::signing::{Request, Rfc9421Signer, SigningKey};
///
/// # fn example(pem: SecretString) -> Result<(), secure_tool::Error> {
/// let signer = Rfc9421Signer::builder(SigningKey::ed25519("2026-10", &pem)?).tag("shop").build()?;
/// let request = Request::new("POST", "https://hooks.partner.example/orders").field("content-type", b"application/json").body(br#"{"order":42}"#);
/// for (name, value) in signer.request(&request)? {
///     println!("{name}: {value}"); // content-digest, signature-input, signature
/// }
/// # Ok(())
/// # }
/// ```
pub struct Rfc9421Signer {
    key: SigningKey,
    covers: Option<Vec<Component>>,
    label: String,
    tag: Option<String>,
    expires: Option<u64>,
    alg: bool,
    nonce: bool,
    digest: ContentDigest,
    clock: Arc<dyn Clock>,
    random: SystemRandom,
}

impl Rfc9421Signer {
    /// Creates a builder of a signer by HTTP message signatures ([RFC
    /// 9421](https://www.rfc-editor.org/rfc/rfc9421)).
    pub fn builder(key: SigningKey) -> Rfc9421SignerBuilder {
        Rfc9421SignerBuilder::new(key)
    }

    /// Returns the header fields that sign a request. Send them in addition to its own.
    ///
    /// # Errors
    ///
    /// If the request already has signature fields, is ambiguous (method or URL), or lacks a
    /// component to cover; or if the operating system provides no random bytes.
    pub fn request(&self, request: &Request<'_>) -> Result<Vec<(&'static str, String)>, Error> {
        self.sign(Subject::Request(request))
    }

    /// Returns the header fields that sign a response, bound to its request.
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request) does.
    pub fn response(
        &self,
        response: &Response<'_>,
        to: &Request<'_>,
    ) -> Result<Vec<(&'static str, String)>, Error> {
        self.sign(Subject::Response(response, to))
    }

    fn sign(&self, subject: Subject<'_>) -> Result<Vec<(&'static str, String)>, Error> {
        let unsound =
            |why: SigningError| Error::configuration("the message can't be signed").because(why);
        self.sign_at(subject, self.clock.wall()).map_err(unsound)
    }

    fn sign_at(
        &self,
        subject: Subject<'_>,
        now: SystemTime,
    ) -> Result<Vec<(&'static str, String)>, SigningError> {
        let fields = &subject.message().fields;
        let is_written =
            |name: &str| OF_SIGNATURE.iter().any(|written| name.eq_ignore_ascii_case(written));
        if fields.iter().any(|(name, _)| is_written(name)) {
            return Err(SigningError::new("the message already has a field that the signer adds"));
        }
        subject.check()?;
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let mut bytes = [0; 16];
        self.random
            .fill(&mut bytes)
            .map_err(|_| SigningError::new("the operating system provides no random bytes"))?;
        Ok(self.sign_with(now, &hex(&bytes), subject)?)
    }

    fn sign_with(
        &self,
        now: u64,
        nonce: &str,
        subject: Subject<'_>,
    ) -> Result<Vec<(&'static str, String)>, Unverified> {
        let statement = super::Statement {
            created: now,
            expires: self.expires.map(|expires| now.saturating_add(expires)),
            nonce: self.nonce.then_some(nonce),
            alg: self.alg,
            tag: self.tag.as_deref(),
        };
        let components = match &self.covers {
            Some(components) => components.clone(),
            None => super::components(subject)?,
        };
        let Some(digest) = super::content_digest(subject, self.digest) else {
            return super::sign(&self.key, &self.label, &components, &statement, subject)
                .map(Vec::from);
        };
        // The signature covers the digest field too.
        let with_digest =
            subject.message().fields.iter().copied().chain([(CONTENT_DIGEST, digest.as_bytes())]);
        let signed = match subject {
            Subject::Request(request) => {
                let mut request = request.clone();
                request.message.fields = with_digest.collect();
                super::sign(
                    &self.key,
                    &self.label,
                    &components,
                    &statement,
                    Subject::Request(&request),
                )?
            }
            Subject::Response(response, to) => {
                let mut response = response.clone();
                response.message.fields = with_digest.collect();
                super::sign(
                    &self.key,
                    &self.label,
                    &components,
                    &statement,
                    Subject::Response(&response, to),
                )?
            }
        };
        let mut fields = vec![(CONTENT_DIGEST, digest)];
        fields.extend(signed);
        Ok(fields)
    }
}

impl Signer for Rfc9421Signer {
    fn scheme(&self) -> &'static str {
        "RFC 9421"
    }

    fn headers(&self) -> Vec<&str> {
        OF_SIGNATURE.to_vec()
    }

    fn secrets(&self) -> Vec<SecretString> {
        vec![self.key.text.clone()]
    }

    fn sign(
        &self,
        request: &RequestView<'_>,
        now: SystemTime,
    ) -> Result<Vec<(&str, String)>, SigningError> {
        self.sign_at(Subject::Request(request.request), now)
    }
}

impl fmt::Debug for Rfc9421Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rfc9421Signer").field("key", &self.key).finish_non_exhaustive()
    }
}

/// A builder of a [`Rfc9421Signer`].
#[must_use = "a builder does nothing before `build`"]
pub struct Rfc9421SignerBuilder {
    signer: Rfc9421Signer,
    covers: Option<Vec<String>>,
}

impl Rfc9421SignerBuilder {
    fn new(key: SigningKey) -> Self {
        let signer = Rfc9421Signer {
            key,
            covers: None,
            label: "sig1".into(),
            tag: None,
            expires: None,
            alg: true,
            nonce: true,
            digest: ContentDigest::default(),
            clock: Arc::new(SystemClock::default()),
            random: SystemRandom::new(),
        };
        Self { signer, covers: None }
    }

    /// Sets the components that the signature covers, in this order. A component is a derived one
    /// (`@method`, `@query-param;name="id"`), a header field (`content-type`) or, for a response, a
    /// part of its request (`@path;req`, `signature;req;key="sig1"`).
    ///
    /// Default for a request: `@method`, `@authority`, `@path`, `@query`, every header field of the
    /// [`Request`], and `content-digest` if it has a body. Default for a response: `@status`, its
    /// header fields, the digest, the same four parts of its request, and the signature of the
    /// request if it has one.
    ///
    /// Do not pass the signer a credential, or a header field that an intermediary changes.
    ///
    /// ```
    /// use secure_tool::signing::{Request, Rfc9421Signer, SigningKey};
    ///
    /// # let key = SigningKey::hmac("a", &"a secret of 32 bytes, or of more".into())?;
    /// let signer = Rfc9421Signer::builder(key).covers(["@method", "@path"]).build()?;
    /// let fields = signer.request(&Request::new("GET", "https://api.shop.example/orders"))?;
    /// let (_, input) = fields.iter().find(|(name, _)| *name == "signature-input").expect("signed");
    /// assert!(input.contains(r#""@method" "@path""#));
    /// # Ok::<(), secure_tool::Error>(())
    /// ```
    pub fn covers<S: Into<String>>(mut self, components: impl IntoIterator<Item = S>) -> Self {
        self.covers = Some(components.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the label of the signature within a message. Default: `sig1`.
    ///
    /// ```
    /// use secure_tool::signing::{Request, Rfc9421Signer, SigningKey};
    ///
    /// # let key = SigningKey::hmac("a", &"a secret of 32 bytes, or of more".into())?;
    /// let signer = Rfc9421Signer::builder(key).label("shop").build()?;
    /// let fields = signer.request(&Request::new("GET", "https://api.shop.example/orders"))?;
    /// let (_, input) = fields.iter().find(|(name, _)| *name == "signature-input").expect("signed");
    /// assert!(input.contains(r#"shop=("#));
    /// # Ok::<(), secure_tool::Error>(())
    /// ```
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.signer.label = label.into();
        self
    }

    /// Sets the purpose of the signature, so that other applications reject it. Default: no tag.
    ///
    /// ```
    /// use secure_tool::signing::{Request, Rfc9421Signer, SigningKey};
    ///
    /// # let key = SigningKey::hmac("a", &"a secret of 32 bytes, or of more".into())?;
    /// let signer = Rfc9421Signer::builder(key).tag("orders").build()?;
    /// let fields = signer.request(&Request::new("GET", "https://api.shop.example/orders"))?;
    /// let (_, input) = fields.iter().find(|(name, _)| *name == "signature-input").expect("signed");
    /// assert!(input.contains(r#"tag="orders""#));
    /// # Ok::<(), secure_tool::Error>(())
    /// ```
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.signer.tag = Some(tag.into());
        self
    }

    /// Sets how long the signature is valid, in whole seconds. Default: no expiry; the window of
    /// the receiver applies.
    ///
    /// ```
    /// use secure_tool::signing::{Request, Rfc9421Signer, SigningKey};
    ///
    /// # let key = SigningKey::hmac("a", &"a secret of 32 bytes, or of more".into())?;
    /// let signer = Rfc9421Signer::builder(key).expires_after(std::time::Duration::from_secs(60)).build()?;
    /// let fields = signer.request(&Request::new("GET", "https://api.shop.example/orders"))?;
    /// let (_, input) = fields.iter().find(|(name, _)| *name == "signature-input").expect("signed");
    /// assert!(input.contains(r#"expires="#));
    /// # Ok::<(), secure_tool::Error>(())
    /// ```
    pub fn expires_after(mut self, time: Duration) -> Self {
        self.signer.expires = Some(time.as_secs());
        self
    }

    /// Omits the algorithm from the signature. The receiver uses the algorithm of its key in any
    /// case.
    ///
    /// ```
    /// use secure_tool::signing::{Request, Rfc9421Signer, SigningKey};
    ///
    /// # let key = SigningKey::hmac("a", &"a secret of 32 bytes, or of more".into())?;
    /// let signer = Rfc9421Signer::builder(key).without_alg().build()?;
    /// let fields = signer.request(&Request::new("GET", "https://api.shop.example/orders"))?;
    /// assert!(fields.iter().all(|(_, value)| !value.contains("alg=")));
    /// # Ok::<(), secure_tool::Error>(())
    /// ```
    pub fn without_alg(mut self) -> Self {
        self.signer.alg = false;
        self
    }

    /// Omits the nonce, for a receiver that rejects it. Two signatures of the same message within
    /// one second are then equal, and a receiver accepts only one.
    ///
    /// ```
    /// use secure_tool::signing::{Request, Rfc9421Signer, SigningKey};
    ///
    /// # let key = SigningKey::hmac("a", &"a secret of 32 bytes, or of more".into())?;
    /// let signer = Rfc9421Signer::builder(key).without_nonce().build()?;
    /// let fields = signer.request(&Request::new("GET", "https://api.shop.example/orders"))?;
    /// assert!(fields.iter().all(|(_, value)| !value.contains("nonce=")));
    /// # Ok::<(), secure_tool::Error>(())
    /// ```
    pub fn without_nonce(mut self) -> Self {
        self.signer.nonce = false;
        self
    }

    /// Sets the digest algorithm of the body. Default: SHA-256.
    ///
    /// ```
    /// use secure_tool::signing::{ContentDigest, Request, Rfc9421Signer, SigningKey};
    ///
    /// # let key = SigningKey::hmac("a", &"a secret of 32 bytes, or of more".into())?;
    /// let signer = Rfc9421Signer::builder(key).digest(ContentDigest::Sha512).build()?;
    /// let request = Request::new("POST", "https://api.shop.example/orders").body(b"{}");
    /// let fields = signer.request(&request)?;
    /// assert!(fields.iter().any(|(_, value)| value.starts_with("sha-512=")));
    /// # Ok::<(), secure_tool::Error>(())
    /// ```
    pub fn digest(mut self, digest: ContentDigest) -> Self {
        self.signer.digest = digest;
        self
    }

    /// Sets the clock. Default: the system clock.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.signer.clock = Arc::new(clock);
        self
    }

    /// Builds the signer.
    ///
    /// # Errors
    ///
    /// If a component, the label or the tag is malformed.
    pub fn build(mut self) -> Result<Rfc9421Signer, Error> {
        let wrong = |what: String| Err(Error::configuration(what));
        if sfv::Key::from_string(self.signer.label.clone()).is_err() {
            return wrong(format!("`{}` is not a valid label of a signature", self.signer.label));
        }
        if self.signer.tag.as_ref().is_some_and(|tag| sfv::StringRef::from_str(tag).is_err()) {
            return wrong("the tag of a signature must be printable ASCII".into());
        }
        if let Some(names) = &self.covers {
            let components = names.iter().map(|name| super::component(name));
            self.signer.covers = Some(components.collect::<Result<_, _>>()?);
        }
        Ok(self.signer)
    }
}

impl fmt::Debug for Rfc9421SignerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rfc9421SignerBuilder").field("signer", &self.signer).finish_non_exhaustive()
    }
}
