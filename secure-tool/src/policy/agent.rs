//! The caller: an agent, its principal, its tenant and its grants.

use std::collections::{BTreeMap, BTreeSet};

use crate::spec::Class;
use crate::spec::SecureApi;

/// The caller and its grants. By default nothing is granted.
///
/// ```
/// # use secure_tool::prelude::*;
/// # #[derive(SecureApi)]
/// # #[secure(url = "https://api.shop.example/v1", scopes("products:read"), auth(bearer = "SHOP_API_KEY"), receives(public), rate_limit(600 / minute))]
/// # pub struct Shop;
/// use secure_tool::{Agent, Clearance};
///
/// let agent = Agent::new("support-bot")
///     .principal("ann@shop.example")
///     .grant::<Shop>(["products:read"])
///     .clearance(Clearance::Internal);
/// # assert_eq!(agent.name(), "support-bot");
/// ```
#[derive(Debug, Clone)]
pub struct Agent {
    pub(crate) name: String,
    pub(crate) tenant: String,
    pub(crate) principal: Option<String>,
    pub(crate) grants: BTreeMap<&'static str, BTreeSet<String>>,
    /// The names of the agent's own secrets, by API.
    pub(crate) secrets: BTreeMap<&'static str, String>,
    /// The names of the agent's own client IDs, by API.
    pub(crate) clients: BTreeMap<&'static str, String>,
    pub(crate) clearance: Clearance,
    readers: Option<Clearance>,
}

impl Agent {
    /// Creates an agent without grants, with the tenant `default` and the clearance `Public`.
    ///
    /// ```
    /// use secure_tool::Agent;
    ///
    /// assert_eq!(Agent::new("support-bot").name(), "support-bot");
    /// ```
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            tenant: "default".into(),
            principal: None,
            grants: BTreeMap::new(),
            secrets: BTreeMap::new(),
            clients: BTreeMap::new(),
            clearance: Clearance::Public,
            readers: None,
        }
    }

    /// Sets the tenant, which is part of every quota key and session.
    ///
    /// ```
    /// use secure_tool::Agent;
    ///
    /// let agent = Agent::new("support-bot").tenant("acme");
    /// ```
    #[must_use]
    pub fn tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = tenant.into();
        self
    }

    /// Sets the principal that the agent works for, in the form that the APIs use, such as an
    /// e-mail address or an account. `trusted(if sender = principal)` compares with it.
    ///
    /// ```
    /// use secure_tool::Agent;
    ///
    /// let agent = Agent::new("support-bot").principal("ann@corp.example");
    /// ```
    #[must_use]
    pub fn principal(mut self, identity: impl Into<String>) -> Self {
        self.principal = Some(identity.into());
        self
    }

    /// Grants scopes of one API in addition to earlier ones. A scope that the API does not declare
    /// is an error when the session is opened.
    ///
    /// ```
    /// # use secure_tool::prelude::*;
    /// # #[derive(SecureApi)]
    /// # #[secure(url = "https://api.shop.example/v1", scopes("products:read"), auth(bearer = "SHOP_API_KEY"), receives(public), rate_limit(600 / minute))]
    /// # pub struct Shop;
    /// let agent = Agent::new("support-bot").grant::<Shop>(["products:read"]);
    /// ```
    #[must_use]
    pub fn grant<A: SecureApi>(self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.grant_named(A::SPEC.name, scopes)
    }

    /// Grants scopes of an API by name, for callers without its type. The testkit has only
    /// specifications.
    ///
    /// ```
    /// use secure_tool::Agent;
    ///
    /// let agent = Agent::new("support-bot").grant_named("Shop", ["products:read"]);
    /// ```
    #[doc(hidden)]
    #[must_use]
    pub fn grant_named(
        mut self,
        api: &'static str,
        scopes: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.grants.entry(api).or_default().extend(scopes.into_iter().map(Into::into));
        self
    }

    /// Sets the name of the secret that the agent sends to an API, instead of the secret that the
    /// API's type names. Each agent can thus have its own key, which can be revoked separately.
    ///
    /// The secret is read when a session is opened; a missing one is an error there. Requests of
    /// other agents never contain it.
    ///
    /// ```
    /// # use secure_tool::prelude::*;
    /// # #[derive(SecureApi)]
    /// # #[secure(url = "https://api.shop.example/v1", scopes("products:read"), auth(bearer = "SHOP_API_KEY"), receives(public), rate_limit(600 / minute))]
    /// # pub struct Shop;
    /// let agent = Agent::new("bot-7").grant::<Shop>(["products:read"]).secret_for::<Shop>("SHOP_KEY_BOT_7");
    /// # let _ = agent;
    /// ```
    #[must_use]
    pub fn secret_for<A: SecureApi>(mut self, name: impl Into<String>) -> Self {
        self.secrets.insert(A::SPEC.name, name.into());
        self
    }

    /// Sets the names of the secrets with the client ID and client secret that the agent uses to
    /// request access tokens, instead of those that the API's type names. Requires an API with
    /// `auth(oauth2(…))`. The rules of [`secret_for`](Self::secret_for) apply.
    ///
    /// ```
    /// # use secure_tool::prelude::*;
    /// # #[derive(SecureApi)]
    /// # #[secure(url = "https://api.shop.example/v1", scopes("products:read"), receives(public), rate_limit(600 / minute),
    /// #     auth(oauth2(token_url = "https://auth.shop.example/token", client_id = "SHOP_ID", client_secret = "SHOP_SECRET")))]
    /// # pub struct Shop;
    /// let agent = Agent::new("bot-7").grant::<Shop>(["products:read"]).client_for::<Shop>("SHOP_ID_BOT_7", "SHOP_SECRET_BOT_7");
    /// # let _ = agent;
    /// ```
    #[must_use]
    pub fn client_for<A: SecureApi>(
        mut self,
        id: impl Into<String>,
        secret: impl Into<String>,
    ) -> Self {
        self.clients.insert(A::SPEC.name, id.into());
        self.secret_for::<A>(secret)
    }

    /// Sets the highest class of data that the agent may read without redaction.
    ///
    /// ```
    /// use secure_tool::{Agent, Clearance};
    ///
    /// let agent = Agent::new("support-bot").clearance(Clearance::Pii);
    /// ```
    #[must_use]
    pub fn clearance(mut self, clearance: Clearance) -> Self {
        self.clearance = clearance;
        self
    }

    /// Sets the clearance of the readers of the agent's final answers, if it is lower than the
    /// agent's own. [`Session::release`](crate::Session::release) removes data above it. Default:
    /// the agent's clearance.
    ///
    /// ```
    /// use secure_tool::{Agent, Clearance};
    ///
    /// // It reads personal data to decide, and answers in a public channel.
    /// let agent = Agent::new("triage").clearance(Clearance::Pii).readers(Clearance::Public);
    /// # assert_eq!(agent.name(), "triage");
    /// ```
    #[must_use]
    pub fn readers(mut self, clearance: Clearance) -> Self {
        self.readers = Some(clearance);
        self
    }

    /// Returns whether the readers of final answers may see a class.
    pub(crate) fn readers_see(&self, class: Class) -> bool {
        self.readers.is_none_or(|readers| readers.covers(class))
    }

    /// Returns whether the readers may see less than the agent.
    pub(crate) fn readers_see_less(&self) -> bool {
        self.readers.is_some_and(|readers| readers < self.clearance)
    }

    /// Returns the agent's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The tenant and the agent, as the key of quotas and circuit breakers.
    pub(crate) fn caller(&self) -> String {
        format!("{}\0{}", self.tenant, self.name)
    }

    pub(crate) fn holds(&self, api: &str, scope: &str) -> bool {
        self.grants.get(api).is_some_and(|scopes| scopes.contains(scope))
    }
}

/// The highest class of data that an agent may read. Tools that return higher classes are not
/// available to it.
///
/// ```
/// use secure_tool::Clearance;
///
/// assert!(Clearance::Public < Clearance::Internal && Clearance::Internal < Clearance::Pii);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Clearance {
    /// Public data.
    Public,
    /// Data internal to the organisation.
    Internal,
    /// Personal data.
    Pii,
}

impl Clearance {
    pub(crate) fn covers(self, class: Class) -> bool {
        let highest = match self {
            Self::Public => Class::Public,
            Self::Internal => Class::Internal,
            Self::Pii => Class::Pii,
        };
        class <= highest
    }
}
