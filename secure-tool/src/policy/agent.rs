//! Who is calling: an agent, for a principal, of a tenant, with what was granted to it.

use std::collections::{BTreeMap, BTreeSet};

use crate::spec::Class;
use crate::spec::SecureApi;

/// Who is calling, and what was granted to it. Nothing is granted by default.
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
    /// The names of its own secrets, by API.
    pub(crate) secrets: BTreeMap<&'static str, String>,
    /// The names of its own client ids, by API.
    pub(crate) clients: BTreeMap<&'static str, String>,
    pub(crate) clearance: Clearance,
    readers: Option<Clearance>,
}

impl Agent {
    /// An agent without grants, of the tenant `default`, cleared for public data.
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

    /// The tenant, which is part of every quota and session.
    #[must_use]
    pub fn tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = tenant.into();
        self
    }

    /// The person for whom it works, as the APIs write it (an e-mail address, an account): what
    /// `trusted(if sender = principal)` compares with.
    #[must_use]
    pub fn principal(mut self, identity: impl Into<String>) -> Self {
        self.principal = Some(identity.into());
        self
    }

    /// Grants scopes of one API, in addition to those granted before. A scope that the API does not
    /// declare is an error when the session is opened.
    #[must_use]
    pub fn grant<A: SecureApi>(self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.grant_named(A::SPEC.name, scopes)
    }

    /// The same for an API whose type is not at hand: the testkit has a tool's spec, and not its
    /// types.
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

    /// The name of the secret that it shows to an API, instead of the one that the API's type
    /// names: so each agent can have a key of its own, which can be told from others' and withdrawn
    /// alone.
    ///
    /// It is read when a session is opened, where a missing one is an error, and is in no other
    /// agent's requests.
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

    /// The names of the client's id and of its secret with which tokens are asked for that this
    /// agent shows to an API, instead of those that the API's type names. Of an API with
    /// `auth(oauth2(…))`; the same rules hold as for [`secret_for`](Self::secret_for).
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

    /// The highest class of data that it may read unredacted.
    #[must_use]
    pub fn clearance(mut self, clearance: Clearance) -> Self {
        self.clearance = clearance;
        self
    }

    /// The clearance of those who read its final answers, where they may see less than the agent:
    /// what is above it is taken out of what [`Session::release`](crate::Session::release) gives.
    /// By default they may see what the agent may.
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

    /// Whether those who read its final answers may see a class.
    pub(crate) fn readers_see(&self, class: Class) -> bool {
        self.readers.is_none_or(|readers| readers.covers(class))
    }

    /// Whether they may see less than it may.
    pub(crate) fn readers_see_less(&self) -> bool {
        self.readers.is_some_and(|readers| readers < self.clearance)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The tenant and the agent, as quotas and circuits key them.
    pub(crate) fn caller(&self) -> String {
        format!("{}\0{}", self.tenant, self.name)
    }

    pub(crate) fn holds(&self, api: &str, scope: &str) -> bool {
        self.grants.get(api).is_some_and(|scopes| scopes.contains(scope))
    }
}

/// The highest class of data that an agent may read. A tool that answers with more is not available
/// to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Clearance {
    /// What anyone may know.
    Public,
    /// What the organisation may know.
    Internal,
    /// What says something about a person.
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
