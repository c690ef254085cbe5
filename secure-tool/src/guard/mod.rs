//! The guard: the tools of an application, and everything that enforces their policy.

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

/// The tools of an application, and everything that enforces their policy. Clones share it.
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
    /// Begins a guard without tools, secrets, audit or approver.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Opens a conversation of an agent.
    ///
    /// # Errors
    ///
    /// If the agent was granted a scope that its API does not declare, a secret of its own is
    /// missing or can't be used, or the system gives no random numbers.
    pub fn session(&self, agent: Agent) -> Result<Session, Error> {
        for (api, scopes) in &agent.grants {
            let declared =
                self.0.clients.get(api).map(|client| client.spec.scopes).unwrap_or_default();
            if let Some(scope) = scopes.iter().find(|scope| !declared.contains(&scope.as_str())) {
                return Err(Error::configuration(format!(
                    "agent `{}` was granted scope `{scope}`, which API `{api}` of this guard does not declare",
                    agent.name
                )));
            }
        }
        if let Some(api) = agent.secrets.keys().find(|api| !self.0.clients.contains_key(*api)) {
            return Err(Error::configuration(format!(
                "agent `{}` has a secret for API `{api}`, which no tool reaches",
                agent.name
            )));
        }
        self.0.clients.values().try_for_each(|client| client.credential.open(&agent))?;
        let id = keys::nonce::<16>()
            .ok_or_else(|| Error::start("the system gives no random numbers"))?;
        Ok(Session::new(Conversation::new(self.0.clone(), agent, id)))
    }

    /// Switches one tool off, for everybody, from the next call on. False if there is none of this
    /// name.
    ///
    /// A call that waits for a person is refused when they answer; a request that is on its way is
    /// not called back. The connections of its APIs are let go of, as with
    /// [`reconnect`](Self::reconnect).
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

    /// Switches a tool on again, over new connections.
    #[must_use = "false: there is no such tool"]
    pub fn revive(&self, tool: &str) -> bool {
        self.switch(tool, false)
    }

    /// Switches everything off, and lets go of all connections.
    pub fn kill_all(&self) {
        self.0.killed.store(true, Ordering::SeqCst);
        self.0.reconnect();
        self.record("", Switched::KilledAll);
    }

    /// Undoes [`kill_all`](Self::kill_all). Tools that were switched off one by one stay off.
    pub fn revive_all(&self) {
        self.0.killed.store(false, Ordering::SeqCst);
        self.0.reconnect();
        self.record("", Switched::RevivedAll);
    }

    /// Lets go of all connections: the next call of each API makes a new one, and its server proves
    /// anew who it is. What is on its way ends as it would.
    ///
    /// For when something outside of the guard has changed that connections should follow at once:
    /// a name that points elsewhere now, a client that was let in by mistake. The connections of a
    /// secret store are the store's own, and go by their age alone. Changed files of identities and
    /// revocation lists, the age of connections and the switches do this by themselves. It stands
    /// in the audit.
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

    /// Takes other keys for hashes and digests, from the next use on. Approvals that are
    /// outstanding, and denials, go on being recognised; a hashed value has another hash from then
    /// on. The audit records it.
    ///
    /// # Errors
    ///
    /// If there is no key for a purpose, or one for two. Then nothing has changed.
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

    /// How many of the fields that its API sends each tool uses, by the answers so far: what is
    /// sent and not used costs time, and is there to leak elsewhere. The first time that an answer
    /// has a field that nobody declared, the same is an event of tracing, at `info`.
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

    /// Asks the guard's judge about a text that no tool has brought, such as a document that the
    /// user attached. `None` if the guard has no judge.
    ///
    /// Secrets in use are taken out of the text before. Whether the judge may be told it is for the
    /// caller to know: a text that no tool has brought is of no class. Nothing is recorded, and
    /// nothing becomes of the verdict.
    ///
    /// ```
    /// # async fn example(guard: &secure_tool::Guard, attached: &str) {
    /// use secure_tool::judge::Verdict;
    ///
    /// match guard.judge(attached).await {
    ///     Some(Ok(Verdict::Clean)) | None => {}
    ///     Some(Ok(_)) => println!("the document tries to steer the assistant"),
    ///     Some(Err(why)) => println!("nobody knows: {why}"),
    /// }
    /// # }
    /// ```
    pub async fn judge(&self, text: &str) -> Option<Result<Verdict, Unjudged>> {
        let judge = self.0.judge.as_ref()?;
        Some(judge.ask(&Case::new(text), Duration::MAX).await)
    }

    /// What the guard enforces, and what was weakened for which reason. The first record of the
    /// audit holds the same.
    ///
    /// ```
    /// # fn example(guard: &secure_tool::Guard) {
    /// println!("{}", guard.posture());
    /// assert!(guard.posture().weakened.is_empty(), "nothing is weaker than the default in production");
    /// # }
    /// ```
    #[must_use]
    pub fn posture(&self) -> &Posture {
        &self.0.posture
    }
}
