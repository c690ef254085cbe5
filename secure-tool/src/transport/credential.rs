//! The credential of the requests to one API: a header, chosen by the agent and the scopes of its
//! tool.
//!
//! An agent with its own secret for the API uses that one only. Other agents use the API's secret.
//! No argument and no text of a session can become a credential: a value comes from the secret
//! store under a name set by the program, or from the token endpoint.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use super::connection::Connection;
use super::endpoint::Settings;
use super::failure::Failure;
use super::oauth::{Kind, Token, TokenSource, is_scope};
use super::own_client::OwnClient;
use crate::clock::Clock;
use crate::error::Error;
use crate::policy::Agent;
use crate::posture::OwnConnection;
use crate::refusal::Rule;
use crate::secret::{Keyring, Rotation};
use crate::spec::{ApiSpec, Auth};

/// The remark in the audit record of a call whose token may grant more than stated.
const SCOPE_UNSAID: &str = "the token endpoint returned no scope, so the requested scope counts \
    as granted (RFC 6749, 5.1)";

/// The credential of one API.
pub(crate) struct Credential {
    spec: &'static ApiSpec,
    keyring: Arc<Keyring>,
    rotation: Rotation,
    /// Whether each agent must have its own secret.
    per_agent: bool,
    /// The token source of an API that uses OAuth 2.0.
    tokens: Option<Arc<TokenSource>>,
}

/// A credential that is sent to the API.
pub(super) enum SentCredential {
    Secret { name: String, value: SecretString },
    Token { kind: Kind, token: Token },
}

impl SentCredential {
    fn value(&self) -> &SecretString {
        match self {
            Self::Secret { value, .. } | Self::Token { token: Token { value, .. }, .. } => value,
        }
    }

    /// Returns a remark for the operator, if there is one.
    pub(super) fn remark(&self) -> Option<&'static str> {
        matches!(self, Self::Token { token, .. } if token.scope_unsaid).then_some(SCOPE_UNSAID)
    }
}

impl Credential {
    /// Reads the API's own secret, if it has one. `endpoint` configures the connection to its token
    /// endpoint.
    pub(crate) fn new(
        spec: &'static ApiSpec,
        settings: &Settings<'_>,
        endpoint: &Connection,
        keyring: Arc<Keyring>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let rotation = settings.connection.rotation(spec.name)?;
        let of = format!("API `{}`", spec.name);
        let per_agent = settings.connection.per_agent;
        if let Some(name) = spec.auth.secret().filter(|_| !per_agent) {
            keyring.open(name, &of, &rotation)?;
        }
        let tokens = match spec.auth {
            Auth::OAuth2 { token_url, client_id, client_auth, .. } => {
                if !per_agent {
                    keyring.identifier(client_id, &of)?;
                }
                if let Some(scope) = spec.scopes.iter().find(|scope| !is_scope(scope)) {
                    return Err(Error::configuration(format!(
                        "{of}: `{scope}` is not a valid OAuth 2.0 scope"
                    )));
                }
                let own = OwnClient::new(
                    &format!("token endpoint of {of}"),
                    token_url,
                    endpoint,
                    settings.pinned,
                    settings.resolver,
                    clock,
                )?;
                Some(Arc::new(TokenSource::new(
                    own,
                    client_auth,
                    clock.clone(),
                    keyring.clone(),
                    rotation,
                )))
            }
            _ => None,
        };
        Ok(Self { spec, keyring, rotation, per_agent, tokens })
    }

    /// Returns the connection to the token endpoint for the posture report.
    pub(crate) fn connection(&self) -> Option<OwnConnection> {
        self.tokens.as_ref().map(|tokens| tokens.described())
    }

    /// Closes pooled connections to the token endpoint.
    pub(crate) fn reconnect(&self) {
        if let Some(tokens) = &self.tokens {
            tokens.reconnect();
        }
    }

    /// Returns the name of the secret that an agent uses, or `None` for an API without a
    /// credential.
    pub(crate) fn name<'a>(&self, agent: &'a Agent) -> Option<&'a str> {
        let of_api = self.spec.auth.secret()?;
        agent
            .secrets
            .get(self.spec.name)
            .map(String::as_str)
            .or(Some(of_api).filter(|_| !self.per_agent))
    }

    /// Returns the name of the client id with which an agent requests tokens.
    fn client<'a>(&self, agent: &'a Agent) -> Option<&'a str> {
        let Auth::OAuth2 { client_id, .. } = self.spec.auth else { return None };
        agent.clients.get(self.spec.name).map(String::as_str).or(Some(client_id))
    }

    /// Reads the agent's own secret when one of its sessions is opened.
    pub(crate) fn open(&self, agent: &Agent) -> Result<(), Error> {
        let api = self.spec.name;
        let of = format!("agent `{}` for API `{api}`", agent.name);
        let wrong = |what: &str| {
            Err(Error::configuration(format!("agent `{}` {what} API `{api}`", agent.name)))
        };
        if agent.clients.contains_key(api) && self.tokens.is_none() {
            return wrong("has an OAuth client, but no token is sent to");
        }
        match (self.spec.auth.secret(), agent.secrets.get(api)) {
            (None, Some(_)) => wrong("has a secret, but no credential is sent to"),
            (Some(_), Some(name)) => {
                self.client(agent)
                    .map_or(Ok(()), |id| self.keyring.identifier(id, &of).map(drop))?;
                self.keyring.open(name, &of, &self.rotation)
            }
            (Some(_), None) if self.per_agent && agent.grants.contains_key(api) => {
                wrong("has no secret of its own, which is required for")
            }
            _ => Ok(()),
        }
    }

    /// Returns the credential to send first, for a tool with these scopes.
    pub(super) async fn first(
        &self,
        agent: &Agent,
        scopes: &[&'static str],
    ) -> Result<Option<SentCredential>, Failure> {
        if self.spec.auth.secret().is_none() {
            return Ok(None);
        }
        let unusable = |detail: String| Failure::new(Rule::Credential, detail);
        let name = self.name(agent).ok_or_else(|| {
            unusable(format!("agent `{}` has no secret for API `{}`", agent.name, self.spec.name))
        })?;
        let (Some(tokens), Some(id)) = (&self.tokens, self.client(agent)) else {
            let value = self.keyring.value(name, &self.rotation).await.map_err(unusable)?;
            return Ok(Some(SentCredential::Secret { name: name.to_owned(), value }));
        };
        // Only this API's scopes: its token endpoint does not know those of other APIs.
        let scopes: BTreeSet<_> =
            scopes.iter().copied().filter(|scope| self.spec.scopes.contains(scope)).collect();
        let kind = Kind { id: id.to_owned(), secret: name.to_owned(), scopes };
        let token = tokens.token(&kind).await?;
        Ok(Some(SentCredential::Token { kind, token }))
    }

    /// Returns another credential after the API rejected this one, if there is one.
    pub(super) async fn another(&self, refused: SentCredential) -> Option<SentCredential> {
        match refused {
            SentCredential::Secret { name, value } => {
                let value = self.keyring.another(&name, &value, &self.rotation).await?;
                Some(SentCredential::Secret { name, value })
            }
            SentCredential::Token { kind, token } => {
                let tokens = self.tokens.as_ref().filter(|tokens| tokens.refused(&kind, &token))?;
                let token = tokens.token(&kind).await.ok()?;
                Some(SentCredential::Token { kind, token })
            }
        }
    }

    /// Records whether the API accepted the second credential.
    pub(super) async fn record_outcome(&self, shown: &SentCredential, accepted: bool) {
        if let SentCredential::Secret { name, value } = shown {
            self.keyring.record_outcome(name, value, accepted, &self.rotation).await;
        }
    }

    /// Sets the credential header of a request, marked as sensitive. It replaces any value of the
    /// same name.
    pub(super) fn set_header(
        &self,
        shown: Option<&SentCredential>,
        headers: &mut HeaderMap,
    ) -> Result<(), Failure> {
        let (name, value) = match (self.spec.auth, shown.map(SentCredential::value)) {
            (Auth::Bearer { .. } | Auth::OAuth2 { .. }, Some(value)) => {
                ("authorization", format!("Bearer {}", value.expose_secret()))
            }
            (Auth::Header { header, .. }, Some(value)) => {
                (header, value.expose_secret().to_owned())
            }
            _ => return Ok(()),
        };
        let unfit = || Failure::new(Rule::Credential, "the credential is not a valid header value");
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::audit::Recorder;
    use crate::clock::{Clock, ManualClock};
    use crate::scrub::Scrubber;
    use crate::secret::FixedSecrets;
    use crate::transport::{Resolver, SystemResolver};

    const KEY: &str = "a-key-of-the-shop";
    static SHOP: ApiSpec =
        ApiSpec { name: "Shop", auth: Auth::Bearer { secret: "SHOP_API_KEY" }, ..ApiSpec::DEFAULT };

    /// Some libraries log request headers at their finest log level.
    #[test]
    fn a_logged_header_shows_no_credential() {
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::new());
        let (scrubber, recorder) =
            (Arc::new(Scrubber::default()), Arc::new(Recorder::new(None, clock.clone())));
        let store = Arc::new(FixedSecrets::new().with("SHOP_API_KEY", KEY.to_owned()));
        let keyring = Arc::new(Keyring::new(Some(store), clock.clone(), scrubber, recorder));
        let (connection, resolver): (_, Arc<dyn Resolver>) =
            (Connection::new(), Arc::new(SystemResolver));
        let settings = Settings {
            what: "API `Shop`".to_owned(),
            url: "https://api.shop.example",
            connect: Duration::from_secs(5),
            connection: &connection,
            pinned: &[],
            clock: &clock,
            resolver: &resolver,
        };
        let credential =
            Credential::new(&SHOP, &settings, &connection, keyring, &clock).expect("it is there");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let shown = runtime.block_on(credential.first(&Agent::new("a"), &[])).expect("it is good");
        let mut headers = HeaderMap::new();
        credential.set_header(shown.as_ref(), &mut headers).expect("it fits");
        assert_eq!(
            headers.get("authorization").map(|value| value.as_bytes().to_vec()),
            Some(format!("Bearer {KEY}").into_bytes())
        );
        assert!(!format!("{headers:?} {credential:?}").contains(KEY), "{headers:?}");
    }
}
