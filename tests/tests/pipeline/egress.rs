//! The hosts that a call can reach: by name, by address, by redirect.

use secure_tool::Rule;
use secure_tool::prelude::*;
use secure_tool::value::AnyJson;
use secure_tool_testkit::hostile::{HostileApi, Response, Trap};
use tests::stores::ChangingSecrets;
use tests::{
    Bench, Guard, Records, SEARCH, ScriptedResolver, Session, header_names, open_session, rule,
    start_api,
};

const FILES_KEY: &str = "files-canary-0c77d1a9b2";

/// A service with downloads on a second host.
#[derive(Debug, SecureApi)]
#[secure(
    url = "https://files.example/v1",
    scopes("files:read", "files:write"),
    auth(header = "x-files-key", secret = "FILES_KEY"),
    headers("x-api-version" = "7"),
    receives(public),
    rate_limit(1000 / minute),
    redirects(most = 3, to("cdn.example"))
)]
struct Files;

/// Reads a file.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Files, get = "/files/{id}", scopes("files:read"), response = AnyJson, headers("x-tool" = "read"))]
struct ReadFile {
    #[validate(range(min = 1, max = 99))]
    id: u8,
    #[serde(default)]
    #[secure(header = "x-request-id")]
    #[validate(length(max = 20))]
    request: Option<String>,
}

/// Changes a file.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Files, post = "/files", effect = write, scopes("files:write"), response = AnyJson)]
struct TouchFile {
    #[validate(range(min = 1, max = 99))]
    id: u8,
}

struct FilesBench {
    store: ChangingSecrets,
    files: HostileApi,
    cdn: HostileApi,
    session: Session,
}

impl FilesBench {
    async fn new() -> Self {
        let files = start_api("files.example").await;
        let cdn = start_api("cdn.example").await;
        cdn.respond(Response::json(r#"{"from":"cdn"}"#));
        let store = ChangingSecrets::new();
        store.set("FILES_KEY", FILES_KEY);
        let builder = tests::builder(&[&files, &cdn])
            .secrets(store.clone())
            .audit(Records::new())
            .tool(secure_tool::Tool::of::<ReadFile>())
            .tool(secure_tool::Tool::of::<TouchFile>());
        let guard = Guard::build(builder).expect("a sound guard");
        assert_eq!(
            guard.posture().tools.first().map(|tool| tool.hosts.clone()),
            Some(vec!["files.example".into(), "cdn.example".into()])
        );
        let session = guard
            .session(Agent::new("a").grant::<Files>(["files:read", "files:write"]))
            .expect("declared");
        Self { store, files, cdn, session }
    }

    async fn read(&self) -> Option<Rule> {
        rule(&self.session.call("read_file", r#"{"id":7,"request":"r-1"}"#).await)
    }
}

#[tokio::test]
async fn a_declared_redirect_is_followed_without_a_credential() {
    let bench = FilesBench::new().await;
    bench.files.respond(Response::redirect(302, "https://cdn.example/blobs/7?sig=a%2Fb#part"));
    assert_eq!(bench.read().await, None);
    let first = bench.files.requests().pop().expect("one");
    assert_eq!(
        (first.header("x-files-key"), first.header("x-request-id")),
        (Some(FILES_KEY), Some("r-1"))
    );
    let [second] = bench.cdn.requests().try_into().expect("one");
    assert_eq!(second.target(), "/blobs/7?sig=a%2Fb");
    let names = header_names(&second);
    assert!(
        names.iter().all(
            |name| ["accept", "accept-encoding", "host", "user-agent"].contains(&name.as_str())
        ),
        "{names:?}"
    );
}

#[tokio::test]
async fn a_redirect_on_the_same_origin_keeps_credential_and_headers() {
    let bench = FilesBench::new().await;
    bench.files.respond_with(|request| match request.target() {
        "/v1/files/7" => Response::redirect(307, "../moved/7"),
        _ => Response::json("{}"),
    });
    assert_eq!(bench.read().await, None);
    let second = bench.files.requests().pop().expect("two");
    assert_eq!(
        (second.target(), second.header("x-files-key"), second.header("x-tool")),
        ("/v1/moved/7", Some(FILES_KEY), Some("read"))
    );
}

#[tokio::test]
async fn dropped_credentials_are_not_restored_by_a_later_redirect() {
    let bench = FilesBench::new().await;
    bench.files.respond_with(|request| match request.target() {
        "/v1/files/7" => Response::redirect(302, "https://cdn.example/7"),
        _ => Response::json("{}"),
    });
    bench.cdn.respond(Response::redirect(302, "https://files.example/v1/secrets"));
    assert_eq!(bench.read().await, None);
    let last = bench.files.requests().pop().expect("two");
    assert_eq!(
        (last.target(), last.header("x-files-key"), last.header("x-api-version")),
        ("/v1/secrets", None, None)
    );
}

#[tokio::test]
async fn redirects_to_undeclared_hosts_or_without_https_are_not_followed() {
    let bench = FilesBench::new().await;
    let trap = Trap::start().await.expect("loopback");
    let mut places = vec![
        format!("http://{}/", trap.addr()),
        format!("https://{}/", trap.addr()),
        format!("//{}/", trap.addr()),
        format!("https://cdn.example:{}/", trap.addr().port()),
        format!("https://cdn.example@{}/", trap.addr()),
    ];
    places.extend(
        [
            "http://cdn.example/",
            "http://files.example/v1/files/7",
            "https://user:pass@cdn.example/",
            "https://cdn.example.attacker.example/",
            "https://cdn.example./",
            "https://cdn.example%2eattacker.example/",
            "https://mail.example/",
            "file:///etc/passwd",
            "gopher://cdn.example/",
            "data:application/json,{}",
            "javascript:0",
            "https://127.1/",
            "https://[::1]/",
            "https://",
            "",
        ]
        .map(str::to_owned),
    );
    places.push(format!("https://cdn.example/{}", "a".repeat(9_000)));
    for place in places {
        bench.files.respond(Response::redirect(302, place.clone()));
        assert_eq!(bench.read().await, Some(Rule::Redirect), "{place}");
    }
    assert_eq!((trap.hits(), bench.cdn.connections()), (0, 0));
}

#[tokio::test]
async fn a_401_from_a_redirect_host_does_not_trigger_another_credential() {
    let bench = FilesBench::new().await;
    bench.files.respond(Response::redirect(302, "https://cdn.example/f"));
    bench.cdn.respond(Response::new(401, "application/json", "{}"));
    assert_eq!(bench.read().await, Some(Rule::Rejected));
    assert_eq!(
        (bench.files.requests().len(), bench.store.counts().1),
        (1, 0),
        "nothing is retried, and the store is not read"
    );
}

#[tokio::test]
async fn redirects_are_limited_and_effects_follow_none() {
    let bench = FilesBench::new().await;
    bench.files.respond_with(|request| Response::redirect(302, format!("{}x", request.target())));
    assert_eq!(bench.read().await, Some(Rule::Redirect));
    assert_eq!(bench.files.requests().len(), 4, "the call and 3 redirects");
    bench.files.clear();
    for status in [301, 302, 303, 307, 308] {
        bench.files.respond(Response::redirect(status, "https://cdn.example/"));
        assert_eq!(
            rule(&bench.session.call("touch_file", r#"{"id":7}"#).await),
            Some(Rule::EffectUnknown),
            "{status}"
        );
    }
    assert_eq!((bench.files.requests().len(), bench.cdn.connections()), (5, 0));
}

/// An API whose name only the test resolver knows.
#[derive(Debug, SecureApi)]
#[secure(url = "https://elsewhere.example", scopes("a:read"), auth(none, reason = "a test"), receives(public), rate_limit(1000 / minute))]
struct Elsewhere;

/// Reads from that API.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Elsewhere, get = "/", scopes("a:read"), response = AnyJson, limits(connect_seconds = 1, deadline_seconds = 2))]
struct ReadElsewhere {}

#[tokio::test]
async fn one_special_use_address_rejects_all_and_the_name_is_resolved_once() {
    let resolver = ScriptedResolver::default();
    let builder = tests::builder(&[])
        .resolver(resolver.clone())
        .roots(secure_tool::Roots::Platform)
        .dangerously_without_audit("a test")
        .tool(secure_tool::Tool::of::<ReadElsewhere>());
    let session = open_session(builder, Agent::new("a").grant::<Elsewhere>(["a:read"]));
    for (answer, expected) in [
        (&["127.0.0.1"][..], Rule::Address),
        (&["93.184.215.14", "10.0.0.1"], Rule::Address),
        (&["::ffff:127.0.0.1"], Rule::Address),
        (&["169.254.169.254"], Rule::Address),
        (&["64:ff9b::7f00:1"], Rule::Address),
        (&["2002:7f00:1::"], Rule::Address),
        (&[], Rule::Dns),
    ] {
        resolver.resolve_to("elsewhere.example", answer);
        assert_eq!(rule(&session.call("read_elsewhere", "{}").await), Some(expected), "{answer:?}");
        assert_eq!(resolver.lookups(), ["elsewhere.example"], "{answer:?}");
    }
}

#[tokio::test]
async fn a_dns_lookup_that_hangs_does_not_block_other_apis() {
    let resolver = ScriptedResolver::default();
    resolver.hang("elsewhere.example");
    let bench = Bench::with(|builder| {
        builder.resolver(resolver.clone()).tool(secure_tool::Tool::of::<ReadElsewhere>())
    })
    .await;
    let hanging =
        bench.guard.session(Agent::new("a").grant::<Elsewhere>(["a:read"])).expect("declared");
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let session = hanging.clone();
            tokio::spawn(async move { rule(&session.call("read_elsewhere", "{}").await) })
        })
        .collect();
    assert!(
        bench.session().call("search_products", SEARCH).await.answer().is_some(),
        "another API works at the same time"
    );
    for call in calls {
        assert_eq!(call.await.expect("no panic"), Some(Rule::Dns));
    }
    assert!(resolver.lookups().len() <= 4, "the number of hanging lookups is limited");
}
