//! Tests with public collections of URLs: the tests of the URL standard and SSRF payloads. A guard
//! must connect to declared hosts only.
//!
//! The collections are not part of the project. The tests read them from `../shared/data/payloads`,
//! or from `payloads` in the folder of the environment variable `SECURE_TOOL_DATA`. If they are
//! missing, the tests report that they are skipped.
#![expect(clippy::print_stderr, reason = "the tests report skipped collections and counts")]

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
use tests::{Shop, shop_api, start_api};

/// A row of a collection.
#[derive(Debug, Clone, Deserialize)]
struct Row {
    text: String,
    /// The expected result in the standard's tests: `ok` or `failure`.
    label: Value,
    /// The normalized URL by the standard's parser.
    href: Option<String>,
    host: Option<String>,
}

#[expect(clippy::disallowed_methods, reason = "a test reads the location of its data")]
fn rows(name: &str) -> Option<Vec<Row>> {
    let root = std::env::var("SECURE_TOOL_DATA").map_or_else(
        |_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    );
    let Ok(text) = std::fs::read_to_string(root.join("payloads").join(name)) else {
        eprintln!("skipped: {name} is missing");
        return None;
    };
    Some(text.lines().map(|line| serde_json::from_str(line).expect("a row")).collect())
}

/// Returns the text of the row, and for an `http` URL also its `https` form.
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

/// The length of a page.
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

/// Looks up a text.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/links/{link}", scopes("products:read"), response = AnyJson)]
struct LookUp {
    #[validate(length(max = 8_000))]
    link: String,
    #[validate(length(max = 8_000))]
    from: String,
}

/// A resolver that resolves each host to loopback and records the lookups.
#[derive(Debug, Clone, Default)]
struct RecordingResolver(Arc<Mutex<Vec<String>>>);

impl Resolver for RecordingResolver {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
    ) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>> {
        self.0.lock().expect("no panic").push(host.to_owned());
        Box::pin(std::future::ready(Ok(vec![Ipv4Addr::LOCALHOST.into()])))
    }
}

struct Bench {
    page: HostileApi,
    shop: HostileApi,
    trap: Trap,
    lookups: RecordingResolver,
    clock: ManualClock,
    session: Session,
}

impl Bench {
    async fn new() -> Self {
        let page = start_api("example.org").await;
        let shop = shop_api().await;
        page.respond(Response::json("{}"));
        shop.respond(Response::json("{}"));
        let (lookups, clock) = (RecordingResolver::default(), ManualClock::new());
        let guard = tests::builder(&[&page, &shop])
            .resolver(lookups.clone())
            .clock(clock.clone())
            .attempts_per_minute(u32::MAX)
            .dangerously_without_audit("a test that reads counts")
            .tool(Tool::of::<ReadPage>())
            .tool(Tool::of::<LookUp>())
            .build()
            .expect("a valid guard");
        let session =
            guard.session(Agent::new("a").grant::<Shop>(["products:read"])).expect("declared");
        Self { page, shop, trap: Trap::start().await.expect("loopback"), lookups, clock, session }
    }

    /// Returns the refusal of a call, if any, and a summary: the rule with the code of the first
    /// flaw, or `succeeded`.
    async fn call(&self, tool: &str, arguments: &Value) -> (Option<(Rule, Stage)>, String) {
        self.clock.advance(Duration::from_secs(1)); // so that the API's quota does not refuse calls
        let outcome = self.session.call(tool, &arguments.to_string()).await;
        let Some(refusal) = outcome.refusal() else { return (None, "succeeded".to_owned()) };
        let flaw =
            refusal.flaws().first().map(|flaw| format!(" ({})", flaw.code)).unwrap_or_default();
        (Some((refusal.rule(), refusal.stage())), format!("{}{flaw}", refusal.rule()))
    }

    fn lookups(&self) -> Vec<String> {
        std::mem::take(&mut *self.lookups.0.lock().expect("no panic"))
    }

    /// Returns the requests to the page and the shop since the last call.
    fn requests(&self) -> (Vec<Request>, Vec<Request>) {
        let found = (self.page.requests(), self.shop.requests());
        self.page.clear();
        self.shop.clear();
        found
    }
}

/// Returns whether the host is in a declared domain. It compares labels, unlike the guard.
fn is_allowed(host: &str) -> bool {
    let labels = |name: &str| name.split('.').rev().map(str::to_owned).collect::<Vec<_>>();
    DOMAINS.iter().any(|domain| labels(host).starts_with(&labels(domain)))
}

/// Returns the text between the scheme and the first slash, as a naive reader sees the host.
fn plain_host(text: &str) -> &str {
    text.strip_prefix("https://").map_or("", |rest| rest.split('/').next().unwrap_or_default())
}

#[test]
fn web_url_rejects_invalid_urls_and_accepts_normalized_urls_only() {
    let Some(rows) = rows("url_wpt.jsonl") else { return };
    let (mut tried, mut accepted, mut failures) = (0, 0, 0);
    for (row, text) in
        rows.iter().flat_map(|row| variants(row).into_iter().map(move |text| (row, text)))
    {
        tried += 1;
        let taken = text.parse::<WebUrl>();
        if row.label == "failure" {
            failures += 1;
            assert!(taken.is_err(), "{text:?} is invalid by the standard");
        }
        let Ok(url) = taken else { continue };
        accepted += 1;
        let href = row
            .href
            .as_deref()
            .expect("an accepted URL has a normalized form")
            .replacen("http:", "https:", 1);
        assert!(
            href == text || href.strip_suffix('/') == Some(&text),
            "{text:?} is parsed as {href:?}"
        );
        assert_eq!((Some(url.host()), url.host()), (row.host.as_deref(), plain_host(&text)));
    }
    assert!(accepted > 10, "some URLs are accepted");
    eprintln!(
        "{} rows, {tried} URLs, {failures} invalid by the standard, {accepted} accepted as written",
        rows.len()
    );
}

#[test]
fn accepted_urls_have_a_public_host_name() {
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
        eprintln!("{name}: {} rows, {tried} URLs, {accepted} accepted", rows.len());
    }
}

#[tokio::test]
async fn only_urls_of_declared_hosts_are_fetched() {
    for name in ["url_wpt.jsonl", "ssrf_payloads.jsonl"] {
        let Some(rows) = rows(name) else { continue };
        let (bench, mut counts, mut tried) =
            (Bench::new().await, BTreeMap::<String, usize>::new(), 0);
        for text in rows.iter().flat_map(variants) {
            tried += 1;
            let taken = text.parse::<WebUrl>().ok();
            let host =
                taken.as_ref().map(|url| url.host().to_owned()).filter(|host| is_allowed(host));
            let (refused, summary) = bench.call("read_page", &json!({ "page": text })).await;
            *counts.entry(summary).or_default() += 1;
            let ((pages, shops), lookups) = (bench.requests(), bench.lookups());
            assert!(shops.is_empty() && bench.trap.hits() == 0, "{text:?}");
            match (host.as_deref(), refused) {
                // A declared host with a server: the request has exactly the path of the URL.
                (Some("example.org"), None) => {
                    let [request] = pages.try_into().expect("one request");
                    let path = text
                        .strip_prefix("https://example.org")
                        .filter(|path| !path.is_empty())
                        .unwrap_or("/");
                    assert_eq!(
                        (request.method(), request.target(), lookups),
                        ("GET", path, vec![]),
                        "{text:?}"
                    );
                }
                // A declared host that resolves to loopback: one lookup, no connection.
                (Some(host), Some((Rule::Address, _))) => {
                    assert_eq!(
                        (lookups.as_slice(), pages.len()),
                        (&[host.to_owned()][..], 0),
                        "{text:?}"
                    );
                }
                // Any other URL is rejected without a lookup or a connection.
                (None, Some((_, Stage::Arguments | Stage::Validate))) => {
                    assert!(lookups.is_empty() && pages.is_empty(), "{text:?}: {lookups:?}");
                }
                (host, refused) => panic!("{text:?}: {host:?} {refused:?}"),
            }
        }
        eprintln!("{name}: {} rows, {tried} URLs: {counts:?}", rows.len());
    }
}

#[tokio::test]
async fn url_in_a_text_argument_does_not_change_the_destination() {
    for name in ["url_wpt.jsonl", "ssrf_payloads.jsonl"] {
        let Some(rows) = rows(name) else { continue };
        let (bench, mut counts, mut tried) =
            (Bench::new().await, BTreeMap::<String, usize>::new(), 0);
        for row in &rows {
            // The second text has the port of a listener that counts connections.
            let aimed = row.text.replace(":80", &format!(":{}", bench.trap.addr().port()));
            for text in [row.text.clone(), aimed] {
                tried += 1;
                let (refused, summary) =
                    bench.call("look_up", &json!({ "link": text, "from": text })).await;
                *counts.entry(summary).or_default() += 1;
                let ((pages, shops), lookups) = (bench.requests(), bench.lookups());
                assert!(
                    pages.is_empty() && lookups.is_empty() && bench.trap.hits() == 0,
                    "{text:?}: {lookups:?}"
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
