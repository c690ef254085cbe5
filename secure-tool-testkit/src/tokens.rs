//! OAuth token endpoints for a tool's APIs. They issue the harness's credential as the token.
//!
//! Token requests are not part of the evidence, even if the endpoint is on the host of its API.

use secure_tool::spec::{ApiSpec, Auth};
use serde_json::json;

use crate::hostile::{HostileApi, Request, Response};

/// The token endpoints of a harness.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    /// The endpoints on separate hosts.
    servers: Vec<HostileApi>,
    /// The host and path of each endpoint.
    places: Vec<(String, String)>,
    token: String,
}

impl Tokens {
    /// Starts those that are not on the host of an API. Each responses with this token.
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
                    .map_err(|error| format!("the token endpoint can't start: {error}"))?;
                server.respond(tokens.granted());
                tokens.servers.push(server);
            }
            tokens
                .places
                .push((host.to_owned(), if path.is_empty() { "/" } else { path }.to_owned()));
        }
        Ok(tokens)
    }

    /// Returns the servers on separate hosts.
    pub(crate) fn servers(&self) -> &[HostileApi] {
        &self.servers
    }

    /// Sets the response of an API, except for token requests.
    pub(crate) fn respond(&self, api: &HostileApi, response: Response) {
        let (paths, granted) = (self.paths(api), self.granted());
        if paths.is_empty() {
            return api.respond(response);
        }
        api.respond_with(
            move |request| if is_at(&paths, request) { granted.clone() } else { response.clone() },
        );
    }

    /// Returns the requests of an API, without token requests.
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

    /// Returns a token response without `scope`, which grants the requested scopes.
    fn granted(&self) -> Response {
        Response::json(json!({ "access_token": self.token, "token_type": "Bearer" }).to_string())
    }
}

fn is_at(paths: &[String], request: &Request) -> bool {
    request.method() == "POST" && paths.iter().any(|path| path == request.target())
}
