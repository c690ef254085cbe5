//! Puts a guard around a tool and hostile APIs behind it, and runs attempts.

use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use schemars::JsonSchema;
use secure_tool::audit::{Audit, MemoryAudit};
use secure_tool::clock::ManualClock;
use secure_tool::spec::{
    ApiSpec, Auth, Field, Integrity, Kind, Method, Named, PathPart, Policy, Record, ResponsePolicy,
    Route, Shape, ToolSpec, Trifecta, Work,
};
use secure_tool::value::AnyJson;
use secure_tool::{
    Agent, Clearance, Decision, FixedSecrets, Guard, Outcome, Question, Resolver, Roots,
    SecureToolset, Session, Stage, Tool,
};
use serde::Deserialize;
use serde_json::json;
use validator::Validate;

use crate::attempt::{Agency, Attempt, Seen, Switch};
use crate::hostile::{HostileApi, Response};
use crate::tokens::Tokens;

const READER: &str = "testkit_reader";
const UNKNOWN_TOOL: &str = "testkit_no_such_tool";
const REASON: &str = "the testkit attacks this tool";

/// A guard with the attacked tool and a reader tool, and their hostile APIs.
#[derive(Debug)]
pub(crate) struct Harness {
    tool: Tool,
    apis: Vec<HostileApi>,
    tokens: Tokens,
    guard: Guard,
    records: Records,
    looked_up: RecordingResolver,
    denies: Arc<AtomicBool>,
    agents: AtomicUsize,
}

/// An audit sink with the records of one attempt.
#[derive(Debug, Clone, Default)]
struct Records(Arc<Mutex<MemoryAudit>>);

impl Records {
    fn current(&self) -> MutexGuard<'_, MemoryAudit> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Clears the records, so that the cost of an attempt does not grow with earlier ones.
    fn begin(&self) {
        *self.current() = MemoryAudit::new();
    }
}

impl Audit for Records {
    fn append(&self, record: &secure_tool::audit::Record, durable: bool) -> std::io::Result<()> {
        self.current().append(record, durable)
    }

    fn describe(&self) -> String {
        self.current().describe()
    }
}

/// A resolver that fails each lookup and records its host name. No lookup leaves the machine.
#[derive(Debug, Clone, Default)]
struct RecordingResolver(Arc<Mutex<Vec<String>>>);

impl RecordingResolver {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Resolver for RecordingResolver {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
    ) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(host.to_owned());
        Box::pin(std::future::ready(Err(io::ErrorKind::NotFound.into())))
    }
}

/// An empty toolset that requires approval for the lethal trifecta: a tool may read untrusted and
/// private data and also send data out.
struct ConfirmsTrifecta;

impl SecureToolset for ConfirmsTrifecta {
    const NAME: &'static str = "alone";
    const TOOLS: &'static [Tool] = &[];
    const TRIFECTA: Trifecta = Trifecta::Confirm;
}

/// The empty arguments of the reader tool.
#[derive(Deserialize, JsonSchema, Validate)]
struct NoArguments {}

impl Harness {
    /// Builds a guard around the tool. `secret` is the credential of all its APIs.
    pub(crate) async fn new(tool: Tool, secret: &str) -> Result<Self, String> {
        let mut apis: Vec<HostileApi> = Vec::new();
        for host in tool.spec().apis.iter().filter_map(|api| host(api)) {
            if !apis.iter().any(|api| api.host() == host) {
                apis.push(
                    HostileApi::builder(host)
                        .start()
                        .await
                        .map_err(|error| format!("the hostile API can't start: {error}"))?,
                );
            }
        }
        let (records, looked_up) = (Records::default(), RecordingResolver::default());
        let denies = Arc::new(AtomicBool::new(false));
        let tokens = Tokens::start(tool.spec().apis, &apis, secret).await?;
        let secrets =
            tool.spec().apis.iter().fold(FixedSecrets::new(), |secrets, api| match api.auth {
                Auth::OAuth2 { client_id, client_secret, .. } => secrets
                    .with(client_id, "testkit".to_owned())
                    .with(client_secret, secret.to_owned()),
                auth => auth
                    .secret()
                    .into_iter()
                    .fold(secrets, |secrets, name| secrets.with(name, secret.to_owned())),
            });
        let roots = apis.first().map(|api| api.authority().to_vec()).into_iter().collect();
        let person = Arc::clone(&denies);
        let mut builder = Guard::builder()
            .toolset::<ConfirmsTrifecta>()
            .tool(tool)
            .secrets(secrets)
            .audit(records.clone())
            .resolver(looked_up.clone())
            // A stopped clock, so that no quota refills.
            .clock(ManualClock::new())
            .roots(Roots::Only(roots))
            .questions(u32::MAX)
            .attempts_per_minute(u32::MAX)
            .approver(move |question: &Question| decide(question, person.load(Ordering::SeqCst)));
        if let Some(reader) = reader(tool.spec()) {
            builder = builder.tool(reader);
        }
        if !tool.spec().removed.is_none() {
            builder = builder.dangerously_accept_unprotected_tools(REASON);
        }
        for api in apis.iter().chain(tokens.servers()) {
            builder = builder.dangerously_reach_host_at(api.host(), api.addr(), REASON);
        }
        let guard = builder
            .build()
            .map_err(|error| format!("the guard rejects the tool: {}", causes(&error)))?;
        Ok(Self {
            tool,
            apis,
            tokens,
            guard,
            records,
            looked_up,
            denies,
            agents: AtomicUsize::new(0),
        })
    }

    /// Runs an attempt in a new session.
    pub(crate) async fn run(&self, attempt: &Attempt) -> Result<Seen, String> {
        let name = self.tool.spec().name;
        let session = self.session(&attempt.agent)?;
        for said in attempt.said.iter().flatten() {
            session.user_said(said);
        }
        if let Some(pasted) = &attempt.pasted {
            session.user_attached(pasted);
        }
        let was_read = self.read(&session, attempt).await;
        self.denies.store(attempt.denies, Ordering::SeqCst);
        self.records.begin();
        self.looked_up.take();
        self.respond(&attempt.response);
        self.switch(attempt.switch, true);
        let mut outcome = session.call(name, &attempt.arguments).await;
        let mut ran = self.ran(&outcome);
        let mut reached = usize::from(ran || self.requests() > 0);
        for _ in 1..attempt.times {
            let before = self.requests();
            outcome = session.call(name, &attempt.arguments).await;
            ran |= self.ran(&outcome);
            reached += usize::from(self.ran(&outcome) || self.requests() > before);
        }
        let mut seen = self.seen(outcome);
        (seen.ran, seen.reached) = (ran, reached);
        seen.audit = self.records.current().lines();
        seen.tainted = session.taint().read_untrusted;
        seen.was_read = was_read;
        seen.unknown = session.call(UNKNOWN_TOOL, &attempt.arguments).await.for_model();
        self.switch(attempt.switch, false);
        Ok(seen)
    }

    fn seen(&self, outcome: Outcome) -> Seen {
        Seen {
            outcome,
            requests: self.apis.iter().flat_map(|api| self.tokens.requests(api)).collect(),
            unreadable: self.apis.iter().map(|api| api.unreadable().len()).sum(),
            looked_up: self.looked_up.take(),
            connections: self.apis.iter().map(HostileApi::connections).sum(),
            ran: false,
            reached: 0,
            sent: self.apis.iter().map(HostileApi::sent).sum(),
            audit: Vec::new(),
            tainted: false,
            unknown: String::new(),
            was_read: false,
        }
    }

    /// Returns whether a handler ran: its call succeeded, or reached the stage that runs it.
    fn ran(&self, outcome: &Outcome) -> bool {
        let is_handler = matches!(self.tool.spec().work, Work::Handler);
        is_handler
            && (outcome.answer().is_some()
                || outcome.refusal().is_some_and(|refusal| refusal.stage() >= Stage::Send))
    }

    /// Lets the session read a value from an untrusted field, then clears the evidence.
    async fn read(&self, session: &Session, attempt: &Attempt) -> bool {
        let mut was_read = attempt.read.is_none();
        if let Some(value) = &attempt.read {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            self.respond(&Response::json(json!({ "note": text, "other": text }).to_string()));
            let outcome = session.call(READER, "{}").await;
            was_read = outcome.answer().is_some_and(|answer| {
                answer.unmarked_json_not_for_models().contains("testkit_other#1")
            });
        }
        for api in &self.apis {
            api.clear();
        }
        was_read
    }

    /// Opens a session for a new agent, whose quotas are unused.
    fn session(&self, agency: &Agency) -> Result<Session, String> {
        let number = self.agents.fetch_add(1, Ordering::SeqCst);
        let clearance = match agency {
            Agency::Public => Clearance::Public,
            Agency::Internal => Clearance::Internal,
            Agency::Full | Agency::Without(_) => Clearance::Pii,
        };
        let agent = Agent::new(format!("testkit-{number}"))
            .tenant(format!("testkit-{number}"))
            .clearance(clearance);
        let agent = self.tool.spec().apis.iter().fold(agent, |agent, api| {
            let scopes =
                api.scopes.iter().copied().filter(|scope| *agency != Agency::Without(scope));
            agent.grant_named(api.name, scopes)
        });
        self.guard
            .session(agent)
            .map_err(|error| format!("the guard opens no session: {}", causes(&error)))
    }

    fn respond(&self, response: &Response) {
        for api in &self.apis {
            self.tokens.respond(api, response.clone());
        }
    }

    fn requests(&self) -> usize {
        self.apis.iter().map(|api| self.tokens.requests(api).len() + api.unreadable().len()).sum()
    }

    fn switch(&self, switch: Switch, off: bool) {
        let name = self.tool.spec().name;
        match (switch, off) {
            (Switch::Nothing, _) => {}
            (Switch::Tool, true) => drop(self.guard.kill(name)),
            (Switch::Tool, false) => drop(self.guard.revive(name)),
            (Switch::Everything, true) => self.guard.kill_all(),
            (Switch::Everything, false) => self.guard.revive_all(),
        }
    }
}

/// An approver that denies questions with a warning about a value's source, and approves others.
fn decide(question: &Question, denies: bool) -> Decision {
    if denies || !question.why.is_empty() {
        Decision::Denied
    } else {
        Decision::approved_by("testkit")
    }
}

/// Returns the host of an API's base URL.
fn host(api: &ApiSpec) -> Option<&'static str> {
    api.url.strip_prefix("https://")?.split(['/', ':']).next()
}

/// Returns a tool that reads an untrusted text and a handle of another kind over the same API.
fn reader(spec: &ToolSpec) -> Option<Tool> {
    const OTHER: Shape = Shape::Named(&Named {
        kind: Kind::Nominal("testkit.other"),
        name: "testkit_other",
        handle: true,
        ..Named::DEFAULT
    });
    const FIELDS: &[Field] = &[
        Field { name: "note", shape: &Shape::Text, ..Field::RESPONSE },
        Field {
            name: "other",
            shape: &OTHER,
            policy: Policy::Response(ResponsePolicy {
                integrity: Integrity::Handle,
                ..ResponsePolicy::DEFAULT
            }),
            ..Field::RESPONSE
        },
    ];
    const RESPONSE: Shape = Shape::Record(&Record::new("Reading", FIELDS));
    let (api, scope) = spec.apis.iter().find_map(|api| Some((*api, *api.scopes.first()?)))?;
    let spec = ToolSpec {
        name: READER,
        description: "Reads an untrusted text.",
        work: Work::Http(Route {
            method: Method::Get,
            path: &[PathPart::Literal("/testkit")],
            headers: &[],
        }),
        apis: Box::leak(Box::new([api])),
        scopes: Box::leak(Box::new([scope])),
        response: &RESPONSE,
        ..ToolSpec::DEFAULT
    };
    let (code, _) = secure_tool::__private::http::<NoArguments, AnyJson>();
    Some(Tool::new(Box::leak(Box::new(spec)), code))
}

/// Formats an error with its chain of sources.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
