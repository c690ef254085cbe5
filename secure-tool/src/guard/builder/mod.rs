//! A guard, put together. Everything that can be wrong is found here, before the first call.

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

/// A guard that is being put together. See [`Guard`].
///
/// What weakens it begins with `dangerously`, wants a reason, and stands in [`Guard::posture`].
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

    /// Adds the tools of a set.
    pub fn toolset<S: SecureToolset>(mut self) -> Self {
        self.tools.extend_from_slice(S::TOOLS);
        self.trifecta = match (self.trifecta, S::TRIFECTA) {
            (Trifecta::Deny, _) | (_, Trifecta::Deny) => Trifecta::Deny,
            (Trifecta::Confirm, _) | (_, Trifecta::Confirm) => Trifecta::Confirm,
            _ => Trifecta::Absent,
        };
        self
    }

    /// Adds one tool, for sets that are put together at run time. The rules of a set are then
    /// checked by [`build`](Self::build).
    pub fn tool(mut self, tool: Tool) -> Self {
        self.tools.push(tool);
        self
    }

    /// Where the credentials of the APIs come from.
    pub fn secrets(mut self, secrets: impl Secrets + 'static) -> Self {
        self.secrets = Some(Arc::new(secrets));
        self
    }

    /// Where records go.
    pub fn audit(mut self, audit: impl Audit + 'static) -> Self {
        self.audit = Some(Arc::new(audit));
        self
    }

    /// Who is asked. Without an approver, what needs an approval is refused.
    pub fn approver(mut self, approver: impl Approver + 'static) -> Self {
        self.approver = Some(Arc::new(approver));
        self
    }

    /// Where the time comes from; the machine's clock by default.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Which authorities may vouch for servers; those that the machine trusts by default.
    pub fn roots(mut self, roots: Roots) -> Self {
        self.roots = roots;
        self
    }

    /// Who looks names up; the machine by default. The addresses are checked whoever gave them.
    pub fn resolver(mut self, resolver: impl Resolver + 'static) -> Self {
        self.resolver = Arc::new(resolver);
        self
    }

    /// How to connect to one API, where the defaults don't do.
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

    /// How to connect to the token endpoint of one API with `auth(oauth2(…))`, where the defaults
    /// don't do. What a connection says of secrets is said with the API's own
    /// ([`connection`](Self::connection)), and not looked at here.
    pub fn token_connection<A: SecureApi>(mut self, connection: Connection) -> Self {
        self.token_connections.insert(A::SPEC.name, connection);
        self
    }

    /// Where the guard's own keys come from, those of hashes and digests. By default they are
    /// random and end with the guard; see [`keys`](crate::keys).
    pub fn keys(mut self, keys: impl Keys + 'static) -> Self {
        self.keys = Some(Box::new(keys));
        self
    }

    /// Has a second model look at answers, on these terms: a [`When`](crate::judge::When), and what
    /// was added to it. The last call holds. What the judge is told, whoever runs it is told; the
    /// [posture](Guard::posture) says so.
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

    /// What is looked for in the free text of answers, with recognizers of one's own: keys of
    /// providers and numbers of payment cards are taken out of it for every agent; personal data
    /// for agents that are not cleared for [`Clearance::Pii`](crate::Clearance::Pii). What a field
    /// of a closed type such as [`Email`](crate::value::Email) holds is declared, and stays.
    ///
    /// By default the shipped recognizers look.
    ///
    /// ```
    /// use secure_tool::Guard;
    /// use secure_tool::entities::{Class, Entities, Found, Kind, Label, Recognizer};
    ///
    /// static BADGE: Label = Label::new("badge", Class::Identity, "[badge removed]");
    ///
    /// /// Finds the numbers of our badges: `B-` and four digits.
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

    /// Looks through answers with a detector of one's own, beside the one that ships. What it finds
    /// is treated as what the other finds.
    ///
    /// It is given all untrusted text of an answer as one text, parts joined by single spaces, and
    /// must take time linear in it: the call waits. A panic of it is a panic of the call, which
    /// ends cancelled and unanswered.
    ///
    /// ```
    /// use secure_tool::Guard;
    /// use secure_tool::detect::{Confidence, Detector, Report, View};
    ///
    /// /// Flags a phrase that our own users fell for.
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

    /// Does without the detector that ships: answers are looked through by those that were added,
    /// or by none. Text is isolated all the same.
    pub fn dangerously_without_detection(mut self, reason: impl Into<String>) -> Self {
        self.undetected = Some(reason.into());
        self
    }

    /// The most questions that one session may ask a person; 2 by default.
    pub fn questions(mut self, most: u32) -> Self {
        self.questions = most;
        self
    }

    /// The most attempts of one agent in a minute, refused ones counted; 600 by default.
    pub fn attempts_per_minute(mut self, most: u32) -> Self {
        self.attempts = most;
        self
    }

    /// The most calls under way at once; 256 by default.
    pub fn most_in_flight(mut self, most: usize) -> Self {
        self.most_in_flight = most;
        self
    }

    /// The most memory that calls may cost together, in bytes; 256 MiB by default.
    ///
    /// A call costs 64 KiB from its admission on, and four bytes for each byte of its answer as it
    /// comes in, until it ends. Where there is no room for a call, it is refused as `admit.memory`
    /// before anything of it is read; where there is none for the rest of an answer, as
    /// `send.memory`. Not counted are the buffers of connections (up to 1 MiB each, of which an API
    /// has as many as its `concurrency`), what sessions remember, and answers that the application
    /// keeps.
    ///
    /// A tool whose largest answer would not fit is an error when the guard is built.
    pub fn memory(mut self, bytes: usize) -> Self {
        self.memory = bytes;
        self
    }

    /// The hosts that links and images in a final answer may lead to, with all below them; none by
    /// default. See [`Session::release`](crate::Session::release). In answers of tools links to
    /// other hosts are made inert too, where `links = defang` says so or detectors flag the text.
    ///
    /// A host on which anyone can put a page, or which sends on to others, carries data out as well
    /// as any.
    ///
    /// ```
    /// # use secure_tool::Guard;
    /// let builder = Guard::builder().links(["shop.example"]); // https://shop.example/…, https://www.shop.example/…
    /// ```
    pub fn links(mut self, hosts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.links.extend(hosts.into_iter().map(Into::into));
        self
    }

    /// Reaches a host at this address, whatever the address is, instead of looking its name up. Its
    /// certificate is verified as always. For tests against a local server.
    pub fn dangerously_reach_host_at(
        mut self,
        host: impl Into<String>,
        address: SocketAddr,
        reason: impl Into<String>,
    ) -> Self {
        self.pinned.push(Pinned { host: host.into(), address, reason: reason.into() });
        self
    }

    /// Accepts tools that protections were taken out of (see [`Tool::dangerously_without`]). For
    /// tests that show what the protections are for.
    pub fn dangerously_accept_unprotected_tools(mut self, reason: impl Into<String>) -> Self {
        self.unprotected = Some(reason.into());
        self
    }

    /// Does without an audit: records go to tracing only. Tools with effects are refused all the
    /// same.
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
