//! OAuth 2.0 client credentials: token requests, accepted responses, and the token of each call.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use secure_tool::clock::ManualClock;
use secure_tool::guard::Builder;
use secure_tool::prelude::*;
use secure_tool::spec::{ApiSpec, Auth, ClientAuth};
use secure_tool::value::{AnyJson, Empty};
use secure_tool::{
    Connection, Context, FixedSecrets, Handler, HandlerError, Outcome, Roots, Rule, Tool,
};
use secure_tool_testkit::hostile::{Certificate, HostileApi, Request, Response, TlsVersion, Trap};
use serde_json::{Value, json};
use tests::stores::ChangingSecrets;
use tests::{Guard, Records, Session, canary, header_names, rule, start_api};

const ID: &str = "led ger/bot";
const SECRET: &str = "led?ger:-canary-secret+4f1d";

/// A ledger.
#[derive(SecureApi)]
#[secure(
    url = "https://ledger.example/v1",
    scopes("entries:read", "entries:write"),
    auth(oauth2(token_url = "https://auth.ledger.example/oauth/token", client_id = "LEDGER_ID", client_secret = "LEDGER_SECRET")),
    receives(public),
    rate_limit(1000 / minute)
)]
struct Ledger;

/// A ledger whose token requests have the client's secret in the body.
#[derive(SecureApi)]
#[secure(
    url = "https://ledger.example/v1",
    scopes("entries:read"),
    auth(oauth2(
        token_url = "https://auth.ledger.example/oauth/token",
        client_id = "LEDGER_ID",
        client_secret = "LEDGER_SECRET",
        client_auth = client_secret_post
    )),
    receives(public),
    rate_limit(1000 / minute)
)]
struct LedgerByPost;

/// Reads the entries.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Ledger, get = "/entries", scopes("entries:read"), response = AnyJson, limits(deadline_seconds = 2))]
struct ReadEntries {}

/// Reads the entries of that ledger.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = LedgerByPost, get = "/entries", scopes("entries:read"), response = AnyJson)]
struct ReadByPost {}

/// Writes an entry.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Ledger, post = "/entries", effect = write, scopes("entries:read", "entries:write"), response = Empty, limits(deadline_seconds = 2))]
struct WriteEntry {}

/// Reads the entries twice.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(handler, apis(Ledger), effect = read, scopes("entries:read"), response = AnyJson)]
struct CountEntries {}

impl Handler for CountEntries {
    async fn call(self, cx: Context<'_>) -> Result<AnyJson, HandlerError> {
        let ledger = cx.api::<Ledger>()?;
        ledger.get(&["entries"]).done().await?;
        ledger.get(&["entries"]).json().await
    }
}

/// A ledger, its token endpoint, and a guard in front of them.
struct LedgerBench {
    ledger: HostileApi,
    auth: HostileApi,
    audit: Records,
    clock: ManualClock,
    guard: Guard,
}

impl LedgerBench {
    async fn open() -> Self {
        let auth = start_api("auth.ledger.example").await;
        Self::with(auth, |builder| builder).await
    }

    /// Starts with another token endpoint and a changed builder. The endpoint grants the requested
    /// scopes.
    async fn with(auth: HostileApi, change: impl FnOnce(Builder) -> Builder) -> Self {
        let ledger = start_api("ledger.example").await;
        let (audit, clock) = (Records::new(), ManualClock::new());
        let builder = tests::builder(&[&ledger, &auth])
            .secrets(
                FixedSecrets::new()
                    .with("LEDGER_ID", ID.to_owned())
                    .with("LEDGER_SECRET", SECRET.to_owned()),
            )
            .tool(Tool::of::<ReadEntries>())
            .tool(Tool::of::<ReadByPost>())
            .tool(Tool::of::<WriteEntry>())
            .tool(Tool::of::<CountEntries>())
            .audit(audit.clone())
            .clock(clock.clone());
        let guard = Guard::build(change(builder)).expect("a sound guard");
        let bench = Self { ledger, auth, audit, clock, guard };
        bench.ledger.respond(Response::json("{}"));
        bench.issue_tokens(|scope| json!({ "scope": scope, "expires_in": 3600 }));
        bench
    }

    /// Responds to each token request with a new token and these members. The closure receives the
    /// requested scope.
    fn issue_tokens(&self, with: impl Fn(&str) -> Value + Send + Sync + 'static) {
        let count = AtomicUsize::new(0);
        self.auth.respond_with(move |request| {
            let asked = form(request);
            let scope = asked.iter().find(|(name, _)| name == "scope").map(|(_, value)| value.as_str()).unwrap_or_default();
            let mut answer = json!({ "access_token": token(count.fetch_add(1, Ordering::SeqCst)), "token_type": "bearer" });
            let Value::Object(members) = with(scope) else { panic!("an object") };
            answer.as_object_mut().expect("an object").extend(members);
            Response::json(answer.to_string())
        });
    }

    fn session(&self) -> Session {
        self.session_of(agent("bench-bot"))
    }

    fn session_of(&self, agent: Agent) -> Session {
        self.guard.session(agent).expect("declared")
    }

    async fn read(&self) -> Outcome {
        self.session().call("read_entries", "{}").await
    }

    /// Returns the credentials that the ledger received since the last call.
    fn sent_credentials(&self) -> Vec<String> {
        let carried = self
            .ledger
            .requests()
            .iter()
            .map(|request| request.header("authorization").unwrap_or_default().to_owned())
            .collect();
        self.ledger.clear();
        carried
    }

    /// Returns the number of token requests since the last call.
    fn token_requests(&self) -> usize {
        let asked = self.auth.requests().len();
        self.auth.clear();
        asked
    }
}

fn agent(name: &str) -> Agent {
    Agent::new(name)
        .grant::<Ledger>(["entries:read", "entries:write"])
        .grant::<LedgerByPost>(["entries:read"])
        .clearance(Clearance::Internal)
}

fn token(number: usize) -> String {
    format!("token-canary-{number}-0123456789abcdef.~+/==")
}

fn bearer(number: usize) -> String {
    format!("Bearer {}", token(number))
}

/// Parses the pairs of a form.
fn form(request: &Request) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            bytes.push(match byte {
                b'+' => b' ',
                b'%' => {
                    let digits = [rest.next().expect("a digit"), rest.next().expect("a digit")];
                    u8::from_str_radix(std::str::from_utf8(&digits).expect("ASCII"), 16)
                        .expect("hex")
                }
                byte => byte,
            });
        }
        String::from_utf8(bytes).expect("text")
    };
    let body = std::str::from_utf8(request.body()).expect("a form is ASCII");
    let pairs = body.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').expect("a pair"))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn a_token_is_requested_with_exactly_the_scopes_of_the_tool() {
    let bench = LedgerBench::open().await;
    assert!(bench.read().await.answer().is_some());
    let requests = bench.auth.requests();
    let [request] = requests.as_slice() else { panic!("one request, not {}", requests.len()) };
    assert_eq!((request.method(), request.target()), ("POST", "/oauth/token"));
    assert_eq!(
        form(request),
        pairs(&[("grant_type", "client_credentials"), ("scope", "entries:read")])
    );
    // RFC 6749, 2.3.1: id and secret are form-encoded before they are part of a Basic header.
    // Computed with Python's urllib.parse.quote_plus and base64.
    assert_eq!(
        request.header("authorization"),
        Some("Basic bGVkK2dlciUyRmJvdDpsZWQlM0ZnZXIlM0EtY2FuYXJ5LXNlY3JldCUyQjRmMWQ=")
    );
    let names = header_names(request);
    assert_eq!(
        names,
        [
            "accept",
            "accept-encoding",
            "authorization",
            "content-length",
            "content-type",
            "host",
            "user-agent"
        ]
    );
    assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(bench.sent_credentials(), [bearer(0)]);

    assert!(bench.read().await.answer().is_some());
    assert_eq!(
        (bench.token_requests(), bench.sent_credentials()),
        (1, vec![bearer(0)]),
        "one token for both tools"
    );
    assert!(bench.session().call("write_entry", "{}").await.answer().is_some());
    assert_eq!(
        form(&bench.auth.requests()[0])[1].1,
        "entries:read entries:write",
        "other scopes, another token"
    );
    assert_eq!(bench.sent_credentials(), [bearer(1)]);
    assert!(bench.session().call("count_entries", "{}").await.answer().is_some());
    assert_eq!(
        (bench.token_requests(), bench.sent_credentials()),
        (1, vec![bearer(0), bearer(0)]),
        "requests of a handler too"
    );
}

#[tokio::test]
async fn a_client_secret_is_in_the_body_only_if_declared() {
    let bench = LedgerBench::open().await;
    assert!(bench.session().call("read_by_post", "{}").await.answer().is_some());
    let request = bench.auth.requests().remove(0);
    let expected = [
        ("grant_type", "client_credentials"),
        ("scope", "entries:read"),
        ("client_id", ID),
        ("client_secret", SECRET),
    ];
    assert_eq!((form(&request), request.header("authorization")), (pairs(&expected), None));
    assert_eq!(bench.sent_credentials(), [bearer(0)]);
}

#[tokio::test]
async fn anything_but_the_requested_token_is_rejected_and_no_call_is_sent() {
    let sound = |with: Value| {
        let mut answer = json!({ "access_token": token(0), "token_type": "Bearer", "scope": "entries:read", "expires_in": 3600 });
        answer
            .as_object_mut()
            .expect("an object")
            .extend(with.as_object().expect("an object").clone());
        Response::json(answer.to_string())
    };
    let scope = |scope: &str| sound(json!({ "scope": scope }));
    let cases = [
        (scope("entries:read entries:write"), "grants 1 scopes that were not requested"),
        (scope("entries:read canary:admin canary:all"), "grants 2 scopes that were not requested"),
        (scope("ENTRIES:READ"), "grants 1 scopes that were not requested"),
        (scope("entries:read\tentries:write"), "grants 1 scopes that were not requested"),
        (scope(""), "lacks 1 of the 1 requested scopes"),
        (sound(json!({ "token_type": "mac" })), "not a Bearer token"),
        (sound(json!({ "token_type": "canary" })), "not a Bearer token"),
        (
            sound(json!({ "access_token": "token-canary-x y 0123456789" })),
            "not a valid header value",
        ),
        (
            sound(json!({ "access_token": "token-canary-0123456789\r\nx-evil: 1" })),
            "not a valid header value",
        ),
        (sound(json!({ "access_token": "k-canary-short" })), "not a valid header value"),
        (sound(json!({ "access_token": "a".repeat(8193) })), "not a valid header value"),
        (sound(json!({ "access_token": "" })), "not a valid header value"),
        (sound(json!({ "expires_in": 0 })), "expires in 0ns"),
        (sound(json!({ "expires_in": 9 })), "expires in 9s"),
        (sound(json!({ "expires_in": "3600-canary-" })), "not a token response"),
        (sound(json!({ "expires_in": -1 })), "not a token response"),
        (sound(json!({ "scope": ["entries:read"] })), "not a token response"),
        (
            Response::json(
                r#"{"access_token":"token-canary-0123456789","token_type":"bearer","scope":"entries:read","scope":"x"}"#,
            ),
            "not a token response",
        ),
        (
            Response::json(
                r#"{"access_token":"token-canary-0123456789","token_type":"bearer"} {"scope":"x"}"#,
            ),
            "not a token response",
        ),
        (Response::json(r#"{"token_type":"bearer"}"#), "not a token response"),
        (Response::json("-canary-"), "not a token response"),
        (Response::json(""), "not a token response"),
        (
            Response::new(
                200,
                "text/html",
                json!({ "access_token": token(0), "token_type": "Bearer" }).to_string(),
            ),
            "not a token response",
        ),
        (
            Response::new(
                200,
                "application/jsonx",
                json!({ "access_token": token(0), "token_type": "Bearer" }).to_string(),
            ),
            "not a token response",
        ),
        (sound(json!({})).status(201), "status 201"),
        (Response::new(204, "", ""), "status 204"),
        (Response::new(503, "text/html", "-canary-"), "status 503"),
        (Response::new(403, "text/html", "-canary-"), "status 403"),
        (Response::huge(), "send.answer_too_large"),
        (Response::raw("-canary- nonsense"), "send.exchange"),
    ];
    let bench = LedgerBench::open().await;
    for (answer, detail) in cases {
        bench.auth.respond(answer);
        let outcome = bench.read().await;
        assert_eq!(rule(&outcome), Some(Rule::Credential), "{detail}");
        let told = bench.audit.last_of("outcome")["detail"].as_str().unwrap_or_default().to_owned();
        assert!(told.starts_with("token endpoint: ") && told.contains(detail), "{detail}: {told}");
        assert_eq!(bench.ledger.connections(), 0, "{detail}");
        bench.clock.advance(Duration::from_mins(1));
    }
    bench.issue_tokens(|scope| json!({ "scope": format!("  {scope} {scope} "), "token_type": "BEARER", "refresh_token": "refresh-canary-1", "extra": [1] }));
    assert!(bench.read().await.answer().is_some(), "the next token request works");
}

#[tokio::test]
async fn an_effect_without_a_token_is_not_sent() {
    let bench = LedgerBench::open().await;
    bench.issue_tokens(|_| json!({ "scope": "entries:read entries:write entries:delete" }));
    let outcome = bench.session().call("write_entry", "{}").await;
    assert_eq!((rule(&outcome), bench.ledger.connections()), (Some(Rule::Credential), 0));
    bench.auth.respond(Response::silence());
    bench.clock.advance(Duration::from_mins(1));
    let outcome = bench.session().call("write_entry", "{}").await;
    assert_eq!(
        (rule(&outcome), bench.ledger.connections()),
        (Some(Rule::Credential), 0),
        "nor an effect whose token was late"
    );
    assert!(!outcome.for_model().contains("Do not repeat"));
}

#[tokio::test]
async fn a_token_response_without_a_scope_grants_the_requested_one_and_is_recorded() {
    for members in [json!({}), json!({ "scope": null })] {
        let bench = LedgerBench::open().await;
        bench.issue_tokens(move |_| members.clone());
        assert!(bench.read().await.answer().is_some());
        assert!(bench.session().call("count_entries", "{}").await.answer().is_some());
        assert_eq!(bench.sent_credentials(), vec![bearer(0); 3]);
        let records = bench.audit.parsed();
        let told = |kind: &str| {
            records
                .iter()
                .filter(|record| {
                    record["kind"] == kind
                        && record["detail"]
                            .as_str()
                            .is_some_and(|detail| detail.contains("RFC 6749, 5.1"))
                })
                .count()
        };
        assert_eq!((told("outcome"), told("credential")), (2, 1), "{records:#?}");
        assert!(records.iter().any(|record| record["decision"] == "scope_unsaid"
            && record["credential"] == "LEDGER_SECRET"));
    }
    let bench = LedgerBench::open().await;
    assert!(bench.read().await.answer().is_some());
    assert!(!bench.audit.lines().concat().contains("RFC 6749"), "a stated scope needs no remark");
}

#[tokio::test]
async fn only_standard_error_codes_of_a_token_endpoint_are_reported() {
    let bench = LedgerBench::open().await;
    for (code, status, told) in [
        ("invalid_client", 401, "`invalid_client`"),
        ("invalid_grant", 400, "`invalid_grant`"),
        ("invalid_request", 400, "`invalid_request`"),
        ("invalid_scope", 400, "`invalid_scope`"),
        ("unauthorized_client", 403, "`unauthorized_client`"),
        ("unsupported_grant_type", 400, "`unsupported_grant_type`"),
        ("a-canary-of-theirs", 400, "that RFC 6749 does not define"),
    ] {
        let body = json!({ "error": code, "error_description": "words-canary-of-theirs", "error_uri": "https://canary.example/-canary-" });
        bench.auth.respond(Response::json(body.to_string()).status(status));
        assert_eq!(rule(&bench.read().await), Some(Rule::Credential), "{code}");
        let detail = bench.audit.last_of("outcome")["detail"].clone();
        assert!(detail.as_str().expect("a detail").contains(told), "{code}: {detail}");
        bench.clock.advance(Duration::from_mins(1));
    }
    assert_eq!(bench.ledger.connections(), 0);
}

#[tokio::test]
async fn a_token_is_replaced_before_it_expires() {
    for (members, good_for) in [
        (json!({ "expires_in": 100 }), 75),          // a quarter before
        (json!({ "expires_in": 3600 }), 3570),       // half a minute before
        (json!({}), 270),                            // five minutes, where nothing is said
        (json!({ "expires_in": u64::MAX }), 86_370), // a day, whatever is said
    ] {
        let bench = LedgerBench::open().await;
        bench.issue_tokens(move |_| members.clone());
        let read = async |after: u64| {
            bench.clock.advance(Duration::from_secs(after));
            assert!(bench.read().await.answer().is_some());
            (bench.token_requests(), bench.sent_credentials())
        };
        assert_eq!(read(0).await, (1, vec![bearer(0)]));
        assert_eq!(read(good_for - 1).await, (0, vec![bearer(0)]), "{good_for}");
        assert_eq!(read(1).await, (1, vec![bearer(1)]), "{good_for}");
    }
}

#[tokio::test]
async fn concurrent_calls_request_one_token() {
    let bench = LedgerBench::open().await;
    let sessions: Vec<_> = (0..20).map(|_| bench.session()).collect();
    let calls = sessions.iter().map(|session| session.call("read_entries", "{}"));
    let mut calls: Vec<_> = calls.map(Box::pin).collect();
    std::future::poll_fn(|cx| {
        calls.retain_mut(|call| match call.as_mut().poll(cx) {
            std::task::Poll::Ready(outcome) => {
                assert!(outcome.answer().is_some(), "{}", outcome.for_model());
                false
            }
            std::task::Poll::Pending => true,
        });
        if calls.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    assert_eq!((bench.token_requests(), bench.sent_credentials()), (1, vec![bearer(0); 20]));
}

#[tokio::test]
async fn a_dropped_call_leaves_its_token_to_the_next() {
    let bench = LedgerBench::open().await;
    let session = bench.session();
    let asked = async {
        while bench.auth.requests().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        () = asked => {}
        _ = session.call("read_entries", "{}") => panic!("the token has only been asked for"),
    }
    assert!(bench.read().await.answer().is_some());
    assert_eq!((bench.token_requests(), bench.sent_credentials()), (1, vec![bearer(0)]));
}

#[tokio::test]
async fn a_failing_token_endpoint_is_retried_with_exponential_backoff() {
    let bench = LedgerBench::open().await;
    bench.auth.respond(Response::new(500, "text/plain", "-canary-"));
    for pause in [1, 2, 4, 8, 16, 32, 60, 60] {
        assert_eq!(
            (rule(&bench.read().await), bench.token_requests()),
            (Some(Rule::Credential), 1),
            "{pause}"
        );
        bench
            .clock
            .advance(Duration::from_secs(pause).checked_sub(Duration::from_millis(1)).unwrap());
        for _ in 0..5 {
            assert_eq!(
                (rule(&bench.read().await), bench.token_requests()),
                (Some(Rule::Credential), 0),
                "{pause}"
            );
        }
        bench.clock.advance(Duration::from_millis(1));
    }
    bench.issue_tokens(|_| json!({}));
    assert!(bench.read().await.answer().is_some());
    assert_eq!(bench.token_requests(), 1);
}

#[tokio::test]
async fn a_rejected_token_is_replaced_once_and_not_while_it_is_fresh() {
    let bench = LedgerBench::open().await;
    let refused = |number: usize| {
        move |request: &Request| {
            Response::json("{}").status(
                if request.header("authorization") == Some(&bearer(number)) { 401 } else { 200 },
            )
        }
    };
    assert!(bench.read().await.answer().is_some());
    bench.ledger.respond_with(refused(0));
    assert_eq!(rule(&bench.read().await), Some(Rule::Rejected), "a fresh token is not replaced");
    assert_eq!((bench.token_requests(), bench.sent_credentials()), (1, vec![bearer(0); 2]));
    bench.clock.advance(Duration::from_secs(10));
    assert!(bench.read().await.answer().is_some());
    assert_eq!(
        (bench.token_requests(), bench.sent_credentials()),
        (1, vec![bearer(0), bearer(1)]),
        "retried once with a new token"
    );
    assert!(bench.session().call("count_entries", "{}").await.answer().is_some());
    assert_eq!(
        (bench.token_requests(), bench.sent_credentials()),
        (0, vec![bearer(1); 2]),
        "the new token stays in use"
    );

    bench.ledger.respond(Response::json("{}").status(401));
    bench.clock.advance(Duration::from_secs(10));
    let mut asked = 0;
    for _ in 0..50 {
        assert_eq!(rule(&bench.read().await), Some(Rule::Rejected));
        asked += bench.token_requests();
        bench.clock.advance(Duration::from_secs(1));
    }
    assert_eq!(asked, 5, "one token request per 10 seconds");
}

#[tokio::test]
async fn redirects_of_a_token_endpoint_are_not_followed() {
    let trap = Trap::start().await.expect("loopback");
    let bench = LedgerBench::open().await;
    for (status, to) in [
        (302, format!("http://{}/", trap.addr())),
        (307, "https://ledger.example/v1/token".into()),
        (308, "/oauth/other".into()),
    ] {
        bench.auth.respond(Response::redirect(status, to));
        assert_eq!(rule(&bench.read().await), Some(Rule::Credential), "{status}");
        assert!(
            bench.audit.last_of("outcome")["detail"]
                .as_str()
                .expect("a detail")
                .contains("check.redirect")
        );
        bench.clock.advance(Duration::from_mins(1));
    }
    assert_eq!((trap.hits(), bench.ledger.connections(), bench.token_requests()), (0, 0, 3));
}

#[tokio::test]
async fn an_untrusted_token_endpoint_receives_no_secret() {
    let named = || HostileApi::builder("auth.ledger.example");
    for auth in [
        named().certificate(Certificate::Expired),
        named().certificate(Certificate::SelfSigned),
        named().certificate(Certificate::WrongHost),
        named().certificate(Certificate::WrongAuthority),
        named().tls(TlsVersion::V12Only),
    ] {
        let bench =
            LedgerBench::with(auth.start().await.expect("loopback"), |builder| builder).await;
        assert_eq!(rule(&bench.read().await), Some(Rule::Credential));
        assert!(
            bench.audit.last_of("outcome")["detail"]
                .as_str()
                .expect("a detail")
                .contains("send.tls"),
            "{}",
            bench.audit.last_of("outcome")
        );
        assert_eq!(
            (bench.auth.requests().len(), bench.auth.connections(), bench.ledger.connections()),
            (0, 1, 0)
        );
    }
    // Its own trust anchors: those for the API do not apply to the endpoint.
    let bench = LedgerBench::with(named().start().await.expect("loopback"), |builder| {
        builder.token_connection::<Ledger>(Connection::new().roots(Roots::Platform))
    });
    assert!(bench.await.read().await.refusal().is_some());
}

/// A ledger whose token endpoint has a name that resolves to loopback. The derive rejects it, so
/// the spec is handwritten.
struct Inward;

impl SecureApi for Inward {
    const SPEC: &'static ApiSpec = &ApiSpec {
        name: "Inward",
        auth: Auth::OAuth2 {
            token_url: "https://localhost/token",
            client_id: "LEDGER_ID",
            client_secret: "LEDGER_SECRET",
            client_auth: ClientAuth::Basic,
        },
        ..*Ledger::SPEC
    };
}

/// Reads the entries.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Inward, get = "/entries", scopes("entries:read"), response = AnyJson)]
struct ReadInward {}

#[tokio::test]
async fn a_token_endpoint_at_a_special_use_address_is_not_reached() {
    let local = start_api("localhost").await;
    let auth = start_api("auth.ledger.example").await;
    let bench = LedgerBench::with(auth, |builder| builder.tool(Tool::of::<ReadInward>())).await;
    let session = bench.session_of(
        Agent::new("a").grant::<Inward>(["entries:read"]).clearance(Clearance::Internal),
    );
    assert_eq!(rule(&session.call("read_inward", "{}").await), Some(Rule::Credential));
    assert!(
        bench.audit.last_of("outcome")["detail"]
            .as_str()
            .expect("a detail")
            .contains("send.address"),
        "{}",
        bench.audit.last_of("outcome")
    );
    assert_eq!((local.connections(), bench.ledger.connections()), (0, 0));
}

#[tokio::test]
async fn echoed_tokens_are_removed_including_the_previous_one() {
    let bench = LedgerBench::open().await;
    bench.issue_tokens(|_| json!({ "expires_in": 100 }));
    bench.ledger.respond_with(|request| {
        let credential = request.header("authorization").unwrap_or_default();
        Response::json(
            json!({ "echo": credential, "before": token(0), "secret": SECRET }).to_string(),
        )
    });
    for number in 0..3 {
        let outcome = bench.read().await;
        let answer = outcome.answer().expect("an answer");
        let text = answer.for_model();
        assert_eq!(
            (text.matches("[secret removed]").count(), text.contains("canary")),
            (3, false),
            "{number}: {text}"
        );
        assert_eq!(bench.sent_credentials(), [bearer(number)]);
        bench.clock.advance(Duration::from_secs(75));
    }
}

#[tokio::test]
async fn a_rotated_client_secret_is_tried_after_a_rejection() {
    let secrets = ChangingSecrets::new();
    secrets.set("LEDGER_ID", ID);
    secrets.set("LEDGER_SECRET", SECRET);
    let auth = start_api("auth.ledger.example").await;
    let store = secrets.clone();
    let bench = LedgerBench::with(auth, |builder| builder.secrets(store)).await;
    secrets.set_remotely("LEDGER_SECRET", "rotated-canary-secret-1");
    bench.auth.respond_with(|request| {
        // The form-encoded pair led+ger%2Fbot:rotated-canary-secret-1.
        let is_new = request.header("authorization")
            == Some("Basic bGVkK2dlciUyRmJvdDpyb3RhdGVkLWNhbmFyeS1zZWNyZXQtMQ==");
        let good =
            json!({ "access_token": token(0), "token_type": "bearer", "scope": "entries:read" });
        if is_new {
            Response::json(good.to_string())
        } else {
            Response::json(r#"{"error":"invalid_client"}"#).status(401)
        }
    });
    assert!(bench.read().await.answer().is_some());
    assert_eq!((bench.token_requests(), bench.sent_credentials()), (2, vec![bearer(0)]));
}

#[tokio::test]
async fn each_client_has_its_own_tokens() {
    let auth = start_api("auth.ledger.example").await;
    let secrets = FixedSecrets::new()
        .with("LEDGER_ID", ID.to_owned())
        .with("LEDGER_SECRET", SECRET.to_owned())
        .with("ID_7", "seven".to_owned())
        .with("SECRET_7", "seven-canary-secret".to_owned());
    let bench = LedgerBench::with(auth, |builder| builder.secrets(secrets)).await;
    let own = || agent("bot-7").client_for::<Ledger>("ID_7", "SECRET_7");
    for (agent, expected) in [
        (agent("a"), 0),
        (agent("b"), 0),
        (own(), 1),
        (agent("a").tenant("other"), 0),
        (own(), 1),
        (agent("c"), 0),
    ] {
        assert!(bench.session_of(agent).call("read_entries", "{}").await.answer().is_some());
        assert_eq!(bench.sent_credentials(), [bearer(expected)]);
    }
    let requests = bench.auth.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(
        requests[1].header("authorization"),
        Some("Basic c2V2ZW46c2V2ZW4tY2FuYXJ5LXNlY3JldA=="),
        "seven:seven-canary-secret"
    );
    assert!(bench.audit.lines().iter().any(|line| line.contains(r#""credential":"SECRET_7""#)));
    let missing = bench
        .guard
        .session(agent("d").client_for::<Ledger>("ID_8", "SECRET_7"))
        .expect_err("no such id");
    assert!(missing.to_string().contains("`ID_8`"), "{missing}");
}

#[tokio::test]
async fn a_token_endpoint_is_in_the_posture() {
    let bench = LedgerBench::open().await;
    let posture = bench.guard.posture();
    let own: Vec<_> = posture
        .connections
        .iter()
        .map(|own| {
            (
                own.purpose.as_str(),
                own.host.as_str(),
                own.path.as_str(),
                own.tls.get(..29).unwrap_or_default(),
            )
        })
        .collect();
    let expected =
        |purpose| (purpose, "auth.ledger.example", "/oauth/token", "TLS 1.3, roots: 1 set in code");
    assert_eq!(
        own,
        [
            expected("token endpoint of API `Ledger`"),
            expected("token endpoint of API `LedgerByPost`")
        ]
    );
    let first = bench.audit.parsed().remove(0);
    assert_eq!(first["posture"]["connections"][0]["host"], "auth.ledger.example");
    assert_eq!(bench.token_requests(), 0, "no token is requested before it is needed");
}

/// A ledger with an invalid scope: a token endpoint reads two scopes. The derive rejects it, so the
/// spec is handwritten.
struct Two;

impl SecureApi for Two {
    const SPEC: &'static ApiSpec =
        &ApiSpec { name: "Two", scopes: &["entries:read entries:write"], ..*Ledger::SPEC };
}

/// Reads the entries.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Two, get = "/entries", scopes("entries:read entries:write"), response = AnyJson)]
struct ReadTwo {}

#[tokio::test]
async fn missing_or_invalid_oauth_settings_are_build_errors() {
    let all = || {
        FixedSecrets::new()
            .with("LEDGER_ID", ID.to_owned())
            .with("LEDGER_SECRET", SECRET.to_owned())
    };
    let base = || secure_tool::Guard::builder().dangerously_without_audit("a test");
    for (builder, word) in [
        (
            base()
                .tool(Tool::of::<ReadEntries>())
                .secrets(FixedSecrets::new().with("LEDGER_SECRET", SECRET.to_owned())),
            "`LEDGER_ID`",
        ),
        (
            base()
                .tool(Tool::of::<ReadEntries>())
                .secrets(FixedSecrets::new().with("LEDGER_ID", ID.to_owned())),
            "`LEDGER_SECRET`",
        ),
        (
            base().tool(Tool::of::<ReadTwo>()).secrets(all()),
            "`entries:read entries:write` is not a valid OAuth 2.0 scope",
        ),
        (
            base()
                .tool(Tool::of::<ReadEntries>())
                .secrets(all())
                .token_connection::<tests::Shop>(Connection::new()),
            "token endpoint of API `Shop`",
        ),
    ] {
        let error = Guard::build(builder).expect_err(word);
        canary::saw_error(&error);
        assert!(error.to_string().contains(word), "{word}: {error}");
    }
    let guard = Guard::build(
        base()
            .tool(Tool::of::<tests::GetProduct>())
            .secrets(all().with("SHOP_API_KEY", tests::SHOP_KEY.to_owned())),
    )
    .expect("a sound guard");
    let wrong = Agent::new("a").client_for::<tests::Shop>("LEDGER_ID", "SHOP_API_KEY");
    assert!(
        guard.session(wrong).expect_err("no tokens").to_string().contains("no token is sent to")
    );
}

#[tokio::test]
async fn debug_output_of_a_guard_contains_no_token() {
    let bench = LedgerBench::open().await;
    // Other tests check the output of a guard and its sessions. This one checks `Debug` of a guard
    // with a token.
    assert!(bench.read().await.answer().is_some());
    canary::saw("a guard that holds a token", &format!("{:?}", bench.guard));
    assert!(canary::scanned_crates().contains("secure_tool"));
}
