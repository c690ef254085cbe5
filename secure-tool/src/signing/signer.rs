//! Signs messages: a request or an answer in, the header fields that sign it out.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use ring::rand::{SecureRandom, SystemRandom};

use super::component::{Component, Subject};
use super::digest::{CONTENT_DIGEST, ContentDigest};
use super::key::SigningKey;
use super::message::{Request, Response};
use super::rfc9421;
use super::unverified::Unverified;
use crate::clock::{Clock, SystemClock};
use crate::error::Error;
use crate::keys::hex;

/// Signs messages with one key.
///
/// ```
/// use secure_tool::SecretString;
/// use secure_tool::signing::{Request, Signer, SigningKey};
///
/// # fn example(pem: SecretString) -> Result<(), secure_tool::Error> {
/// let signer = Signer::rfc9421(SigningKey::ed25519("2026-10", &pem)?).tag("shop").build()?;
/// let request = Request::new("POST", "https://hooks.partner.example/orders").field("content-type", b"application/json").body(br#"{"order":42}"#);
/// for (name, value) in signer.request(&request)? {
///     println!("{name}: {value}"); // content-digest, signature-input, signature
/// }
/// # Ok(())
/// # }
/// ```
pub struct Signer {
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

impl Signer {
    /// Begins a signer of HTTP message signatures ([RFC
    /// 9421](https://www.rfc-editor.org/rfc/rfc9421)).
    pub fn rfc9421(key: SigningKey) -> SignerBuilder {
        SignerBuilder::new(key)
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
        let fields = &subject.message().fields;
        if let Some(name) = rfc9421::FIELDS
            .iter()
            .find(|name| fields.iter().any(|(other, _)| other.eq_ignore_ascii_case(name)))
        {
            return Err(Error::configuration(format!(
                "header `{name}` is written by the signer, and the message has one"
            )));
        }
        let unsound =
            |why: Unverified| Error::configuration("the message can't be signed").because(why);
        subject.check().map_err(unsound)?;
        let now = self.clock.wall().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let mut bytes = [0; 16];
        self.random
            .fill(&mut bytes)
            .map_err(|_| Error::start("the system gives no random numbers"))?;
        let nonce = hex(&bytes);
        self.sign_with(now, &nonce, subject).map_err(unsound)
    }

    fn sign_with(
        &self,
        now: u64,
        nonce: &str,
        subject: Subject<'_>,
    ) -> Result<Vec<(&'static str, String)>, Unverified> {
        let statement = rfc9421::Statement {
            created: now,
            expires: self.expires.map(|expires| now.saturating_add(expires)),
            nonce: self.nonce.then_some(nonce),
            alg: self.alg,
            tag: self.tag.as_deref(),
        };
        let components = match &self.covers {
            Some(components) => components.clone(),
            None => rfc9421::components(subject)?,
        };
        let Some(digest) = rfc9421::content_digest(subject, self.digest) else {
            return rfc9421::sign(&self.key, &self.label, &components, &statement, subject)
                .map(Vec::from);
        };
        // The digest is one of the fields that are signed.
        let with_digest =
            subject.message().fields.iter().copied().chain([(CONTENT_DIGEST, digest.as_bytes())]);
        let signed = match subject {
            Subject::Request(request) => {
                let mut request = request.clone();
                request.message.fields = with_digest.collect();
                rfc9421::sign(
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
                rfc9421::sign(
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

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("key", &self.key).finish_non_exhaustive()
    }
}

/// A signer that is being put together. See [`Signer`].
#[must_use = "a builder does nothing before `build`"]
pub struct SignerBuilder {
    signer: Signer,
    covers: Option<Vec<String>>,
}

impl SignerBuilder {
    fn new(key: SigningKey) -> Self {
        let signer = Signer {
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

    pub(crate) fn shared_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.signer.clock = clock;
        self
    }

    /// Puts the signer together.
    ///
    /// # Errors
    ///
    /// If a component, the label or the tag is malformed.
    pub fn build(mut self) -> Result<Signer, Error> {
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

impl fmt::Debug for SignerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignerBuilder").field("signer", &self.signer).finish_non_exhaustive()
    }
}
