//! How requests of one API prove who sends them: an agent in, the header of its credential out.
//!
//! An agent that has a secret of its own for the API shows that one and no other; everybody else shows the API's. Nothing of a call (no argument, no text of the session) can become
//! a credential: a value comes from the store, under a name that the program gave.

use std::fmt;
use std::sync::Arc;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use super::connection::Connection;
use super::failure::Failure;
use crate::error::Error;
use crate::policy::Agent;
use crate::refusal::Rule;
use crate::secret::{Keyring, Rotation};
use crate::spec::{ApiSpec, Auth};

/// The credential of one API, or what stands in its place.
pub(crate) struct Credential {
    spec: &'static ApiSpec,
    keyring: Arc<Keyring>,
    rotation: Rotation,
    /// Whether each agent must have its own.
    per_agent: bool,
}

/// One credential, as it was or will be shown to the API.
pub(super) struct Shown {
    name: String,
    value: SecretString,
}

impl Credential {
    /// Reads the API's own secret, if it has one.
    pub(crate) fn new(spec: &'static ApiSpec, connection: &Connection, keyring: Arc<Keyring>) -> Result<Self, Error> {
        let rotation = connection.rotation(spec.name)?;
        if let Some(name) = spec.auth.secret().filter(|_| !connection.per_agent) {
            keyring.open(name, &format!("API `{}`", spec.name), &rotation)?;
        }
        Ok(Self { spec, keyring, rotation, per_agent: connection.per_agent })
    }

    /// The name of the secret that an agent shows; of an API without a credential, `None`.
    pub(crate) fn name<'a>(&self, agent: &'a Agent) -> Option<&'a str> {
        let of_api = self.spec.auth.secret()?;
        agent.secrets.get(self.spec.name).map(String::as_str).or(Some(of_api).filter(|_| !self.per_agent))
    }

    /// Reads the agent's own secret, when a session of it is opened.
    pub(crate) fn open(&self, agent: &Agent) -> Result<(), Error> {
        let api = self.spec.name;
        let wrong = |what: &str| Err(Error::configuration(format!("agent `{}` {what} API `{api}`", agent.name)));
        match (self.spec.auth.secret(), agent.secrets.get(api)) {
            (None, Some(_)) => wrong("has a secret for, and no credential is sent to,"),
            (Some(_), Some(name)) => self.keyring.open(name, &format!("agent `{}` for API `{api}`", agent.name), &self.rotation),
            (Some(_), None) if self.per_agent && agent.grants.contains_key(api) => wrong("has no secret of its own for"),
            _ => Ok(()),
        }
    }

    /// What to show first.
    pub(super) async fn show(&self, agent: &Agent) -> Result<Option<Shown>, Failure> {
        if self.spec.auth.secret().is_none() {
            return Ok(None);
        }
        let unusable = |detail: String| Failure::new(Rule::Credential, detail);
        let name =
            self.name(agent).ok_or_else(|| unusable(format!("agent `{}` has no secret for API `{}`", agent.name, self.spec.name)))?;
        let value = self.keyring.value(name, &self.rotation).await.map_err(unusable)?;
        Ok(Some(Shown { name: name.to_owned(), value }))
    }

    /// What to show where this was refused, if there is anything else.
    pub(super) async fn show_another(&self, refused: &Shown) -> Option<Shown> {
        let value = self.keyring.another(&refused.name, &refused.value, &self.rotation).await?;
        Some(Shown { name: refused.name.clone(), value })
    }

    /// Says what became of the one that was shown in another's place.
    pub(super) async fn was(&self, shown: &Shown, accepted: bool) {
        self.keyring.was(&shown.name, &shown.value, accepted, &self.rotation).await;
    }

    /// Puts it into the headers of a request, over whatever stands there, marked as sensitive.
    pub(super) fn put(&self, shown: Option<&Shown>, headers: &mut HeaderMap) -> Result<(), Failure> {
        let (name, value) = match (self.spec.auth, shown) {
            (Auth::Bearer { .. }, Some(shown)) => ("authorization", format!("Bearer {}", shown.value.expose_secret())),
            (Auth::Header { header, .. }, Some(shown)) => (header, shown.value.expose_secret().to_owned()),
            _ => return Ok(()),
        };
        let unfit = || Failure::new(Rule::Credential, "the credential can't stand in its header");
        let mut value = HeaderValue::from_str(&value).map_err(|_| unfit())?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_bytes(name.as_bytes()).map_err(|_| unfit())?, value);
        Ok(())
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("api", &self.spec.name).finish_non_exhaustive()
    }
}
