//! The guard: the tools of an application and everything that enforces their policy.

mod builder;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::audit::{Event, Header, Switch, Switched};
use crate::conversation::Conversation;
use crate::engine::Engine;
use crate::error::Error;
use crate::judge::{Case, Unjudged, Verdict};
use crate::keys::{self, Keys};
use crate::policy::Agent;
use crate::session::Session;
use crate::transport::Fetcher;

pub use crate::engine::FieldUse;
pub use crate::posture::{
    OwnConnection, Posture, PostureApi, PostureJudge, PostureTls, PostureTool, Weakness,
};
pub use builder::Builder;

/// The tools of an application and everything that enforces their policy. Clones share one guard.
///
/// ```no_run
/// # use secure_tool::prelude::*;
/// # #[derive(SecureApi)]
/// # #[secure(url = "https://api.shop.example/v1", scopes("products:read"), auth(bearer = "SHOP_API_KEY"), receives(public), rate_limit(600 / minute))]
/// # pub struct Shop;
/// # #[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
/// # pub struct Product { name: String }
/// # /// Searches the catalogue.
/// # #[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
/// # #[secure(api = Shop, get = "/products", scopes("products:read"), response = Product)]
/// # pub struct SearchProducts { #[validate(length(min = 1, max = 80))] term: String }
/// # /// All tools.
/// # #[derive(SecureToolset)]
/// # #[secure(tools(SearchProducts))]
/// # pub struct SupportTools;
/// use secure_tool::audit::JsonlAudit;
/// use secure_tool::{Agent, Clearance, ConsoleApprover, EnvSecrets, Guard};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let guard = Guard::builder()
///     .toolset::<SupportTools>()
///     .secrets(EnvSecrets::new())
///     .audit(JsonlAudit::open("audit.jsonl")?)
///     .approver(ConsoleApprover::default())
///     .build()?;
///
/// let session = guard.session(Agent::new("support-bot").grant::<Shop>(["products:read"]).clearance(Clearance::Internal))?;
/// session.user_said("Find me a blue kettle under 40 euros");
/// let outcome = session.call("search_products", r#"{"term":"blue kettle"}"#).await;
/// println!("{}", outcome.for_model());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Guard(Arc<Engine>);

impl Guard {
    /// Creates a builder for a guard. It has no tools, secrets, audit or approver yet.
    ///
    /// ```
    /// # use secure_tool::prelude::*;
    /// # #[derive(SecureApi)]
    /// # #[secure(url = "https://api.shop.example/v1", scopes("products:read"), auth(bearer = "SHOP_API_KEY"), receives(public), rate_limit(600 / minute))]
    /// # pub struct Shop;
    /// # #[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
    /// # pub struct Stock { #[secure(trusted, written_by = provider)] total: u32 }
    /// # /// Counts the stock.
    /// # #[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
    /// # #[secure(api = Shop, get = "/stock", scopes("products:read"), response = Stock)]
    /// # pub struct CountStock {}
    /// let builder = Guard::builder().tool(CountStock::TOOL);
    /// ```
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Opens a session: one conversation of an agent.
    ///
    /// ```
    /// # use secure_tool::prelude::*;
    /// # #[derive(SecureApi)]
    /// # #[secure(url = "https://api.shop.example/v1", scopes("products:read"), auth(bearer = "SHOP_API_KEY"), receives(public), rate_limit(600 / minute))]
    /// # pub struct Shop;
    /// # fn example(guard: &Guard) -> Result<(), secure_tool::Error> {
    /// let agent = Agent::new("support-bot").grant::<Shop>(["products:read"]);
    /// let session = guard.session(agent)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if a granted scope is not declared by its API, if one of the agent's own
    /// secrets is missing or unusable, or if the system returns no random numbers.
    pub fn session(&self, agent: Agent) -> Result<Session, Error> {
        for (api, scopes) in &agent.grants {
            let declared =
                self.0.clients.get(api).map(|client| client.spec.scopes).unwrap_or_default();
            if let Some(scope) = scopes.iter().find(|scope| !declared.contains(&scope.as_str())) {
                return Err(Error::configuration(format!(
                    "agent `{}` was granted scope `{scope}`, which API `{api}` does not declare",
                    agent.name
                )));
            }
        }
        if let Some(api) = agent.secrets.keys().find(|api| !self.0.clients.contains_key(*api)) {
            return Err(Error::configuration(format!(
                "agent `{}` has a secret for API `{api}`, which no tool reaches; remove it",
                agent.name
            )));
        }
        self.0.clients.values().try_for_each(|client| client.credential.open(&agent))?;
        let id = keys::nonce::<16>()
            .ok_or_else(|| Error::start("the system returned no random numbers"))?;
        Ok(Session::new(Conversation::new(self.0.clone(), agent, id)))
    }

    /// Switches one tool off for all agents, from the next call on. Returns false if there is no
    /// tool with this name.
    ///
    /// A call that waits for an approval is refused after the decision. A request that is already
    /// sent is not cancelled. Closes the pooled connections of the tool's APIs, as
    /// [`reconnect`](Self::reconnect) does.
    ///
    /// ```
    /// # fn example(guard: &secure_tool::Guard) {
    /// if !guard.kill("send_mail") {
    ///     eprintln!("there is no such tool");
    /// }
    /// # }
    /// ```
    #[must_use = "false: there is no such tool, and nothing was switched off"]
    pub fn kill(&self, tool: &str) -> bool {
        self.switch(tool, true)
    }

    /// Switches a tool on again, with new connections. Returns false if there is no tool with this
    /// name.
    ///
    /// ```
    /// # fn example(guard: &secure_tool::Guard) {
    /// if guard.revive("send_mail") {
    ///     println!("send_mail is available again");
    /// }
    /// # }
    /// ```
    #[must_use = "false: there is no such tool"]
    pub fn revive(&self, tool: &str) -> bool {
        self.switch(tool, false)
    }

    /// Switches all tools off and closes all pooled connections.
    ///
    /// ```
    /// # fn example(guard: &secure_tool::Guard) {
    /// guard.kill_all(); // every call is refused as `admit.killed`
    /// # }
    /// ```
    pub fn kill_all(&self) {
        self.0.killed.store(true, Ordering::SeqCst);
        self.0.reconnect();
        self.record("", Switched::KilledAll);
    }

    /// Reverts [`kill_all`](Self::kill_all). Tools that were switched off with [`kill`](Self::kill)
    /// stay off.
    ///
    /// ```
    /// # fn example(guard: &secure_tool::Guard) {
    /// guard.revive_all();
    /// # }
    /// ```
    pub fn revive_all(&self) {
        self.0.killed.store(false, Ordering::SeqCst);
        self.0.reconnect();
        self.record("", Switched::RevivedAll);
    }

    /// Closes all pooled connections. The next call of each API performs a new TLS handshake.
    /// Requests in flight continue.
    ///
    /// Use it after an external change that must apply at once, such as a changed DNS record or a
    /// wrongly admitted client. The audit records it. It is not needed for changed identity files
    /// and revocation lists, aged connections and kill switches. It does not affect a secret store,
    /// which has its own connections.
    ///
    /// ```
    /// # fn example(guard: &secure_tool::Guard) {
    /// guard.reconnect();
    /// # }
    /// ```
    pub fn reconnect(&self) {
        self.0.reconnect();
        self.record("", Switched::Reconnected);
    }

    fn record(&self, tool: &'static str, decision: Switched) {
        self.0.recorder.note(Header::default(), Event::Switch(Switch { tool, decision }));
    }

    fn switch(&self, tool: &str, off: bool) -> bool {
        let Some(tool) = self.0.tools.get(tool) else { return false };
        tool.killed.store(off, Ordering::SeqCst);
        tool.tool
            .spec
            .apis
            .iter()
            .filter_map(|api| self.0.clients.get(api.name))
            .for_each(|client| client.reconnect());
        tool.fetcher.iter().for_each(Fetcher::reconnect);
        self.record(tool.tool.spec.name, if off { Switched::Killed } else { Switched::Revived });
        true
    }

    /// Replaces the keys of hashes and digests from the next use on. Pending approvals and denials
    /// stay valid. The hash of a value changes. The audit records the rotation.
    ///
    /// # Errors
    ///
    /// Returns an error if a purpose has no key, or if two purposes share one. Nothing changes
    /// then.
    ///
    /// ```
    /// # fn example(guard: &secure_tool::Guard) -> Result<(), secure_tool::Error> {
    /// guard.rotate_keys(&secure_tool::keys::EmbeddedKeys::random()?)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn rotate_keys(&self, keys: &dyn Keys) -> Result<(), Error> {
        self.0.keys.rotate(keys)?;
        self.record("", Switched::RotatedKeys);
        Ok(())
    }

    /// Returns how many of the fields that the API sends each tool declares, based on the responses
    /// so far. Undeclared fields cost time and can leak elsewhere. The first undeclared field of a
    /// response is also a tracing event at `info`.
    ///
    /// ```
    /// # fn example(guard: &secure_tool::Guard) {
    /// for of in guard.field_use().iter().filter(|of| of.sent > of.used) {
    ///     println!("{}: the API sends {} fields, you use {}", of.tool, of.sent, of.used);
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn field_use(&self) -> Vec<FieldUse> {
        self.0.tools.iter().map(|(name, tool)| tool.fields.report(name)).collect()
    }

    /// Asks the guard's judge about a text from outside the tools, such as a document that the user
    /// attached. Returns `None` if the guard has no judge.
    ///
    /// Secrets in use are removed from the text first. The text has no class, so the caller decides
    /// whether the judge may receive it. The verdict has no effect and is not recorded.
    ///
    /// ```
    /// # async fn example(guard: &secure_tool::Guard, attached: &str) {
    /// use secure_tool::judge::Verdict;
    ///
    /// match guard.judge(attached).await {
    ///     Some(Ok(Verdict::Clean)) | None => {}
    ///     Some(Ok(_)) => println!("the document contains a prompt injection"),
    ///     Some(Err(why)) => println!("no verdict: {why}"),
    /// }
    /// # }
    /// ```
    pub async fn judge(&self, text: &str) -> Option<Result<Verdict, Unjudged>> {
        let judge = self.0.judge.as_ref()?;
        Some(judge.ask(&Case::new(text), Duration::MAX).await)
    }

    /// Returns what the guard enforces, and each weakened default with its reason. The first record
    /// of the audit contains the same.
    ///
    /// ```
    /// # fn example(guard: &secure_tool::Guard) {
    /// println!("{}", guard.posture());
    /// assert!(guard.posture().weakened.is_empty(), "no weakened default in production");
    /// # }
    /// ```
    #[must_use]
    pub fn posture(&self) -> &Posture {
        &self.0.posture
    }
}
