//! A **double** of `HashiCorp` Vault, not the real one: entries and roles in, the answers that the
//! public documentation of its HTTP API gives for them out.
//!
//! The real server is in no package registry that the tests install from. What this one speaks,
//! from the documentation of KV version 2, of the auth methods `AppRole`, Kubernetes and token, and
//! of status codes (developer.hashicorp.com/vault/api-docs):
//!
//! | request | answers |
//! |--|--|
//! | `GET /v1/secret/data/<path>` | 200 with `data.data` and `data.metadata`; 404 with the metadata alone of a deleted or destroyed version; 404 without a body's worth of a missing one |
//! | `POST` and `DELETE` of the same | a new version; the newest one deleted |
//! | `POST /v1/auth/approle/login`, `…/kubernetes/login` | 200 with `auth.client_token`, `lease_duration`, `renewable`; 400 or 403 |
//! | `POST /v1/auth/token/renew-self` | the same, with the lease begun anew |
//! | `GET /v1/auth/token/lookup-self` | 200 |
//! | anything, without a token that is good | 403 |
//! | anything, while sealed | 503 |
//! | anything, in another namespace than its own | 404 |
//!
//! It has no policies, and leases end when the test says so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use secure_tool_testkit::hostile::{Builder, HostileApi, Request, Response};
use serde_json::{Value, json};

/// The host of the double.
pub const HOST: &str = "vault.corp.example";

/// A double of Vault on loopback.
#[derive(Debug)]
pub struct Vault {
    /// What it runs on: the requests that came.
    pub api: HostileApi,
    state: Arc<Mutex<State>>,
}

/// What it knows.
#[derive(Debug, Default)]
pub struct State {
    /// The tokens that are good.
    pub tokens: BTreeSet<String>,
    /// The role and secret ids of `AppRole`.
    pub app_roles: BTreeMap<String, String>,
    /// How often a secret id may still be used; without end, if nothing is said.
    pub logins_left: Option<u32>,
    /// The roles of Kubernetes, and the JWT that each is given for.
    pub kubernetes: BTreeMap<String, String>,
    /// Paths that no token may read.
    pub denied: BTreeSet<String>,
    /// The lease of a token, in seconds; 0 is without end.
    pub lease: u64,
    /// The lease after a renewal; as before, if nothing is said. `Some(0)`: it can't be renewed.
    pub renewed: Option<u64>,
    /// Whether it is sealed.
    pub sealed: bool,
    /// The namespace that everything is in.
    pub namespace: Option<String>,
    /// What it answers to everything, instead.
    pub instead: Option<Response>,
    /// When the next versions are said to have been made, in seconds after 2026-01-01.
    pub now: u64,
    entries: BTreeMap<String, Vec<Version>>,
    given: u32,
}

#[derive(Debug, Clone)]
struct Version {
    data: Option<Value>,
    created: String,
    deletion: String,
    destroyed: bool,
}

impl Vault {
    /// An unsealed one without entries, that knows the token `root-canary-token-0`.
    pub async fn start() -> Self {
        Self::with(|builder| builder).await
    }

    /// With another certificate, or another version of TLS.
    pub async fn with(change: impl FnOnce(Builder) -> Builder) -> Self {
        let api = change(HostileApi::builder(HOST)).start().await.expect("loopback");
        let state = Arc::new(Mutex::new(State { lease: 3600, ..State::default() }));
        state.lock().expect("no panic").tokens.insert("root-canary-token-0".into());
        let shared = Arc::clone(&state);
        api.respond_with(move |request| shared.lock().expect("no panic").answer(request));
        Self { api, state }
    }

    /// What it knows, to be changed.
    ///
    /// # Panics
    ///
    /// If it panicked before.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic")
    }

    /// Writes a version of an entry.
    pub fn put(&self, path: &str, data: Value) {
        self.state().put(path, data);
    }

    /// The paths of the requests that came since the last [`clear`](HostileApi::clear), with their
    /// methods.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.api
            .requests()
            .iter()
            .map(|request| format!("{} {}", request.method(), request.target()))
            .collect()
    }
}

impl State {
    /// Writes a version of an entry.
    pub fn put(&mut self, path: &str, data: Value) {
        let created = self.time(self.now);
        let version =
            Version { data: Some(data), created, deletion: String::new(), destroyed: false };
        self.entries.entry(path.into()).or_default().push(version);
    }

    /// Deletes the newest version.
    pub fn delete(&mut self, path: &str) {
        let now = self.time(self.now);
        self.newest(path).deletion = now;
        self.newest(path).data = None;
    }

    /// Says that the newest version will be deleted, so many seconds after 2026-01-01.
    pub fn delete_at(&mut self, path: &str, seconds: u64) {
        let then = self.time(seconds);
        self.newest(path).deletion = then;
    }

    /// Destroys the newest version.
    pub fn destroy(&mut self, path: &str) {
        let newest = self.newest(path);
        (newest.destroyed, newest.data) = (true, None);
    }

    /// Forgets the newest version, as a replica that has not heard of it.
    pub fn fall_back(&mut self, path: &str) {
        self.entries.get_mut(path).expect("an entry").pop();
    }

    fn newest(&mut self, path: &str) -> &mut Version {
        self.entries.get_mut(path).and_then(|versions| versions.last_mut()).expect("an entry")
    }

    #[expect(clippy::unused_self, reason = "it reads as the time of the double")]
    fn time(&self, seconds: u64) -> String {
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        format!(
            "2026-01-{:02}T{:02}:{minutes:02}:{seconds:02}.123456789Z",
            1 + hours / 24,
            hours % 24
        )
    }

    fn answer(&mut self, request: &Request) -> Response {
        if let Some(instead) = &self.instead {
            return instead.clone();
        }
        if self.sealed {
            return errors(503, "Vault is sealed");
        }
        if request.header("x-vault-namespace").map(str::to_owned) != self.namespace {
            return errors(404, "no handler for route");
        }
        let path = request.target().strip_prefix("/v1/").unwrap_or_default().to_owned();
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        match (request.method(), path.as_str()) {
            ("POST", "auth/approle/login") => return self.app_role(&body),
            ("POST", "auth/kubernetes/login") => return self.service_account(&body),
            _ => {}
        }
        let token = request.header("x-vault-token").unwrap_or_default().to_owned();
        if !self.tokens.contains(&token) {
            return errors(403, "permission denied");
        }
        match (request.method(), path.as_str()) {
            ("GET", "auth/token/lookup-self") => {
                Response::json(json!({ "data": { "id": token, "ttl": self.lease } }).to_string())
            }
            ("POST", "auth/token/renew-self") if self.renewed == Some(0) => {
                errors(400, "lease is not renewable")
            }
            ("POST", "auth/token/renew-self") => {
                Self::token(&token, self.renewed.unwrap_or(self.lease))
            }
            (method, path) => match path.strip_prefix("secret/data/") {
                Some(path) => self.entry(method, path, &body),
                None => errors(404, "no handler for route"),
            },
        }
    }

    fn app_role(&mut self, body: &Value) -> Response {
        let text = |name: &str| body[name].as_str().unwrap_or_default();
        let is_known =
            self.app_roles.get(text("role_id")).is_some_and(|secret| secret == text("secret_id"));
        if !is_known || self.logins_left == Some(0) {
            return errors(400, "invalid role or secret ID");
        }
        self.logins_left = self.logins_left.map(|left| left - 1);
        self.give()
    }

    fn service_account(&mut self, body: &Value) -> Response {
        let text = |name: &str| body[name].as_str().unwrap_or_default();
        let is_known = self.kubernetes.get(text("role")).is_some_and(|jwt| jwt == text("jwt"));
        if is_known { self.give() } else { errors(403, "permission denied") }
    }

    fn give(&mut self) -> Response {
        self.given += 1;
        let token = format!("hvs.login-canary-{}", self.given);
        self.tokens.insert(token.clone());
        Self::token(&token, self.lease)
    }

    fn token(token: &str, lease: u64) -> Response {
        let auth = json!({
            "client_token": token, "accessor": "accessor-1", "policies": ["default"], "token_policies": ["default"], "metadata": {},
            "lease_duration": lease, "renewable": lease > 0, "entity_id": "", "token_type": "service", "orphan": true
        });
        Response::json(
            json!({ "request_id": "r", "lease_id": "", "renewable": false, "lease_duration": 0, "data": null, "auth": auth }).to_string(),
        )
    }

    fn entry(&mut self, method: &str, path: &str, body: &Value) -> Response {
        if self.denied.contains(path) {
            return errors(403, "permission denied");
        }
        match method {
            "POST" => self.put(path, body["data"].clone()),
            "DELETE" => self.delete(path),
            _ => {}
        }
        let Some(versions) = self.entries.get(path) else { return errors(404, "") };
        let Some(version) = versions.last() else { return errors(404, "") };
        let metadata = json!({
            "created_time": version.created, "custom_metadata": null, "deletion_time": version.deletion, "destroyed": version.destroyed,
            "version": versions.len()
        });
        match (method, &version.data) {
            ("DELETE", _) => Response::new(204, "", ""),
            ("POST", _) => Response::json(json!({ "data": metadata }).to_string()),
            (_, Some(data)) => Response::json(
                json!({ "request_id": "r", "data": { "data": data, "metadata": metadata } })
                    .to_string(),
            ),
            (_, None) => Response::json(
                json!({ "request_id": "r", "data": { "data": null, "metadata": metadata } })
                    .to_string(),
            )
            .status(404),
        }
    }
}

/// An answer of failure. What it says besides is a canary: no error of ours may repeat it.
fn errors(status: u16, what: &str) -> Response {
    let errors =
        if what.is_empty() { json!([]) } else { json!([format!("{what} words-canary-of-vault")]) };
    Response::json(json!({ "errors": errors }).to_string()).status(status)
}
