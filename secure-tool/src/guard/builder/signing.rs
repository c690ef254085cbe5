//! The keys of signatures: an API's declaration in, its signer and its verifier out.

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::clock::Clock;
use crate::error::Error;
use crate::signing::{
    CheckedSigner, Receiver, Rfc9421Signer, Rfc9421Verifier, SigningKey, VerifyingKey,
};
use crate::spec::{Algorithm, ApiSpec};
use crate::tool::Tool;
use crate::transport::{Connection, Signing};

/// A key that is also sent proves nothing, because its receiver can sign with it.
const CREDENTIAL_IS_KEY: &str =
    "its credential is the key of its signatures too; whoever sees one request could sign the next";

/// The sources of the keys of one API.
pub(super) struct Keys<'a> {
    pub(super) api: &'a ApiSpec,
    pub(super) connection: &'a Connection,
    /// All tools of the guard.
    pub(super) tools: &'a [Tool],
    pub(super) clock: &'a Arc<dyn Clock>,
    /// Returns a secret by its name.
    pub(super) read: &'a dyn Fn(&str) -> Result<Option<SecretString>, Error>,
    /// Learns the values that must never leave.
    pub(super) learn: &'a mut dyn FnMut(&str, &SecretString) -> Result<(), Error>,
}

impl Keys<'_> {
    /// Reads all keys.
    pub(super) fn load(mut self) -> Result<Signing, Error> {
        Ok(Signing { signer: self.signer()?, verifier: self.verifier()? })
    }

    fn signer(&mut self) -> Result<Option<CheckedSigner>, Error> {
        if self.api.sign.is_none() && self.connection.signing_key.is_some() {
            return Err(self.wrong("its connection has a signing key without effect; declare `sign(…)`, or remove the key"));
        }
        if let Some(custom) = self.connection.signer.clone() {
            if self.api.sign.is_some() {
                return Err(
                    self.wrong("it declares `sign(…)` and its connection has a signer, which exclude each other; take one out")
                );
            }
            self.learn_all("a signer", &custom.0.secrets())?;
            let signer = CheckedSigner::new(custom.0, self.clock.clone())?;
            super::headers::check_signer(self.api, self.tools, &signer)?;
            return Ok(Some(signer));
        }
        let Some(sign) = self.api.sign else { return Ok(None) };
        let (id, name) = self
            .connection
            .signing_key
            .as_ref()
            .map_or((sign.key_id, sign.secret), |(id, name)| (id, name));
        let key = self.secret(name)?;
        let builder = match sign.algorithm {
            Algorithm::Hmac => Rfc9421Signer::builder(SigningKey::hmac(id, &key)?),
            Algorithm::Ed25519 => Rfc9421Signer::builder(SigningKey::ed25519(id, &key)?),
        };
        let builder = if sign.tag.is_empty() { builder } else { builder.tag(sign.tag) };
        CheckedSigner::new(Arc::new(builder.build()?), self.clock.clone()).map(Some)
    }

    fn verifier(&mut self) -> Result<Option<Receiver>, Error> {
        if self.api.verify.is_none() && self.connection.answer_keys.is_some() {
            return Err(self.wrong("its connection has verification keys without effect; declare `verify(…)`, or remove the keys"));
        }
        if let Some(custom) = self.connection.verifier.clone() {
            if self.api.verify.is_some() {
                return Err(self.wrong(
                    "it declares `verify(…)` and its connection has a verifier, which exclude each other; take one out",
                ));
            }
            self.learn_all("a verifier", &custom.0.secrets())?;
            // The tool's limit already bounds the body.
            let receiver = Receiver::new(custom.0).max_body(usize::MAX);
            return Ok(Some(receiver.shared_clock(self.clock.clone())));
        }
        let Some(verify) = self.api.verify else { return Ok(None) };
        let declared = || verify.keys.iter().map(|(id, name)| (*id, *name)).collect();
        let keys: Vec<(&str, &str)> =
            self.connection.answer_keys.as_ref().map_or_else(declared, |keys| {
                keys.iter().map(|(id, name)| (&**id, &**name)).collect()
            });
        let mut builder = Rfc9421Verifier::builder();
        for (id, name) in keys {
            builder = builder.key(match verify.algorithm {
                Algorithm::Ed25519 => VerifyingKey::ed25519(id, self.named(name)?.expose_secret())?,
                Algorithm::Hmac => VerifyingKey::hmac(id, &self.secret(name)?)?,
            });
        }
        if !verify.covers.is_empty() {
            builder = builder.covers(verify.covers.iter().copied());
        }
        let builder = if verify.tag.is_empty() { builder } else { builder.tag(verify.tag) };
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        // The tool's limit already bounds the body.
        let receiver = Receiver::new(builder.build()?)
            .max_age(seconds(verify.max_age))
            .skew(seconds(verify.skew))
            .max_body(usize::MAX);
        Ok(Some(receiver.shared_clock(self.clock.clone())))
    }

    /// Adds these keys to the scrubber.
    fn learn_all(&mut self, of: &str, secrets: &[SecretString]) -> Result<(), Error> {
        let credential = self.api.auth.secret().map(self.read).transpose()?.flatten();
        for (at, secret) in secrets.iter().enumerate() {
            if credential.as_ref().is_some_and(|one| one.expose_secret() == secret.expose_secret())
            {
                return Err(self.wrong(CREDENTIAL_IS_KEY));
            }
            // Each key has its own name, because the scrubber keeps a limited number of values per
            // name.
            let name = format!("key {at} of {of} of API `{}`", self.api.name);
            for form in forms(secret) {
                (self.learn)(&name, &form)?;
            }
        }
        Ok(())
    }

    /// Adds one key to the scrubber.
    fn secret(&mut self, name: &str) -> Result<SecretString, Error> {
        if self.api.auth.secret() == Some(name) {
            return Err(self.wrong(CREDENTIAL_IS_KEY));
        }
        let secret = self.named(name)?;
        for form in forms(&secret) {
            (self.learn)(name, &form)?;
        }
        Ok(secret)
    }

    fn named(&self, name: &str) -> Result<SecretString, Error> {
        let missing = || {
            Error::secret(format!(
                "secret `{name}`, a key of the signatures of API `{}`, is missing",
                self.api.name
            ))
        };
        (self.read)(name)?.ok_or_else(missing)
    }

    fn wrong(&self, what: &str) -> Error {
        Error::configuration(format!("API `{}`: {what}", self.api.name))
    }
}

/// Returns the forms in which a key could come back: as it is, and the content of PEM and encoded
/// keys.
fn forms(secret: &SecretString) -> Vec<SecretString> {
    let text = secret.expose_secret();
    let inside: String = match text.strip_prefix("base64:") {
        Some(encoded) => encoded.trim().to_owned(),
        None if text.contains("-----BEGIN") => {
            text.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect()
        }
        None => String::new(),
    };
    let mut forms = vec![secret.clone()];
    forms.extend((!inside.is_empty()).then(|| SecretString::from(inside)));
    forms
}
