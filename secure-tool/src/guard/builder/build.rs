//! Builds a guard from a builder, in the order of the dependencies of its parts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use secrecy::SecretString;

use super::{Builder, Guard, domains, signing};
use crate::audit::{Event, Header, Recorder};
use crate::engine::{Engine, RegisteredTool};
use crate::error::Error;
use crate::judge::{GuardJudge, JudgeContext};
use crate::keys::{ActiveKeys, EmbeddedKeys};
use crate::quota::{Memory, Quotas};
use crate::scrub::Scrubber;
use crate::secret::Keyring;
use crate::spec::{ApiSpec, Per, Rate, ToolSpec, Work};
use crate::transport::{
    ApiClient, ApiTraffic, Connection, Credential, Fetcher, Settings, Shared, Signing,
};
use secure_tool_text::defang::Allowlist;
use secure_tool_text::detect::Scanner;

/// The parts that the clients of all APIs share.
struct Services {
    scrubber: Arc<Scrubber>,
    keyring: Arc<Keyring>,
    traffic: Shared,
}

type Clients = BTreeMap<&'static str, Arc<ApiClient>>;
type Tools = BTreeMap<&'static str, RegisteredTool>;

impl Builder {
    /// Builds the guard and writes the first audit record.
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
    /// use secure_tool::FixedSecrets;
    /// use secure_tool::audit::MemoryAudit;
    ///
    /// let guard = Guard::builder()
    ///     .tool(CountStock::TOOL)
    ///     .secrets(FixedSecrets::new().with("SHOP_API_KEY", "a key of the test".to_owned()))
    ///     .audit(MemoryAudit::new())
    ///     .build()?;
    ///
    /// let error = Guard::builder().build().unwrap_err(); // no tools
    /// println!("{error}");
    /// # Ok::<(), secure_tool::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if tools conflict with each other or with the builder, if a secret is
    /// missing, if the trust anchors can't be read, or if the first record can't be written.
    pub fn build(mut self) -> Result<Guard, Error> {
        self.check_tools()?;
        if self.undetected.is_none() {
            self.detectors.insert(0, Arc::new(Scanner::new()));
        }
        let apis = self.apis()?;
        self.check_connections(&apis)?;
        let services = self.services(&apis)?;
        let clients = self.clients(apis, &services)?;
        let judge = self.open_judge(&services)?;
        let tools = self.register(&clients)?;
        let mut handles: Vec<_> = tools.values().flat_map(RegisteredTool::handles).collect();
        handles.sort_unstable();
        handles.dedup();
        let keys = match &self.keys {
            Some(keys) => ActiveKeys::new(&**keys)?,
            None => ActiveKeys::new(&EmbeddedKeys::random()?)?,
        };
        let Services { scrubber, traffic: Shared { quotas, recorder, .. }, .. } = services;
        let engine = Engine {
            posture: self.posture(&tools, &clients, judge.as_ref()),
            judge,
            tools,
            clients,
            scrubber,
            keys,
            quotas,
            memory: Memory::new(self.memory),
            recorder,
            entities: self.entities,
            detectors: self.detectors,
            approver: self.approver,
            clock: self.clock,
            killed: AtomicBool::new(false),
            in_flight: AtomicUsize::new(0),
            most_in_flight: self.most_in_flight,
            questions: self.questions,
            trifecta: self.trifecta,
            links: Allowlist::new(self.links.clone())
                .map_err(|error| Error::configuration(error.to_string()))?,
            handles,
        };
        write_first_record(&engine)?;
        Ok(Guard(Arc::new(engine)))
    }

    fn services(&self, apis: &BTreeMap<&'static str, &'static ApiSpec>) -> Result<Services, Error> {
        let rates =
            self.tools.iter().filter_map(|tool| tool.spec.rate.map(|rate| (tool.spec.name, rate)));
        let api_rates = apis.iter().filter_map(|(name, api)| api.rate.map(|rate| (*name, rate)));
        let attempts = Rate { count: self.attempts, per: Per::Minute, burst: self.attempts };
        let quotas = Arc::new(Quotas::new(attempts, rates, api_rates, &self.clock)?);
        let scrubber = Arc::new(Scrubber::default());
        let recorder = Arc::new(Recorder::new(self.audit.clone(), self.clock.clone()));
        let keyring = Arc::new(Keyring::new(
            self.secrets.clone(),
            self.clock.clone(),
            scrubber.clone(),
            recorder.clone(),
        ));
        let traffic = Shared { clock: self.clock.clone(), quotas, recorder };
        Ok(Services { scrubber, keyring, traffic })
    }

    fn clients(
        &self,
        apis: BTreeMap<&'static str, &'static ApiSpec>,
        services: &Services,
    ) -> Result<Clients, Error> {
        let client = |(name, api)| Ok((name, Arc::new(self.client(api, services)?)));
        apis.into_iter().map(client).collect()
    }

    fn client(&self, api: &'static ApiSpec, services: &Services) -> Result<ApiClient, Error> {
        let reaches =
            |tool: &&crate::tool::Tool| tool.spec.apis.iter().any(|other| other.name == api.name);
        let connect = self.tools.iter().filter(reaches).map(|tool| tool.spec.limits.connect).min();
        let connection =
            self.connections.get(api.name).cloned().unwrap_or_default().or_roots(&self.roots);
        let settings = Settings {
            what: format!("API `{}`", api.name),
            url: api.url,
            connect: connect.unwrap_or_default(),
            connection: &connection,
            pinned: &self.pinned,
            clock: &self.clock,
            resolver: &self.resolver,
        };
        let endpoint =
            self.token_connections.get(api.name).cloned().unwrap_or_default().or_roots(&self.roots);
        let keyring = services.keyring.clone();
        let credential = Credential::new(api, &settings, &endpoint, keyring, &self.clock)?;
        let signing = self.signing(api, &connection, &services.scrubber)?;
        let traffic = ApiTraffic::new(api, &services.traffic);
        ApiClient::new(api, &settings, credential, signing, traffic)
    }

    fn signing(
        &self,
        api: &'static ApiSpec,
        connection: &Connection,
        scrubber: &Scrubber,
    ) -> Result<Signing, Error> {
        let read = |name: &str| {
            Ok(self
                .secrets
                .as_ref()
                .map_or(Ok(None), |secrets| secrets.secret(name))?
                .map(|secret| secret.value))
        };
        let learn = &mut |name: &str, secret: &SecretString| scrubber.learn(name, secret);
        let clock = &self.clock;
        signing::Keys { api, connection, tools: &self.tools, clock, read: &read, learn }.load()
    }

    fn open_judge(&mut self, services: &Services) -> Result<Option<GuardJudge>, Error> {
        let Some((judge, terms)) = self.judge.take() else { return Ok(None) };
        let context = JudgeContext {
            keyring: &services.keyring,
            clock: &self.clock,
            resolver: &self.resolver,
            roots: &self.roots,
            pinned: &self.pinned,
        };
        GuardJudge::new(judge, terms, &context, services.scrubber.clone()).map(Some)
    }

    fn register(&self, clients: &Clients) -> Result<Tools, Error> {
        let register = |tool: &crate::tool::Tool| {
            let client = tool.spec.apis.first().and_then(|api| clients.get(api.name)).cloned();
            let fetcher = self.fetcher(tool.spec);
            Ok((tool.spec.name, RegisteredTool::new(*tool, client, fetcher)?))
        };
        self.tools.iter().map(register).collect()
    }

    /// Returns the client that fetches URLs for a handler, if its arguments can contain URLs.
    fn fetcher(&self, spec: &ToolSpec) -> Option<Fetcher> {
        let settings = Settings {
            what: format!("tool `{}`", spec.name),
            url: "",
            connect: spec.limits.connect,
            connection: &Connection::new().or_roots(&self.roots),
            pinned: &self.pinned,
            clock: &self.clock,
            resolver: &self.resolver,
        };
        let domains = domains::of(spec);
        (matches!(spec.work, Work::Handler) && !domains.is_empty())
            .then(|| Fetcher::new(domains, &settings))
    }
}

/// Records the posture.
fn write_first_record(engine: &Engine) -> Result<(), Error> {
    let posture = Event::Posture { posture: Box::new(engine.posture.clone()) };
    engine
        .recorder
        .record(Header::default(), posture)
        .map_err(|error| Error::start("the first audit record can't be written").because(error))
}
