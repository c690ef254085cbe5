//! Web addresses that others collected, of the URL standard's own tests and of attacks on servers
//! that fetch: none gets a guard anywhere but to a declared host.
#![expect(clippy::print_stderr, reason = "it says what was skipped, and what was counted")]
//!
//! The collections are not part of the project. They are read from `../shared/data/payloads`, or
//! from `payloads` in the folder that `SECURE_TOOL_DATA` names; where they are missing, the test
//! says that it was skipped.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secure_tool::clock::ManualClock;
use secure_tool::prelude::*;
use secure_tool::value::{AnyJson, WebUrl};
use secure_tool::{Context, Handler, HandlerError, Resolver, Rule, Session, Stage, Tool};
use secure_tool_testkit::hostile::{HostileApi, Request, Response, Trap};
use serde_json::{Value, json};
use tests::Shop;

/// A row of a collection.
#[derive(Debug, Clone, Deserialize)]
struct Row {
    text: String,
    /// Of the standard's tests: `ok` or `failure`.
    label: Value,
    /// What the standard's parser makes of it.
    href: Option<String>,
    host: Option<String>,
}

#[expect(clippy::disallowed_methods, reason = "a test reads where its data is")]
fn rows(name: &str) -> Option<Vec<Row>> {
    let root = std::env::var("SECURE_TOOL_DATA").map_or_else(
        |_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    );
    let Ok(text) = std::fs::read_to_string(root.join("payloads").join(name)) else {
        eprintln!("skipped: {name} is not here");
        return None;
    };
    Some(text.lines().map(|line| serde_json::from_str(line).expect("a row")).collect())
}

/// The row as it is; and, where plain HTTP would be the reason to refuse it, the same over https.
fn variants(row: &Row) -> Vec<String> {
    let over_https = row.text.strip_prefix("http:").map(|rest| format!("https:{rest}"));
    std::iter::once(row.text.clone()).chain(over_https).collect()
}

/// Reads a page.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(handler, apis(Shop), effect = read, scopes("products:read"), response = Length)]
struct ReadPage {
    #[secure(domains("example.com", "example.org", "example.net", "ietf.org"))]
    page: WebUrl,
}

/// How long a page is.
#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
struct Length {
    bytes: usize,
}

impl Handler for ReadPage {
    async fn call(self, cx: Context<'_>) -> Result<Length, HandlerError> {
        Ok(Length { bytes: cx.fetch(&self.page).bytes().await?.len() })
    }
}

const DOMAINS: [&str; 4] = ["example.com", "example.org", "example.net", "ietf.org"];

/// Looks a text up.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/links/{link}", scopes("products:read"), response = AnyJson)]
struct LookUp {
    #[validate(length(max = 8_000))]
    link: String,
    #[validate(length(max = 8_000))]
    from: String,
}

/// A resolver for which every name leads to this machine, and that remembers what it was asked for.
#[derive(Debug, Clone, Default)]
struct Inside(Arc<Mutex<Vec<String>>>);

impl Resolver for Inside {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
    ) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>> {
        self.0.lock().expect("no panic").push(host.to_owned());
        Box::pin(std::future::ready(Ok(vec![Ipv4Addr::LOCALHOST.into()])))
    }
}

struct Stand {
    page: HostileApi,
    shop: HostileApi,
    trap: Trap,
    asked: Inside,
    clock: ManualClock,
    session: Session,
}

impl Stand {
    async fn new() -> Self {
        let page = HostileApi::builder("example.org").start().await.expect("loopback");
        let shop = HostileApi::builder("api.shop.example").start().await.expect("loopback");
        page.respond(Response::json("{}"));
        shop.respond(Response::json("{}"));
        let (asked, clock) = (Inside::default(), ManualClock::new());
        let guard = tests::builder(&[&page, &shop])
            .resolver(asked.clone())
            .clock(clock.clone())
            .attempts_per_minute(u32::MAX)
            .dangerously_without_audit("a test that reads counts")
            .tool(Tool::of::<ReadPage>())
            .tool(Tool::of::<LookUp>())
            .build()
            .expect("a sound guard");
        let session =
            guard.session(Agent::new("a").grant::<Shop>(["products:read"])).expect("declared");
        Self { page, shop, trap: Trap::start().await.expect("loopback"), asked, clock, session }
    }

    /// What became of a call: `answered`, or the rule of the refusal, with the code of the first
    /// flaw.
    async fn call(&self, tool: &str, arguments: &Value) -> (Option<(Rule, Stage)>, String) {
        self.clock.advance(Duration::from_secs(1)); // the API's quota is not what is tested here
        let outcome = self.session.call(tool, &arguments.to_string()).await;
        let Some(refusal) = outcome.refusal() else { return (None, "answered".to_owned()) };
        let flaw =
            refusal.flaws().first().map(|flaw| format!(" ({})", flaw.code)).unwrap_or_default();
        (Some((refusal.rule(), refusal.stage())), format!("{}{flaw}", refusal.rule()))
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.0.lock().expect("no panic"))
    }

    /// The requests since the last look, of a page and of the shop.
    fn requests(&self) -> (Vec<Request>, Vec<Request>) {
        let found = (self.page.requests(), self.shop.requests());
        self.page.clear();
        self.shop.clear();
        found
    }
}

/// Label by label, from behind: written apart from the guard's own way.
fn is_allowed(host: &str) -> bool {
    let labels = |name: &str| name.split('.').rev().map(str::to_owned).collect::<Vec<_>>();
    DOMAINS.iter().any(|domain| labels(host).starts_with(&labels(domain)))
}

/// The host as a reader sees it who takes all up to the first slash.
fn plain_host(text: &str) -> &str {
    text.strip_prefix("https://").map_or("", |rest| rest.split('/').next().unwrap_or_default())
}

#[test]
fn what_the_url_standard_calls_a_failure_is_none_and_what_is_one_is_written_as_it_is_parsed() {
    let Some(rows) = rows("url_wpt.jsonl") else { return };
    let (mut tried, mut accepted, mut failures) = (0, 0, 0);
    for (row, text) in
        rows.iter().flat_map(|row| variants(row).into_iter().map(move |text| (row, text)))
    {
        tried += 1;
        let taken = text.parse::<WebUrl>();
        if row.label == "failure" {
            failures += 1;
            assert!(taken.is_err(), "{text:?} is a failure by the standard");
        }
        let Ok(url) = taken else { continue };
        accepted += 1;
        let href = row
            .href
            .as_deref()
            .expect("what is accepted is no failure")
            .replacen("http:", "https:", 1);
        assert!(
            href == text || href.strip_suffix('/') == Some(&text),
            "{text:?} is parsed as {href:?}"
        );
        assert_eq!((Some(url.host()), url.host()), (row.host.as_deref(), plain_host(&text)));
    }
    assert!(accepted > 10, "something is accepted at all");
    eprintln!(
        "{} rows, {tried} addresses, {failures} failures by the standard, {accepted} accepted, each as it is written",
        rows.len()
    );
}

#[test]
fn a_collected_address_that_is_one_names_a_host_out_in_the_world() {
    for name in ["url_wpt.jsonl", "ssrf_payloads.jsonl"] {
        let Some(rows) = rows(name) else { continue };
        let (mut tried, mut accepted) = (0, 0);
        for text in rows.iter().flat_map(variants) {
            tried += 1;
            let Ok(url) = text.parse::<WebUrl>() else { continue };
            accepted += 1;
            let (host, last) = (url.host(), url.host().rsplit('.').next().unwrap_or_default());
            assert!(
                text.starts_with(&format!("https://{host}")) && host == plain_host(&text),
                "{text:?}"
            );
            assert!(
                host.contains('.') && last.starts_with(|c: char| c.is_ascii_lowercase()),
                "{text:?}"
            );
            assert!(
                !["localhost", "local", "internal"].contains(&last)
                    && !host.contains(|c: char| c.is_ascii_uppercase() || !c.is_ascii()),
                "{text:?}"
            );
            assert!(
                !text.contains(|c: char| c.is_whitespace()
                    || c.is_control()
                    || "\\#\"<>".contains(c)),
                "{text:?}"
            );
        }
        eprintln!("{name}: {} rows, {tried} addresses, {accepted} accepted", rows.len());
    }
}

#[tokio::test]
async fn of_collected_addresses_only_those_of_declared_hosts_are_fetched() {
    for name in ["url_wpt.jsonl", "ssrf_payloads.jsonl"] {
        let Some(rows) = rows(name) else { continue };
        let (stand, mut counts, mut tried) =
            (Stand::new().await, BTreeMap::<String, usize>::new(), 0);
        for text in rows.iter().flat_map(variants) {
            tried += 1;
            let taken = text.parse::<WebUrl>().ok();
            let host =
                taken.as_ref().map(|url| url.host().to_owned()).filter(|host| is_allowed(host));
            let (refused, told) = stand.call("read_page", &json!({ "page": text })).await;
            *counts.entry(told).or_default() += 1;
            let ((pages, shops), asked) = (stand.requests(), stand.asked());
            assert!(shops.is_empty() && stand.trap.hits() == 0, "{text:?}");
            match (host.as_deref(), refused) {
                // An allowed host with a server of its own: what was written is what is asked for.
                (Some("example.org"), None) => {
                    let [request] = pages.try_into().expect("one request");
                    let path = text
                        .strip_prefix("https://example.org")
                        .filter(|path| !path.is_empty())
                        .unwrap_or("/");
                    assert_eq!(
                        (request.method(), request.target(), asked),
                        ("GET", path, vec![]),
                        "{text:?}"
                    );
                }
                // An allowed host that leads inside: it is asked for once, and not connected to.
                (Some(host), Some((Rule::Address, _))) => {
                    assert_eq!(
                        (asked.as_slice(), pages.len()),
                        (&[host.to_owned()][..], 0),
                        "{text:?}"
                    );
                }
                // Anything else is refused before anything is looked up or connected to.
                (None, Some((_, Stage::Arguments | Stage::Validate))) => {
                    assert!(asked.is_empty() && pages.is_empty(), "{text:?}: {asked:?}");
                }
                (host, refused) => panic!("{text:?}: {host:?} {refused:?}"),
            }
        }
        eprintln!("{name}: {} rows, {tried} addresses: {counts:?}", rows.len());
    }
}

#[tokio::test]
async fn a_collected_address_as_a_plain_text_changes_no_destination() {
    for name in ["url_wpt.jsonl", "ssrf_payloads.jsonl"] {
        let Some(rows) = rows(name) else { continue };
        let (stand, mut counts, mut tried) =
            (Stand::new().await, BTreeMap::<String, usize>::new(), 0);
        for row in &rows {
            // The same, aimed at a listener that counts who connects.
            let aimed = row.text.replace(":80", &format!(":{}", stand.trap.addr().port()));
            for text in [row.text.clone(), aimed] {
                tried += 1;
                let (refused, told) =
                    stand.call("look_up", &json!({ "link": text, "from": text })).await;
                *counts.entry(told).or_default() += 1;
                let ((pages, shops), asked) = (stand.requests(), stand.asked());
                assert!(
                    pages.is_empty() && asked.is_empty() && stand.trap.hits() == 0,
                    "{text:?}: {asked:?}"
                );
                match refused {
                    None => {
                        let [request] = shops.try_into().expect("one request");
                        assert_eq!(
                            request.path_segments(),
                            ["v1", "links", text.as_str()],
                            "{text:?}"
                        );
                        assert_eq!(
                            request.query_pairs(),
                            [("from".to_owned(), text.clone())],
                            "{text:?}"
                        );
                    }
                    Some((_, stage)) => {
                        assert!(stage <= Stage::Send && shops.is_empty(), "{text:?}");
                    }
                }
            }
        }
        eprintln!("{name}: {} rows, {tried} texts: {counts:?}", rows.len());
    }
}
