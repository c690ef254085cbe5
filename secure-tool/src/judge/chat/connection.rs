//! The connection of a judge: sends requests over the guard's own transport with the judge's
//! credential.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::error::Error;
use crate::judge::{JudgeContext, Unjudged};
use crate::posture::OwnConnection;
use crate::refusal::Rule;
use crate::secret::{Keyring, Rotation};
use crate::spec::Limits;
use crate::transport::{Body, Connection, Failure, OwnClient, Response};

/// The maximum size of a response in bytes. A verdict takes a few hundred, the data around it a few
/// thousand.
const CAP: usize = 64 * 1024;

/// The connection to the judge's server, and the guard's keyring.
pub(super) struct JudgeConnection {
    own: OwnClient,
    keyring: Arc<Keyring>,
    /// The name of the credential.
    secret: Option<String>,
    rotation: Rotation,
}

impl JudgeConnection {
    pub(super) fn open(
        url: &str,
        secret: Option<&str>,
        connection: &Connection,
        deadline: Duration,
        context: &JudgeContext<'_>,
    ) -> Result<Self, Error> {
        let connection = connection.or_roots(context.roots);
        let rotation = connection.rotation("judge")?;
        // A model server sends headers when the answer is complete, so the first-byte timeout
        // equals the deadline.
        let limits = Limits {
            total: deadline,
            first_byte: Some(deadline),
            response_bytes: CAP,
            ..Limits::DEFAULT
        };
        let own = OwnClient::new(
            "judge",
            url,
            &connection,
            context.pinned,
            context.resolver,
            context.clock,
        )?
        .limited(limits);
        if let Some(name) = secret {
            context.keyring.open(name, "the judge", &rotation)?;
        }
        Ok(Self {
            own,
            keyring: Arc::clone(context.keyring),
            secret: secret.map(str::to_owned),
            rotation,
        })
    }

    /// Sends a request. If the server rejects the credential, retries once with another value of
    /// it, if there is one.
    pub(super) async fn exchange(&self, body: String) -> Result<Response, Unjudged> {
        let Some(name) = &self.secret else { return self.send(None, body).await };
        let value =
            self.keyring.value(name, &self.rotation).await.map_err(|detail| unsent(&detail))?;
        let response = self.send(Some(&value), body.clone()).await?;
        if response.status != 401 {
            return Ok(response);
        }
        let Some(other) = self.keyring.another(name, &value, &self.rotation).await else {
            return Ok(response);
        };
        let second = self.send(Some(&other), body).await?;
        self.keyring.record_outcome(name, &other, second.status != 401, &self.rotation).await;
        Ok(second)
    }

    async fn send(
        &self,
        credential: Option<&SecretString>,
        body: String,
    ) -> Result<Response, Unjudged> {
        let mut headers = HeaderMap::new();
        if let Some(credential) = credential {
            let value = HeaderValue::from_str(&format!("Bearer {}", credential.expose_secret()));
            let mut value =
                value.map_err(|_| unsent("the credential is not a valid header value"))?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let sent = self
            .own
            .exchange(
                Method::POST,
                "/chat/completions".to_owned(),
                &headers,
                Some(Body::Json(body)),
            )
            .await;
        let response = sent.map_err(|failure| unanswered(self.own.host(), &failure))?;
        if response.status != 200 {
            tracing::warn!(
                host = self.own.host(),
                status = response.status,
                "the judge's server returned a status other than 200"
            );
        }
        Ok(response)
    }

    pub(super) fn described(&self) -> OwnConnection {
        self.own.described()
    }

    pub(super) fn reconnect(&self) {
        self.own.reconnect();
    }
}

fn unsent(detail: &str) -> Unjudged {
    tracing::warn!(detail, "the judge was not asked: its credential cannot be sent");
    Unjudged::Credential
}

fn unanswered(host: &str, failure: &Failure) -> Unjudged {
    tracing::warn!(
        host,
        rule = failure.rule.id(),
        detail = failure.detail,
        "the request to the judge failed"
    );
    match failure.rule {
        Rule::Timeout => Unjudged::Timeout,
        Rule::Redirect => Unjudged::Status,
        Rule::AnswerTooLarge | Rule::Encoding | Rule::Ratio => Unjudged::Malformed,
        _ => Unjudged::Connection,
    }
}
