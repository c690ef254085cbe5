//! Signs messages: a request or an answer in, the header fields that sign it out.

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

/// Signs messages with one key.
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
    /// Returns a builder of a signer by HTTP message signatures ([RFC
    /// 9421](https://www.rfc-editor.org/rfc/rfc9421)).
    pub fn builder(key: SigningKey) -> Rfc9421SignerBuilder {
        Rfc9421SignerBuilder::new(key)
    }

    /// The header fields that sign a request, to be sent beside those that it has.
    ///
    /// # Errors
    ///
    /// If the request has fields of a signature, can't be read in one way only (a method or an
    /// address that is none), or lacks what the signature shall cover; or the system gives no random
    /// numbers.
    pub fn request(&self, request: &Request<'_>) -> Result<Vec<(&'static str, String)>, Error> {
        self.sign(Subject::Request(request))
    }

    /// The header fields that sign an answer, bound to the request that it answers.
    ///
    /// # Errors
    ///
    /// As of [`request`](Self::request).
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
            return Err(SigningError::new("the message has a field that the signer writes"));
        }
        subject.check()?;
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let mut bytes = [0; 16];
        self.random
            .fill(&mut bytes)
            .map_err(|_| SigningError::new("the system returned no random numbers"))?;
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
        // The digest is one of the fields that are signed.
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

/// A signer that is being put together. See [`Rfc9421Signer`].
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

    /// What a signature covers, in this order: derived components (`@method`,
    /// `@query-param;name="id"`), header fields (`content-type`) and, of an answer, parts of its
    /// request (`@path;req`, `signature;req;key="sig1"`).
    ///
    /// By default it covers `@method`, `@authority`, `@path`, `@query`, every header field that the
    /// request is given with, and `content-digest` if there is a body. Of an answer it covers the
    /// status, the fields, the digest, the same four parts of its request, and the request's
    /// signature if it has one. So a credential, or a field that somebody on the way will change,
    /// is left out of what is given to the signer.
    pub fn covers<S: Into<String>>(mut self, components: impl IntoIterator<Item = S>) -> Self {
        self.covers = Some(components.into_iter().map(Into::into).collect());
        self
    }

    /// The name of the signature among others in one message; `sig1` by default.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.signer.label = label.into();
        self
    }

    /// What the signature is for, so that one made for another application is not taken.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.signer.tag = Some(tag.into());
        self
    }

    /// How long after it is made a signature is good, in whole seconds; as long as the receiver
    /// takes it by default.
    pub fn expires_after(mut self, time: Duration) -> Self {
        self.signer.expires = Some(time.as_secs());
        self
    }

    /// Does not name the algorithm. The receiver goes by its key in any case.
    pub fn without_alg(mut self) -> Self {
        self.signer.alg = false;
        self
    }

    /// Gives no nonce, for a receiver that takes none. Two signatures of the same message in the
    /// same second are then one, which a receiver takes once.
    pub fn without_nonce(mut self) -> Self {
        self.signer.nonce = false;
        self
    }

    /// Digests the content so; with SHA-256 by default.
    pub fn digest(mut self, digest: ContentDigest) -> Self {
        self.signer.digest = digest;
        self
    }

    /// Where the time comes from; the machine's clock by default.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.signer.clock = Arc::new(clock);
        self
    }

    /// Puts the signer together.
    ///
    /// # Errors
    ///
    /// If a component, the label or the tag is malformed.
    pub fn build(mut self) -> Result<Rfc9421Signer, Error> {
        let wrong = |what: String| Err(Error::configuration(what));
        if sfv::Key::from_string(self.signer.label.clone()).is_err() {
            return wrong(format!("`{}` is no label of a signature", self.signer.label));
        }
        if self.signer.tag.as_ref().is_some_and(|tag| sfv::StringRef::from_str(tag).is_err()) {
            return wrong("the tag of a signature is printable ASCII".into());
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
