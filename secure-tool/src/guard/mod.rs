//! The guard: the tools of an application, and everything that enforces their policy.

mod builder;
mod domains;
mod fields;
mod headers;
mod posture;
mod registered;
mod signing;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use secure_tool_text::defang::Allowlist;
use secure_tool_text::detect::Detector;
use secure_tool_text::entities::Entities;
use serde_json::Value;

use crate::audit::{Record, Recorder};
use crate::clock::Clock;
use crate::error::Error;
use crate::judge::{Appointed, Case, Unjudged, Verdict};
use crate::keys::{self, Keys, Purpose, Working};
use crate::pipeline::Call;
use crate::policy::{Agent, Approver};
use crate::quota::{Memory, Quotas};
use crate::scrub::Scrubber;
use crate::session::Session;
use crate::spec::Trifecta;
use crate::transport::{ApiClient, Fetcher};

pub use builder::Builder;
pub use fields::FieldUse;
pub use posture::{
    OwnConnection, Posture, PostureApi, PostureJudge, PostureTls, PostureTool, Weakness,
};
pub(crate) use registered::Registered;

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
pub struct Guard(pub(crate) Arc<Inner>);

/// What a guard is made of.
pub(crate) struct Inner {
    pub(crate) tools: BTreeMap<&'static str, Registered>,
    pub(crate) clients: BTreeMap<&'static str, Arc<ApiClient>>,
    pub(crate) scrubber: Arc<Scrubber>,
    pub(crate) keys: Working,
    pub(crate) quotas: Arc<Quotas>,
    pub(crate) memory: Arc<Memory>,
    pub(crate) recorder: Arc<Recorder>,
    /// What is taken out of free text.
    pub(crate) entities: Entities,
    /// The detectors, the one that ships first.
    pub(crate) detectors: Vec<Arc<dyn Detector>>,
    pub(crate) approver: Option<Arc<dyn Approver>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) killed: AtomicBool,
    pub(crate) in_flight: AtomicUsize,
    pub(crate) most_in_flight: usize,
    /// The most questions of one session.
    pub(crate) questions: u32,
    pub(crate) trifecta: Trifecta,
    /// The hosts that links in a final answer may lead to.
    pub(crate) links: Allowlist,
    /// The kinds of handles, and the names that the model sees of them.
    pub(crate) handles: Vec<(&'static str, &'static str)>,
    pub(crate) judge: Option<Appointed>,
    pub(crate) posture: Posture,
}

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
        Ok(Session::new(self.0.clone(), agent, id))
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
        self.0.recorder.note(&mut Record::switch("", "killed all"));
    }

    /// Undoes [`kill_all`](Self::kill_all). Tools that were switched off one by one stay off.
    pub fn revive_all(&self) {
        self.0.killed.store(false, Ordering::SeqCst);
        self.0.reconnect();
        self.0.recorder.note(&mut Record::switch("", "revived all"));
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
        self.0.recorder.note(&mut Record::switch("", "reconnected"));
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
        self.0
            .recorder
            .note(&mut Record::switch(tool.tool.spec.name, if off { "killed" } else { "revived" }));
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
        self.0.recorder.note(&mut Record::switch("", "rotated keys"));
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

impl Inner {
    /// Whether a tool, or everything, was switched off.
    pub(crate) fn has_killed(&self, tool: &Registered) -> bool {
        self.killed.load(Ordering::SeqCst) || tool.killed.load(Ordering::SeqCst)
    }

    fn reconnect(&self) {
        self.clients.values().for_each(|client| client.reconnect());
        self.tools.values().filter_map(|tool| tool.fetcher.as_ref()).for_each(Fetcher::reconnect);
        self.judge.iter().for_each(Appointed::reconnect);
    }

    /// The keyed digest of canonical arguments.
    pub(crate) fn arguments_digest(&self, arguments: &Value) -> String {
        self.keys.digest(Purpose::Arguments, &[&canonical(arguments)])
    }

    /// What an approval is bound to: session, agent, tool and its spec, destination, canonical
    /// arguments. By the current key first, then by those before it, of which approvals may be
    /// outstanding.
    pub(crate) fn call_digests(&self, call: &Call<'_>, arguments: &Value) -> Vec<String> {
        let agent = call.session.agent();
        let parts: [&[u8]; 6] = [
            call.session.id().as_bytes(),
            agent.tenant.as_bytes(),
            agent.name.as_bytes(),
            call.tool.digest.as_bytes(),
            call.tool.destination.as_bytes(),
            &canonical(arguments),
        ];
        self.keys.approval_digests(&parts)
    }
}

/// Canonical JSON (RFC 8785), but that integers stay whole: it writes all numbers as a double does,
/// and two orders could share a digest.
fn canonical(value: &Value) -> Vec<u8> {
    let exact = exact(value);
    serde_json_canonicalizer::to_vec(&exact).unwrap_or_else(|_| exact.to_string().into_bytes())
}

/// The value with integers that a double does not hold as texts, behind a character that no
/// argument has.
fn exact(value: &Value) -> Value {
    const WHOLE: u64 = 1 << 53;
    match value {
        Value::Number(number)
            if number
                .as_i64()
                .map(i64::unsigned_abs)
                .or(number.as_u64())
                .is_some_and(|size| size > WHOLE) =>
        {
            Value::String(format!("\0{number}"))
        }
        Value::Array(items) => items.iter().map(exact).collect(),
        Value::Object(members) => {
            members.iter().map(|(key, value)| (key.clone(), exact(value))).collect()
        }
        other => other.clone(),
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard").field("tools", &self.tools.keys()).finish_non_exhaustive()
    }
}
