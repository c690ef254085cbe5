//! The keys of signatures: what an API declares in, its signer and its verifier out.

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::clock::Clock;
use crate::error::Error;
use crate::signing::{Signer, SigningKey, Verifier, VerifyingKey};
use crate::spec::{Algorithm, ApiSpec};
use crate::transport::{Connection, Signing};

/// Where the keys of one API come from.
pub(super) struct Keys<'a> {
    pub(super) api: &'a ApiSpec,
    pub(super) connection: &'a Connection,
    pub(super) clock: &'a Arc<dyn Clock>,
    /// Gives a secret by its name.
    pub(super) read: &'a dyn Fn(&str) -> Result<Option<SecretString>, Error>,
    /// Is told what must never leave.
    pub(super) learn: &'a mut dyn FnMut(&str, &SecretString) -> Result<(), Error>,
}

impl Keys<'_> {
    /// Reads them all.
    pub(super) fn load(mut self) -> Result<Signing, Error> {
        Ok(Signing { signer: self.signer()?, verifier: self.verifier()? })
    }

    fn signer(&mut self) -> Result<Option<Signer>, Error> {
        let Some(sign) = self.api.sign else {
            let idle =
                self.connection.signing_key.as_ref().map(|_| {
                    self.wrong("there is a key to sign with, and it does not say `sign(…)`")
                });
            return idle.map_or(Ok(None), Err);
        };
        let (id, name) = self
            .connection
            .signing_key
            .as_ref()
            .map_or((sign.key_id, sign.secret), |(id, name)| (id, name));
        let key = self.secret(name)?;
        let builder = match sign.algorithm {
            Algorithm::Hmac => Signer::rfc9421(SigningKey::hmac(id, &key)?),
            Algorithm::Ed25519 => Signer::rfc9421(SigningKey::ed25519(id, &key)?),
        };
        let builder = if sign.tag.is_empty() { builder } else { builder.tag(sign.tag) };
        builder.shared_clock(self.clock.clone()).build().map(Some)
    }

    fn verifier(&mut self) -> Result<Option<Verifier>, Error> {
        let Some(verify) = self.api.verify else {
            let idle =
                self.connection.answer_keys.as_ref().map(|_| {
                    self.wrong("there are keys of answers, and it does not say `verify(…)`")
                });
            return idle.map_or(Ok(None), Err);
        };
        let declared = || verify.keys.iter().map(|(id, name)| (*id, *name)).collect();
        let keys: Vec<(&str, &str)> =
            self.connection.answer_keys.as_ref().map_or_else(declared, |keys| {
                keys.iter().map(|(id, name)| (&**id, &**name)).collect()
            });
        let mut builder = Verifier::rfc9421();
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
        // The body is within the tool's own cap already.
        let builder = builder
            .max_age(seconds(verify.max_age))
            .skew(seconds(verify.skew))
            .max_body(usize::MAX);
        builder.shared_clock(self.clock.clone()).build().map(Some)
    }

    /// A key that must never leave.
    fn secret(&mut self, name: &str) -> Result<SecretString, Error> {
        if self.api.auth.secret() == Some(name) {
            return Err(self.wrong("its credential is the key of its signatures too; whoever sees one request could sign the next"));
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

/// The forms in which a key could come back: as it is, and of PEM and encoded ones what stands
/// inside.
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
