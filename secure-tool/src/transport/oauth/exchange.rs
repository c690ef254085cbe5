//! One request for a token, by the client credentials grant of [RFC
//! 6749](https://www.rfc-editor.org/rfc/rfc6749#section-4.4): a client and scopes in, a token that
//! grants just these out.
//!
//! The `oauth2` crate writes the request and reads the answer; the bytes go over the guard's own
//! connection. What it leaves open is shut here: what stands behind the answer's JSON, another
//! content type, a token that can't stand in a header.

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

/// The shortest and the longest text of a token. A shorter one is guessed, and can't be removed
/// from answers without cutting honest text; a longer one fits no server's headers.
const LENGTH: std::ops::RangeInclusive<usize> = 16..=8 * 1024;
/// How long a token is used whose answer does not say how long it lasts.
const UNSAID: Duration = Duration::from_mins(5);
/// A token that ends sooner is refused: it would be asked for with every call.
const SHORTEST_LIFE: Duration = Duration::from_secs(10);
/// No token is used longer, whatever it says.
const LONGEST_LIFE: Duration = Duration::from_hours(24);

/// A client of an authorization server.
pub(super) struct Client {
    pub(super) id: SecretString,
    pub(super) secret: SecretString,
}

/// Why there is no token.
pub(super) enum Refused {
    /// The server does not take the client's secret.
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

/// What was granted.
pub(super) struct Granted {
    pub(super) value: SecretString,
    pub(super) lasts: Duration,
    /// Whether the answer said no scope, which means that the scopes are those that were asked for
    /// (RFC 6749, 5.1).
    pub(super) scope_unsaid: bool,
}

/// Asks for a token that grants these scopes.
pub(super) async fn fetch(
    own: Arc<OwnClient>,
    style: ClientAuth,
    client: Client,
    scopes: Vec<String>,
) -> Result<Granted, Refused> {
    let url = TokenUrl::new(own.url().to_owned())
        .map_err(|_| Refused::Other(refused("its url is none")))?;
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
        Ok(answer) => granted(&answer, &scopes).map_err(Refused::Other),
        // Of what the server wrote only a code of the standard's closed list is told.
        Err(RequestTokenError::ServerResponse(error))
            if *error.error() == BasicErrorResponseType::InvalidClient =>
        {
            Err(Refused::Client(refused("it answered `invalid_client`")))
        }
        Err(RequestTokenError::ServerResponse(error)) => Err(Refused::Other(refused(match error
            .error()
        {
            BasicErrorResponseType::InvalidGrant => "it answered `invalid_grant`",
            BasicErrorResponseType::InvalidRequest => "it answered `invalid_request`",
            BasicErrorResponseType::InvalidScope => "it answered `invalid_scope`",
            BasicErrorResponseType::UnauthorizedClient => "it answered `unauthorized_client`",
            BasicErrorResponseType::UnsupportedGrantType => "it answered `unsupported_grant_type`",
            _ => "it answered with an error that is none of RFC 6749's",
        }))),
        Err(RequestTokenError::Request(Unanswered(failure))) => Err(Refused::Other(failure)),
        Err(RequestTokenError::Parse(..) | RequestTokenError::Other(_)) => {
            Err(Refused::Other(refused("its answer is none of a token endpoint")))
        }
    }
}

/// What an answer grants, if that is just what was asked for.
fn granted(answer: &BasicTokenResponse, scopes: &[String]) -> Result<Granted, Failure> {
    if *answer.token_type() != BasicTokenType::Bearer {
        return Err(refused("its token is no Bearer token"));
    }
    let value = answer.access_token().secret();
    if !LENGTH.contains(&value.len()) || !is_b64token(value) {
        return Err(refused("its token can't stand in a header"));
    }
    if let Some(granted) = answer.scopes() {
        let granted: Vec<&str> =
            granted.iter().map(|scope| scope.as_str()).filter(|scope| !scope.is_empty()).collect();
        let more =
            granted.iter().filter(|scope| !scopes.iter().any(|asked| asked == *scope)).count();
        if more > 0 {
            return Err(refused(format!("its token grants {more} scopes that were not asked for")));
        }
        let fewer = scopes.iter().filter(|scope| !granted.contains(&scope.as_str())).count();
        if fewer > 0 {
            return Err(refused(format!(
                "its token lacks {fewer} of the {} scopes that were asked for",
                scopes.len()
            )));
        }
    }
    let lasts = answer.expires_in().unwrap_or(UNSAID).min(LONGEST_LIFE);
    if lasts < SHORTEST_LIFE {
        return Err(refused(format!("its token ends in {lasts:?}")));
    }
    Ok(Granted { value: value.clone().into(), lasts, scope_unsaid: answer.scopes().is_none() })
}

/// Sends what the crate has written.
async fn send(own: Arc<OwnClient>, request: HttpRequest) -> Result<HttpResponse, Unanswered> {
    let unfit = || Unanswered(refused("the request can't be written"));
    let (mut parts, body) = request.into_parts();
    if let Some(credential) = parts.headers.get_mut(AUTHORIZATION) {
        credential.set_sensitive(true);
    }
    parts.headers.remove(CONTENT_TYPE); // the body says it
    let body = String::from_utf8(body).map_err(|_| unfit())?;
    let response =
        own.exchange(parts.method, String::new(), &parts.headers, Some(Body::Form(body))).await;
    let response = response
        .map_err(|failure| Unanswered(refused(format!("{}: {}", failure.rule, failure.detail))))?;
    match response.status {
        200 | 400..=499 => {}
        status => return Err(Unanswered(refused(format!("it answered with status {status}")))),
    }
    // The crate reads the first value and leaves what stands behind it.
    if !response.is_json()
        || serde_json::from_slice::<serde::de::IgnoredAny>(&response.body).is_err()
    {
        return Err(Unanswered(refused(match response.status {
            200 => "its answer is none of a token endpoint".to_owned(),
            status => format!("it answered with status {status}"),
        })));
    }
    http::Response::builder()
        .status(response.status)
        .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .body(response.body)
        .map_err(|_| unfit())
}

/// No token, and so no call.
pub(super) fn refused(what: impl fmt::Display) -> Failure {
    Failure::new(Rule::Credential, format!("token endpoint: {what}"))
}

/// What may stand behind `Bearer` ([RFC 6750](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)).
fn is_b64token(text: &str) -> bool {
    let core = text.trim_end_matches('=');
    !core.is_empty() && core.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b))
}

/// A failure as the crate wants it.
#[derive(Debug)]
struct Unanswered(Failure);

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.detail)
    }
}

impl std::error::Error for Unanswered {}
