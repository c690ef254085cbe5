//! TLS of redirect hosts and of token endpoints.

use std::time::Duration;

use secure_tool::clock::ManualClock;
use secure_tool::prelude::*;
use secure_tool::value::AnyJson;
use secure_tool::{Connection, FixedSecrets, Rule, Tool};
use secure_tool_testkit::hostile::{Builder, ClientIdentity, HostileApi, Response};
use tests::{Guard, Records, Session, TempFolder, canary, rule};

use super::identity::files;

/// A service with downloads on a second host and tokens from a third.
#[derive(Debug, SecureApi)]
#[secure(
    url = "https://files.example/v1",
    scopes("files:read"),
    auth(oauth2(token_url = "https://auth.files.example/token", client_id = "FILES_ID", client_secret = "FILES_SECRET")),
    receives(public),
    rate_limit(1000 / minute),
    redirects(most = 3, to("cdn.example"))
)]
struct Files;

/// Reads a file.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Files, get = "/files", scopes("files:read"), response = AnyJson)]
struct ReadFile {}

/// The three servers, and a guard with a client identity for the first and the third.
struct FilesBench {
    files: HostileApi,
    cdn: HostileApi,
    auth: HostileApi,
    client: ClientIdentity,
    guard: Guard,
    session: Session,
    clock: ManualClock,
    _folder: TempFolder,
}

impl FilesBench {
    async fn new(
        cdn: impl FnOnce(Builder) -> Builder,
        token: impl FnOnce(Connection) -> Connection,
    ) -> Self {
        let files_api = HostileApi::builder("files.example")
            .demands_client_certificate()
            .start()
            .await
            .expect("loopback");
        let cdn = cdn(HostileApi::builder("cdn.example")).start().await.expect("loopback");
        let auth = HostileApi::builder("auth.files.example")
            .demands_client_certificate()
            .start()
            .await
            .expect("loopback");
        auth.respond(Response::json(
            r#"{"access_token":"token-canary-5d1f","token_type":"Bearer","expires_in":60}"#,
        ));
        let (folder, client, clock) = (
            TempFolder::new(),
            ClientIdentity::valid("files").expect("an identity"),
            ManualClock::new(),
        );
        let identity = files(&folder, "files", &client);
        let secrets = FixedSecrets::new()
            .with("FILES_ID", "files-id".to_owned())
            .with("FILES_SECRET", canary::secret("FILES_SECRET"));
        let builder = tests::builder(&[&files_api, &cdn, &auth])
            .secrets(secrets)
            .audit(Records::new())
            .clock(clock.clone())
            .tool(Tool::of::<ReadFile>())
            .connection::<Files>(Connection::new().identity(identity.clone()))
            .token_connection::<Files>(token(Connection::new().identity(identity)));
        let guard = Guard::build(builder).expect("a sound guard");
        let session =
            guard.session(Agent::new("a").grant::<Files>(["files:read"])).expect("declared");
        Self { files: files_api, cdn, auth, client, guard, session, clock, _folder: folder }
    }

    async fn read(&self) -> Option<Rule> {
        rule(&self.session.call("read_file", "{}").await)
    }
}

#[tokio::test]
async fn a_redirect_drops_the_client_identity_even_on_a_return_to_the_origin() {
    let bench = FilesBench::new(Builder::demands_client_certificate, |token| token).await;
    bench.files.respond(Response::redirect(302, "https://cdn.example/7"));
    assert_eq!(
        bench.read().await,
        Some(Rule::Tls),
        "the redirect host requests an identity and receives none"
    );
    assert_eq!((bench.cdn.connections(), bench.cdn.requests().len()), (1, 0));

    let bench = FilesBench::new(|cdn| cdn, |token| token).await;
    bench.files.respond(Response::redirect(302, "https://cdn.example/7"));
    bench.cdn.respond(Response::redirect(302, "https://files.example/v1/secrets"));
    assert_eq!(
        bench.read().await,
        Some(Rule::Tls),
        "back on the API's host, the identity is not restored"
    );
    let [request] = bench.files.requests().try_into().expect("one request to the API");
    assert_eq!(
        (request.target(), request.client_certificate()),
        ("/v1/files", Some(bench.client.sha256()))
    );
    assert_eq!(bench.cdn.requests().len(), 1);
}

#[tokio::test]
async fn a_token_endpoint_has_its_own_connection_options() {
    let bench = FilesBench::new(|cdn| cdn, |token| token).await;
    let token = |bench: &FilesBench| {
        bench
            .auth
            .requests()
            .last()
            .and_then(secure_tool_testkit::hostile::Request::client_certificate)
    };
    let seen = |bench: &FilesBench| {
        (bench.auth.connections(), bench.auth.requests().len(), bench.auth.resumptions())
    };
    assert_eq!((bench.read().await, seen(&bench)), (None, (1, 1, 0)));
    assert_eq!(token(&bench), Some(bench.client.sha256()));
    bench.clock.advance(Duration::from_mins(2));
    assert_eq!(
        (bench.read().await, seen(&bench)),
        (None, (1, 2, 0)),
        "a new token over the same connection"
    );
    bench.guard.reconnect();
    bench.clock.advance(Duration::from_mins(2));
    assert_eq!((bench.read().await, seen(&bench)), (None, (2, 3, 0)));
    assert_eq!(bench.guard.posture().tls, "1.3 only");
}

#[tokio::test]
async fn weakened_defaults_of_a_token_endpoint_are_in_the_posture() {
    let bench =
        FilesBench::new(|cdn| cdn, |token| token.dangerously_allow_tls_1_2("an old server")).await;
    let posture = bench.guard.posture();
    assert!(
        posture.to_string().contains("WEAKENED: the connection to the token endpoint of API `Files` accepts TLS 1.2 (an old server)"),
        "{posture}"
    );
    assert_ne!(posture.tls, "1.3 only");
}
