//! One token request by the client credentials grant of [RFC
//! 6749](https://www.rfc-editor.org/rfc/rfc6749#section-4.4). The token must grant exactly the
//! requested scopes.
//!
//! The `oauth2` crate builds the request and parses the response. The request uses the guard's own
//! connection. This module adds stricter checks: no data after the JSON value, a JSON content type,
//! and a token that is valid in a header.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use oauth2::basic::{BasicClient, BasicErrorResponseType, BasicTokenResponse, BasicTokenType};
use oauth2::{
    AuthType, ClientId, ClientSecret, HttpRequest, HttpResponse, RequestTokenError, Scope,
    TokenResponse, TokenUrl, http,
};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::refusal::Rule;
use crate::spec::ClientAuth;
use crate::transport::failure::Failure;
use crate::transport::own_client::OwnClient;
use crate::transport::request::Body;

/// The length of a valid token in bytes. A shorter one is easy to guess, and scrubbing it would
/// remove honest text. A longer one exceeds the header limits of servers.
const LENGTH: std::ops::RangeInclusive<usize> = 16..=8 * 1024;
/// The lifetime of a token whose response states none.
const DEFAULT_LIFE: Duration = Duration::from_mins(5);
/// A token with a shorter lifetime is rejected: each call would request a new one.
const SHORTEST_LIFE: Duration = Duration::from_secs(10);
/// The maximum lifetime, whatever the response states.
const LONGEST_LIFE: Duration = Duration::from_hours(24);

/// The client id and secret for an authorization server.
pub(super) struct Client {
    pub(super) id: SecretString,
    pub(super) secret: SecretString,
}

/// The reason for a missing token.
pub(super) enum Refused {
    /// The server rejected the client's secret.
    Client(Failure),
    Other(Failure),
}

impl Refused {
    pub(super) fn into_failure(self) -> Failure {
        match self {
            Self::Client(failure) | Self::Other(failure) => failure,
        }
    }
}

/// A token with its lifetime.
pub(super) struct Granted {
    pub(super) value: SecretString,
    pub(super) lasts: Duration,
    /// Whether the response states no scope, which means that the requested scopes are granted (RFC
    /// 6749, 5.1).
    pub(super) scope_unsaid: bool,
}

/// Requests a token with these scopes.
pub(super) async fn fetch(
    own: Arc<OwnClient>,
    style: ClientAuth,
    client: Client,
    scopes: Vec<String>,
) -> Result<Granted, Refused> {
    let url = TokenUrl::new(own.url().to_owned())
        .map_err(|_| Refused::Other(refused("its URL is invalid")))?;
    let style = match style {
        ClientAuth::Basic => AuthType::BasicAuth,
        ClientAuth::Post => AuthType::RequestBody,
    };
    let client = BasicClient::new(ClientId::new(client.id.expose_secret().to_owned()))
        .set_client_secret(ClientSecret::new(client.secret.expose_secret().to_owned()))
        .set_auth_type(style)
        .set_token_uri(url);
    let send = move |request: HttpRequest| send(Arc::clone(&own), request);
    let asked = client
        .exchange_client_credentials()
        .add_scopes(scopes.iter().cloned().map(Scope::new))
        .request_async(&send)
        .await;
    match asked {
        Ok(response) => granted(&response, &scopes).map_err(Refused::Other),
        // Of the server's response, the detail contains only an error code from the RFC's closed
        // list.
        Err(RequestTokenError::ServerResponse(error))
            if *error.error() == BasicErrorResponseType::InvalidClient =>
        {
            Err(Refused::Client(refused("it returned `invalid_client`")))
        }
        Err(RequestTokenError::ServerResponse(error)) => Err(Refused::Other(refused(match error
            .error()
        {
            BasicErrorResponseType::InvalidGrant => "it returned `invalid_grant`",
            BasicErrorResponseType::InvalidRequest => "it returned `invalid_request`",
            BasicErrorResponseType::InvalidScope => "it returned `invalid_scope`",
            BasicErrorResponseType::UnauthorizedClient => "it returned `unauthorized_client`",
            BasicErrorResponseType::UnsupportedGrantType => "it returned `unsupported_grant_type`",
            _ => "it returned an error code that RFC 6749 does not define",
        }))),
        Err(RequestTokenError::Request(Unanswered(failure))) => Err(Refused::Other(failure)),
        Err(RequestTokenError::Parse(..) | RequestTokenError::Other(_)) => {
            Err(Refused::Other(refused("its response is not a token response")))
        }
    }
}

/// Returns the token of a response, if it grants exactly the requested scopes.
fn granted(response: &BasicTokenResponse, scopes: &[String]) -> Result<Granted, Failure> {
    if *response.token_type() != BasicTokenType::Bearer {
        return Err(refused("its token is not a Bearer token"));
    }
    let value = response.access_token().secret();
    if !LENGTH.contains(&value.len()) || !is_b64token(value) {
        return Err(refused("its token is not a valid header value"));
    }
    if let Some(granted) = response.scopes() {
        let granted: Vec<&str> =
            granted.iter().map(|scope| scope.as_str()).filter(|scope| !scope.is_empty()).collect();
        let more =
            granted.iter().filter(|scope| !scopes.iter().any(|asked| asked == *scope)).count();
        if more > 0 {
            return Err(refused(format!("its token grants {more} scopes that were not requested")));
        }
        let fewer = scopes.iter().filter(|scope| !granted.contains(&scope.as_str())).count();
        if fewer > 0 {
            return Err(refused(format!(
                "its token lacks {fewer} of the {} requested scopes",
                scopes.len()
            )));
        }
    }
    let lasts = response.expires_in().unwrap_or(DEFAULT_LIFE).min(LONGEST_LIFE);
    if lasts < SHORTEST_LIFE {
        return Err(refused(format!("its token expires in {lasts:?}")));
    }
    Ok(Granted { value: value.clone().into(), lasts, scope_unsaid: response.scopes().is_none() })
}

/// Sends the request that the `oauth2` crate built.
async fn send(own: Arc<OwnClient>, request: HttpRequest) -> Result<HttpResponse, Unanswered> {
    let unfit = || Unanswered(refused("the request cannot be built"));
    let (mut parts, body) = request.into_parts();
    if let Some(credential) = parts.headers.get_mut(AUTHORIZATION) {
        credential.set_sensitive(true);
    }
    parts.headers.remove(CONTENT_TYPE); // the body sets it
    let body = String::from_utf8(body).map_err(|_| unfit())?;
    let response =
        own.exchange(parts.method, String::new(), &parts.headers, Some(Body::Form(body))).await;
    let response = response
        .map_err(|failure| Unanswered(refused(format!("{}: {}", failure.rule, failure.detail))))?;
    match response.status {
        200 | 400..=499 => {}
        status => return Err(Unanswered(refused(format!("it returned status {status}")))),
    }
    // The `oauth2` crate ignores data after the first JSON value, so this check rejects it.
    if !response.is_json()
        || serde_json::from_slice::<serde::de::IgnoredAny>(&response.body).is_err()
    {
        return Err(Unanswered(refused(match response.status {
            200 => "its response is not a token response".to_owned(),
            status => format!("it returned status {status}"),
        })));
    }
    http::Response::builder()
        .status(response.status)
        .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .body(response.body)
        .map_err(|_| unfit())
}

/// Creates the failure of a call that has no token.
pub(super) fn refused(what: impl fmt::Display) -> Failure {
    Failure::new(Rule::Credential, format!("token endpoint: {what}"))
}

/// Checks the syntax of a Bearer token ([RFC
/// 6750](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)).
fn is_b64token(text: &str) -> bool {
    let core = text.trim_end_matches('=');
    !core.is_empty() && core.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b))
}

/// Wraps a failure as an error type for the `oauth2` crate.
#[derive(Debug)]
struct Unanswered(Failure);

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.detail)
    }
}

impl std::error::Error for Unanswered {}
