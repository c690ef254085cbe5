//! The token endpoints of a tool's APIs: the specs of the APIs in, servers that give out the
//! stand's own credential as a token out.
//!
//! They are no part of what is attacked: a token request is in no evidence, also where the endpoint
//! is on the host of its API.

use secure_tool::spec::{ApiSpec, Auth};
use serde_json::json;

use crate::hostile::{HostileApi, Request, Response};

/// The token endpoints of a stand.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    /// Those on hosts of their own.
    servers: Vec<HostileApi>,
    /// Host and path of all.
    places: Vec<(String, String)>,
    token: String,
}

impl Tokens {
    /// Starts those that are not on the host of an API. Each answers with this token.
    pub(crate) async fn start(
        specs: &[&ApiSpec],
        apis: &[HostileApi],
        token: &str,
    ) -> Result<Self, String> {
        let mut tokens = Self { token: token.to_owned(), ..Self::default() };
        for spec in specs {
            let Auth::OAuth2 { token_url, .. } = spec.auth else { continue };
            let rest = token_url.strip_prefix("https://").unwrap_or(token_url);
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = authority.split(':').next().unwrap_or_default();
            if !apis.iter().chain(&tokens.servers).any(|server| server.host() == host) {
                let server = HostileApi::builder(host)
                    .start()
                    .await
                    .map_err(|error| format!("the token endpoint does not start: {error}"))?;
                server.respond(tokens.granted());
                tokens.servers.push(server);
            }
            tokens
                .places
                .push((host.to_owned(), if path.is_empty() { "/" } else { path }.to_owned()));
        }
        Ok(tokens)
    }

    /// The servers on hosts of their own.
    pub(crate) fn servers(&self) -> &[HostileApi] {
        &self.servers
    }

    /// Has an API answer with this, but for requests for a token.
    pub(crate) fn answer(&self, api: &HostileApi, answer: Response) {
        let (paths, granted) = (self.paths(api), self.granted());
        if paths.is_empty() {
            return api.respond(answer);
        }
        api.respond_with(
            move |request| if is_at(&paths, request) { granted.clone() } else { answer.clone() },
        );
    }

    /// The requests that an API received for itself.
    pub(crate) fn requests(&self, api: &HostileApi) -> Vec<Request> {
        let paths = self.paths(api);
        api.requests().into_iter().filter(|request| !is_at(&paths, request)).collect()
    }

    fn paths(&self, api: &HostileApi) -> Vec<String> {
        self.places
            .iter()
            .filter(|(host, _)| host == api.host())
            .map(|(_, path)| path.clone())
            .collect()
    }

    /// It says no scope, and so grants what was asked for.
    fn granted(&self) -> Response {
        Response::json(json!({ "access_token": self.token, "token_type": "Bearer" }).to_string())
    }
}

fn is_at(paths: &[String], request: &Request) -> bool {
    request.method() == "POST" && paths.iter().any(|path| path == request.target())
}
