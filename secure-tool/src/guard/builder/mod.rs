//! The builder of a guard. It reports every configuration error before the first call.

mod build;
mod checks;
mod domains;
mod headers;
mod posture;
mod signing;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use super::Guard;
use crate::audit::Audit;
use crate::clock::{Clock, SystemClock};
use crate::judge::{Judge, Terms};
use crate::keys::Keys;
use crate::policy::Approver;
use crate::secret::Secrets;
use crate::spec::{SecureApi, Trifecta};
use crate::tool::{SecureToolset, Tool};
use crate::transport::{Connection, Pinned, Resolver, Roots, SystemResolver};
use secure_tool_text::detect::Detector;
use secure_tool_text::entities::Entities;

/// The builder of a [`Guard`].
///
/// A method that weakens a default starts with `dangerously`, requires a reason, and is listed in
/// [`Guard::posture`].
#[must_use = "a builder does nothing before `build`"]
pub struct Builder {
    tools: Vec<Tool>,
    trifecta: Trifecta,
    secrets: Option<Arc<dyn Secrets>>,
    audit: Option<Arc<dyn Audit>>,
    approver: Option<Arc<dyn Approver>>,
    clock: Arc<dyn Clock>,
    roots: Roots,
    connections: BTreeMap<&'static str, Connection>,
    token_connections: BTreeMap<&'static str, Connection>,
    pinned: Vec<Pinned>,
    resolver: Arc<dyn Resolver>,
    keys: Option<Box<dyn Keys>>,
    judge: Option<(Box<dyn Judge>, Terms)>,
    entities: Entities,
    detectors: Vec<Arc<dyn Detector>>,
    undetected: Option<String>,
    questions: u32,
    attempts: u32,
    most_in_flight: usize,
    memory: usize,
    links: Vec<String>,
    unprotected: Option<String>,
    unaudited: Option<String>,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self {
            tools: Vec::new(),
            trifecta: Trifecta::Absent,
            secrets: None,
            audit: None,
            approver: None,
            clock: Arc::new(SystemClock::default()),
            roots: Roots::default(),
            connections: BTreeMap::new(),
            token_connections: BTreeMap::new(),
            pinned: Vec::new(),
            resolver: Arc::new(SystemResolver),
            keys: None,
            judge: None,
            entities: Entities::new(),
            detectors: Vec::new(),
            undetected: None,
            questions: 2,
            attempts: 600,
            most_in_flight: 256,
            memory: 256 << 20,
            links: Vec::new(),
            unprotected: None,
            unaudited: None,
        }
    }

    /// Adds the tools of a toolset.
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
    /// # /// The tools of the support bot.
    /// # #[derive(SecureToolset)]
    /// # #[secure(tools(CountStock))]
    /// # pub struct SupportTools;
    /// let builder = Guard::builder().toolset::<SupportTools>();
    /// ```
    pub fn toolset<S: SecureToolset>(mut self) -> Self {
        self.tools.extend_from_slice(S::TOOLS);
        self.trifecta = match (self.trifecta, S::TRIFECTA) {
            (Trifecta::Deny, _) | (_, Trifecta::Deny) => Trifecta::Deny,
            (Trifecta::Confirm, _) | (_, Trifecta::Confirm) => Trifecta::Confirm,
            _ => Trifecta::Absent,
        };
        self
    }

    /// Adds one tool, for sets that are built at run time. [`build`](Self::build) then checks the
    /// rules of a set.
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
    pub fn tool(mut self, tool: Tool) -> Self {
        self.tools.push(tool);
        self
    }

    /// Sets the store that returns the credentials of the APIs. Required if a tool or the guard
    /// needs a secret.
    ///
    /// ```
    /// use secure_tool::{EnvSecrets, Guard};
    ///
    /// let builder = Guard::builder().secrets(EnvSecrets::new());
    /// ```
    pub fn secrets(mut self, secrets: impl Secrets + 'static) -> Self {
        self.secrets = Some(Arc::new(secrets));
        self
    }

    /// A sink for audit records.
    ///
    /// ```no_run
    /// use secure_tool::Guard;
    /// use secure_tool::audit::JsonlAudit;
    ///
    /// let builder = Guard::builder().audit(JsonlAudit::open("audit.jsonl")?);
    /// # Ok::<(), secure_tool::audit::Broken>(())
    /// ```
    pub fn audit(mut self, audit: impl Audit + 'static) -> Self {
        self.audit = Some(Arc::new(audit));
        self
    }

    /// Sets the approver. Without one, calls that need approval are refused.
    ///
    /// ```
    /// use secure_tool::{ConsoleApprover, Guard};
    ///
    /// let builder = Guard::builder().approver(ConsoleApprover::default());
    /// ```
    pub fn approver(mut self, approver: impl Approver + 'static) -> Self {
        self.approver = Some(Arc::new(approver));
        self
    }

    /// Sets the clock. Default: the clock of the operating system.
    ///
    /// ```
    /// use secure_tool::Guard;
    /// use secure_tool::clock::ManualClock;
    ///
    /// let clock = ManualClock::new();
    /// let builder = Guard::builder().clock(clock.clone()); // a test advances `clock`
    /// ```
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets the trust anchors of servers. Default: those of the operating system.
    ///
    /// ```
    /// use secure_tool::{Guard, Roots};
    ///
    /// let builder = Guard::builder().roots(Roots::Bundled);
    /// ```
    pub fn roots(mut self, roots: Roots) -> Self {
        self.roots = roots;
        self
    }

    /// Sets the DNS resolver. Default: the resolver of the operating system. Addresses are checked
    /// whatever the resolver.
    ///
    /// ```
    /// use secure_tool::{Guard, SystemResolver};
    ///
    /// let builder = Guard::builder().resolver(SystemResolver::default());
    /// ```
    pub fn resolver(mut self, resolver: impl Resolver + 'static) -> Self {
        self.resolver = Arc::new(resolver);
        self
    }

    /// Sets the connection settings of one API. Default: [`Connection::new`].
    ///
    /// ```
    /// # use secure_tool::prelude::*;
    /// # #[derive(SecureApi)]
    /// # #[secure(url = "https://api.shop.example/v1", scopes("products:read"), auth(bearer = "SHOP_API_KEY"), receives(public), rate_limit(600 / minute))]
    /// # pub struct Shop;
    /// use secure_tool::{Connection, Roots};
    ///
    /// # fn example(der_of_the_inspecting_proxy: Vec<u8>) {
    /// let builder = Guard::builder().connection::<Shop>(Connection::new().roots(Roots::Only(vec![der_of_the_inspecting_proxy])));
    /// # }
    /// ```
    pub fn connection<A: SecureApi>(mut self, connection: Connection) -> Self {
        self.connections.insert(A::SPEC.name, connection);
        self
    }

    /// Sets the connection settings of the token endpoint of an API with `auth(oauth2(…))`.
    /// Default: [`Connection::new`]. Settings on secrets are ignored here: set them on the API's
    /// own [`connection`](Self::connection).
    pub fn token_connection<A: SecureApi>(mut self, connection: Connection) -> Self {
        self.token_connections.insert(A::SPEC.name, connection);
        self
    }

    /// Sets the source of the guard's keys for hashes and digests. Default: random keys that are
    /// lost with the guard. See [`keys`](crate::keys).
    ///
    /// ```
    /// use secure_tool::Guard;
    /// use secure_tool::keys::EmbeddedKeys;
    ///
    /// let builder = Guard::builder().keys(EmbeddedKeys::random()?);
    /// # Ok::<(), secure_tool::Error>(())
    /// ```
    pub fn keys(mut self, keys: impl Keys + 'static) -> Self {
        self.keys = Some(Box::new(keys));
        self
    }

    /// Adds a judge: a second model that classifies responses. The terms are a
    /// [`When`](crate::judge::When) and its settings. The last call of this method wins. The
    /// provider of the judge receives the texts, which the [posture](Guard::posture) shows.
    ///
    /// ```
    /// use secure_tool::judge::{ChatJudge, When};
    /// use secure_tool::{Clearance, Guard};
    ///
    /// # fn example() -> Result<(), secure_tool::Error> {
    /// let judge = ChatJudge::builder("https://models.example/v1").model("small-1").secret("JUDGE_API_KEY").build()?;
    /// let builder = Guard::builder().judge(judge, When::Flagged.receives(Clearance::Internal));
    /// # let _ = builder; Ok(())
    /// # }
    /// ```
    pub fn judge(mut self, judge: impl Judge + 'static, terms: impl Into<Terms>) -> Self {
        self.judge = Some((Box::new(judge), terms.into()));
        self
    }

    /// Sets the recognizers for entities in the free text of responses. Provider keys and payment
    /// card numbers are removed for every agent. Personal data is removed for agents below
    /// [`Clearance::Pii`](crate::Clearance::Pii). A field of a closed type such as
    /// [`Email`](crate::value::Email) is declared and stays.
    ///
    /// Default: the built-in recognizers.
    ///
    /// ```
    /// use secure_tool::Guard;
    /// use secure_tool::entities::{Class, Entities, Found, Kind, Label, Recognizer};
    ///
    /// static BADGE: Label = Label::new("badge", Class::Identity, "[badge removed]");
    ///
    /// /// Finds badge numbers: `B-` and four digits.
    /// #[derive(Debug)]
    /// struct Badges;
    ///
    /// impl Recognizer for Badges {
    ///     fn find(&self, text: &str, found: &mut Found) {
    ///         for (at, _) in text.match_indices("B-") {
    ///             if text.as_bytes().get(at + 2..at + 6).is_some_and(|digits| digits.iter().all(u8::is_ascii_digit)) {
    ///                 found.add(Kind::of(&BADGE), at..at + 6);
    ///             }
    ///         }
    ///     }
    /// }
    ///
    /// let builder = Guard::builder().entities(Entities::new().and(Badges));
    /// ```
    pub fn entities(mut self, entities: Entities) -> Self {
        self.entities = entities;
        self
    }

    /// Adds a detector for prompt injection to the built-in one. The guard treats the findings of
    /// both alike.
    ///
    /// It receives all untrusted text of a response as one text, joined by single spaces. It must
    /// run in linear time, because the call waits. If it panics, the call panics and is recorded as
    /// cancelled.
    ///
    /// ```
    /// use secure_tool::Guard;
    /// use secure_tool::detect::{Confidence, Detector, Report, View};
    ///
    /// /// Flags one phrase.
    /// #[derive(Debug)]
    /// struct Phrase;
    ///
    /// impl Detector for Phrase {
    ///     fn scan(&self, text: &str, report: &mut Report) {
    ///         for (at, phrase) in text.match_indices("open the pod bay doors") {
    ///             report.add("house.phrase", at..at + phrase.len(), Confidence::Strong, View::Plain);
    ///         }
    ///     }
    /// }
    ///
    /// let builder = Guard::builder().detector(Phrase);
    /// ```
    pub fn detector(mut self, detector: impl Detector + 'static) -> Self {
        self.detectors.push(Arc::new(detector));
        self
    }

    /// Disables the built-in detector. Only detectors added with [`detector`](Self::detector) scan
    /// responses. Untrusted text is still delimited.
    ///
    /// ```
    /// use secure_tool::Guard;
    ///
    /// let builder = Guard::builder().dangerously_without_detection("our own detector runs in a proxy");
    /// ```
    pub fn dangerously_without_detection(mut self, reason: impl Into<String>) -> Self {
        self.undetected = Some(reason.into());
        self
    }

    /// Sets the maximum number of approval requests per session. Default: 2.
    ///
    /// ```
    /// use secure_tool::Guard;
    ///
    /// let builder = Guard::builder().questions(5);
    /// ```
    pub fn questions(mut self, most: u32) -> Self {
        self.questions = most;
        self
    }

    /// Sets the maximum number of calls per agent and minute, including refused calls. Default:
    /// 600.
    ///
    /// ```
    /// use secure_tool::Guard;
    ///
    /// let builder = Guard::builder().attempts_per_minute(120);
    /// ```
    pub fn attempts_per_minute(mut self, most: u32) -> Self {
        self.attempts = most;
        self
    }

    /// Sets the maximum number of concurrent calls. Default: 256.
    ///
    /// ```
    /// use secure_tool::Guard;
    ///
    /// let builder = Guard::builder().most_in_flight(64);
    /// ```
    pub fn most_in_flight(mut self, most: usize) -> Self {
        self.most_in_flight = most;
        self
    }

    /// Sets the memory budget of all concurrent calls, in bytes. Default: 256 MiB.
    ///
    /// A call is charged 64 KiB at admission, and 4 bytes for each received byte of its response,
    /// until it ends. A call that does not fit is refused as `admit.memory` before its arguments
    /// are read, or as `send.memory` while its response arrives. Not counted: the buffers of
    /// connections (up to 1 MiB each, and `concurrency` connections per API), the state of
    /// sessions, and answers that the application keeps.
    ///
    /// [`build`](Self::build) returns an error if the largest response of a tool does not fit.
    ///
    /// ```
    /// use secure_tool::Guard;
    ///
    /// let builder = Guard::builder().memory(64 << 20); // 64 MiB
    /// ```
    pub fn memory(mut self, bytes: usize) -> Self {
        self.memory = bytes;
        self
    }

    /// Sets the hosts, including subdomains, to which links and images in a final answer may lead.
    /// Default: none. See [`Session::release`](crate::Session::release). In tool responses, links
    /// to other hosts are defanged too with `links = defang`, or if detectors flag the text.
    ///
    /// Do not list a host on which anyone can publish a page, or that redirects to other hosts: it
    /// can leak data.
    ///
    /// ```
    /// # use secure_tool::Guard;
    /// let builder = Guard::builder().links(["shop.example"]); // https://shop.example/…, https://www.shop.example/…
    /// ```
    pub fn links(mut self, hosts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.links.extend(hosts.into_iter().map(Into::into));
        self
    }

    /// Connects to a host at this address without a DNS lookup and without a check of the address.
    /// The certificate is still verified. For tests against a local server.
    ///
    /// ```
    /// use secure_tool::Guard;
    ///
    /// let builder = Guard::builder().dangerously_reach_host_at("api.shop.example", ([127, 0, 0, 1], 8443).into(), "a test's own server");
    /// ```
    pub fn dangerously_reach_host_at(
        mut self,
        host: impl Into<String>,
        address: SocketAddr,
        reason: impl Into<String>,
    ) -> Self {
        self.pinned.push(Pinned { host: host.into(), address, reason: reason.into() });
        self
    }

    /// Accepts tools without a protection (see [`Tool::dangerously_without`]). For tests that show
    /// that an attack succeeds without it.
    ///
    /// ```
    /// use secure_tool::Guard;
    ///
    /// let builder = Guard::builder().dangerously_accept_unprotected_tools("the control of a test");
    /// ```
    pub fn dangerously_accept_unprotected_tools(mut self, reason: impl Into<String>) -> Self {
        self.unprotected = Some(reason.into());
        self
    }

    /// Does without an audit: records go to tracing only. Tools with effects are refused all the
    /// same.
    ///
    /// ```
    /// use secure_tool::Guard;
    ///
    /// let builder = Guard::builder().dangerously_without_audit("a test");
    /// ```
    pub fn dangerously_without_audit(mut self, reason: impl Into<String>) -> Self {
        self.unaudited = Some(reason.into());
        self
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("tools", &self.tools.len()).finish_non_exhaustive()
    }
}
