//! Our tokens against an authorization server that shares no code with ours: where it and its API
//! listen in, an exit with 1 if one of the promises below does not hold out.
//!
//! `.ci/oauth/run` starts it: `oauth_counterpart '{"auth": port, "api": port}' authority.der`.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use secure_tool::clock::ManualClock;
use secure_tool::prelude::*;
use secure_tool::value::AnyJson;
use secure_tool::{FixedSecrets, Roots, Tool};
use serde_json::Value;
use tests::{Guard, Records};

/// A shop whose tokens come from a real authorization server.
#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example/v1",
    scopes("products:read", "orders:write", "orders:delete"),
    auth(oauth2(token_url = "https://auth.shop.example/token", client_id = "ID", client_secret = "SECRET")),
    receives(public),
    rate_limit(1000 / minute)
)]
struct Shop;

/// The same by `client_secret_post`.
#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example/v1",
    scopes("products:read"),
    auth(oauth2(
        token_url = "https://auth.shop.example/token",
        client_id = "POST_ID",
        client_secret = "POST_SECRET",
        client_auth = client_secret_post
    )),
    receives(public),
    rate_limit(1000 / minute)
)]
struct ShopByPost;

/// Reads the entries.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/products", scopes("products:read"), response = AnyJson)]
struct Read {}

/// Needs two scopes.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:write", "products:read"), response = AnyJson)]
struct Both {}

/// Needs a scope that the client may not have.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:delete"), response = AnyJson)]
struct Forbidden {}

/// Has all tokens taken back.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/revoke", scopes("products:read"), response = AnyJson)]
struct Revoke {}

/// Reads by the other way.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = ShopByPost, get = "/products", scopes("products:read"), response = AnyJson)]
struct ReadByPost {}

const ID: &str = "shop bot/1";
const SECRET: &str = "p+q:r%s?t&u=v-canary-0123456789";

struct Stand {
    auth: SocketAddr,
    api: SocketAddr,
    authority: Vec<u8>,
    passed: u32,
    failed: u32,
}

impl Stand {
    /// A guard whose client has this id and secret.
    fn guard(&self, id: &str, secret: &str, roots: Roots) -> (Guard, Records, ManualClock) {
        let (audit, clock) = (Records::new(), ManualClock::new());
        clock.advance(since_the_clocks_start()); // the certificates are of today
        let secrets = FixedSecrets::new()
            .with("ID", id.to_owned())
            .with("SECRET", secret.to_owned())
            .with("POST_ID", "post-bot".to_owned())
            .with("POST_SECRET", "w x+y%z-canary-0123456789".to_owned());
        let builder = secure_tool::Guard::builder()
            .tool(Tool::of::<Read>())
            .tool(Tool::of::<Both>())
            .tool(Tool::of::<Forbidden>())
            .tool(Tool::of::<Revoke>())
            .tool(Tool::of::<ReadByPost>())
            .secrets(secrets)
            .roots(roots)
            .audit(audit.clone())
            .clock(clock.clone())
            .dangerously_reach_host_at(
                "auth.shop.example",
                self.auth,
                "a counterpart on this machine",
            )
            .dangerously_reach_host_at(
                "api.shop.example",
                self.api,
                "a counterpart on this machine",
            );
        (Guard::build(builder).expect("a sound guard"), audit, clock)
    }

    fn ours(&self) -> Roots {
        Roots::Only(vec![self.authority.clone()])
    }

    fn check(&mut self, what: &str, holds: bool, seen: &str) {
        if holds {
            self.passed += 1;
        } else {
            self.failed += 1;
            println!("FAILED: {what}: {seen}");
        }
    }
}

/// Returns the API's response to the token, or the reason why no request was sent.
async fn call(guard: &Guard, audit: &Records, tool: &str) -> (String, String) {
    let scopes = ["products:read", "orders:write", "orders:delete"];
    let agent = Agent::new("bot")
        .grant::<Shop>(scopes)
        .grant::<ShopByPost>(["products:read"])
        .clearance(Clearance::Internal);
    let session = guard.session(agent).expect("declared");
    let outcome = session.call(tool, "{}").await;
    let record: Value = audit
        .lines()
        .last()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .unwrap_or_default();
    let rule = record["rule"].as_str().unwrap_or_default();
    let detail = record["detail"].as_str().unwrap_or_default();
    (
        outcome
            .answer()
            .map(|answer| answer.unmarked_json_not_for_models().to_owned())
            .unwrap_or_default(),
        format!("{rule} {detail}"),
    )
}

async fn run(stand: &mut Stand) {
    let (guard, audit, clock) = stand.guard(ID, SECRET, stand.ours());
    let (answer, why) = call(&guard, &audit, "read").await;
    stand.check(
        "a token is granted by client_secret_basic, for just the scope of the tool",
        answer.contains(r#""scope":"products:read""#),
        &why,
    );
    stand.check("it is our client's", answer.contains(r#""client":"shop bot/1""#), &answer);
    let (answer, why) = call(&guard, &audit, "both").await;
    let both = answer.contains(r#""orders:write products:read""#)
        || answer.contains(r#""products:read orders:write""#);
    stand.check("two scopes are granted where two are needed", both, &format!("{answer} {why}"));
    let (_, why) = call(&guard, &audit, "forbidden").await;
    stand.check(
        "a scope that the client may not have is refused",
        why.contains("send.credential") && why.contains("`invalid_scope`"),
        &why,
    );
    let (answer, why) = call(&guard, &audit, "read_by_post").await;
    stand.check(
        "a token is granted by client_secret_post",
        answer.contains(r#""client":"post-bot""#),
        &why,
    );

    let (_, why) = call(&guard, &audit, "revoke").await;
    stand.check("tokens are taken back", why.trim().is_empty(), &why);
    let (_, why) = call(&guard, &audit, "read").await;
    stand.check(
        "a fresh token that is refused is not asked for again",
        why.contains("check.rejected"),
        &why,
    );
    clock.advance(Duration::from_secs(10));
    let (answer, why) = call(&guard, &audit, "read").await;
    stand.check(
        "an older one is, and the call is made with the new one",
        answer.contains("products:read"),
        &why,
    );

    for (id, secret, expected) in [
        (ID, "another-canary-secret", "`invalid_client`"),
        ("nobody", SECRET, "`invalid_client`"),
        // So this server calls a grant that is not the client's.
        ("web-page", "not-for-machines-canary-01", "`invalid_request`"),
    ] {
        let (guard, audit, _) = stand.guard(id, secret, stand.ours());
        let (_, why) = call(&guard, &audit, "read").await;
        stand.check(
            "a client that may not is refused",
            why.contains("send.credential") && why.contains(expected),
            &format!("{expected}: {why}"),
        );
    }
    let (guard, audit, _) = stand.guard(ID, SECRET, Roots::Platform);
    let (_, why) = call(&guard, &audit, "read").await;
    stand.check("an authority that is not ours vouches for nobody", why.contains("send.tls"), &why);
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let ports: Value = arguments
        .next()
        .and_then(|text| serde_json::from_str(&text).ok())
        .expect("{\"auth\": port, \"api\": port}");
    let at = |name: &str| {
        SocketAddr::from((
            Ipv4Addr::LOCALHOST,
            u16::try_from(ports[name].as_u64().expect(name)).expect(name),
        ))
    };
    let authority = std::fs::read(arguments.next().expect("a certificate in DER"))
        .expect("a certificate in DER");
    let mut stand = Stand { auth: at("auth"), api: at("api"), authority, passed: 0, failed: 0 };
    run(&mut stand).await;
    println!("tokens, Node: {} passed, {} failed", stand.passed, stand.failed);
    if stand.failed == 0 && stand.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// From where a manual clock stands at first to now.
#[expect(clippy::disallowed_methods, reason = "certificates that openssl makes begin now")]
fn since_the_clocks_start() -> Duration {
    let start = secure_tool::clock::Clock::wall(&ManualClock::new());
    std::time::SystemTime::now().duration_since(start).unwrap_or_default()
}
