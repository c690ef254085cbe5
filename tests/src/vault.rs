//! A **double** of `HashiCorp` Vault, not the real one: it returns the responses that the public
//! documentation of its HTTP API states.
//!
//! The real server is in no package registry that the tests install from. The double implements
//! this part of the documentation of KV version 2, of the auth methods `AppRole`, Kubernetes and
//! token, and of status codes (developer.hashicorp.com/vault/api-docs):
//!
//! | request | response |
//! |--|--|
//! | `GET /v1/secret/data/<path>` | 200 with `data.data` and `data.metadata`, or 404 |
//! | `POST` and `DELETE` of the same | a new version; the newest one deleted |
//! | `POST /v1/auth/approle/login` | 200 with the token and its lease, 400 or 403 |
//! | `POST /v1/auth/kubernetes/login` | the same |
//! | `POST /v1/auth/token/renew-self` | the same, with a new lease |
//! | `GET /v1/auth/token/lookup-self` | 200 |
//! | anything, without a valid token | 403 |
//! | anything, while sealed | 503 |
//! | anything, in another namespace | 404 |
//!
//! A deleted or destroyed version has status 404 with its metadata. A missing one has no metadata.
//! The double has no policies, and leases end when the test ends them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use secure_tool_testkit::hostile::{Builder, HostileApi, Request, Response};
use serde_json::{Value, json};

/// The host of the double.
pub const HOST: &str = "vault.corp.example";

/// A double of Vault on loopback.
#[derive(Debug)]
pub struct Vault {
    /// The server that records the requests.
    pub api: HostileApi,
    state: Arc<Mutex<State>>,
}

/// The state of the double.
#[derive(Debug, Default)]
pub struct State {
    /// The valid tokens.
    pub tokens: BTreeSet<String>,
    /// The role and secret ids of `AppRole`.
    pub app_roles: BTreeMap<String, String>,
    /// The remaining uses of each secret id. Unlimited if not listed.
    pub logins_left: Option<u32>,
    /// The roles of Kubernetes, and the JWT of each.
    pub kubernetes: BTreeMap<String, String>,
    /// Paths that no token may read.
    pub denied: BTreeSet<String>,
    /// The lease of a token in seconds. 0 means no expiry.
    pub lease: u64,
    /// The lease after a renewal. Default: unchanged. `Some(0)`: not renewable.
    pub renewed: Option<u64>,
    /// Whether it is sealed.
    pub sealed: bool,
    /// The namespace of all paths.
    pub namespace: Option<String>,
    /// A response to all requests, instead of the normal one.
    pub instead: Option<Response>,
    /// The creation time of the next versions, in seconds after 2026-01-01.
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
    /// Starts an unsealed double without entries, with the valid token `root-canary-token-0`.
    pub async fn start() -> Self {
        Self::with(|builder| builder).await
    }

    /// Starts a double with another certificate or another TLS version.
    pub async fn with(change: impl FnOnce(Builder) -> Builder) -> Self {
        let api = change(HostileApi::builder(HOST)).start().await.expect("loopback");
        let state = Arc::new(Mutex::new(State { lease: 3600, ..State::default() }));
        state.lock().expect("no panic").tokens.insert("root-canary-token-0".into());
        let shared = Arc::clone(&state);
        api.respond_with(move |request| shared.lock().expect("no panic").answer(request));
        Self { api, state }
    }

    /// Locks the state for changes.
    ///
    /// # Panics
    ///
    /// Panics if a holder of the lock panicked.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic")
    }

    /// Writes a version of an entry.
    pub fn put(&self, path: &str, data: Value) {
        self.state().put(path, data);
    }

    /// Returns the methods and paths of the requests since the last [`clear`](HostileApi::clear).
    #[must_use]
    pub fn request_lines(&self) -> Vec<String> {
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

    /// Sets the deletion time of the newest version, in seconds after 2026-01-01.
    pub fn delete_at(&mut self, path: &str, seconds: u64) {
        let then = self.time(seconds);
        self.newest(path).deletion = then;
    }

    /// Destroys the newest version.
    pub fn destroy(&mut self, path: &str) {
        let newest = self.newest(path);
        (newest.destroyed, newest.data) = (true, None);
    }

    /// Removes the newest version, like a lagging replica.
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

/// Builds an error response. Its text is a canary: no error of ours may contain it.
fn errors(status: u16, what: &str) -> Response {
    let errors =
        if what.is_empty() { json!([]) } else { json!([format!("{what} words-canary-of-vault")]) };
    Response::json(json!({ "errors": errors }).to_string()).status(status)
}
