//! URLs as arguments: which are accepted, what a handler receives, and what the request carries.

use std::collections::BTreeMap;

use secure_tool::guard::Builder;
use secure_tool::prelude::*;
use secure_tool::spec::Protection;
use secure_tool::value::{Empty, WebUrl};
use secure_tool::{Context, Handler, HandlerError, Rule, Tool};
use secure_tool_testkit::hostile::{Certificate, HostileApi, Response, Trap};
use serde_json::json;
use tests::{
    Guard, Records, SHOP_KEY, ScriptedResolver, Session, Shop, header_names, open_session, rule,
    shop_api, start_api,
};

/// Reads a page of the shop or of its partner.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    handler,
    apis(Shop),
    effect = read,
    scopes("products:read"),
    response = Page,
    limits(deadline_seconds = 1, connect_seconds = 1, response_bytes = 65_536)
)]
struct ReadPage {
    /// The page.
    #[secure(domains("shop.example", "partner.example"))]
    page: WebUrl,
    #[serde(default)]
    how: How,
}

#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, SecureValue)]
#[serde(rename_all = "snake_case")]
enum How {
    #[default]
    Text,
    Json,
    Bytes,
    /// Follows the link in the page, as a careless handler would.
    Follow,
}

/// The content of a page.
#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
struct Page {
    text: String,
}

impl Handler for ReadPage {
    async fn call(self, cx: Context<'_>) -> Result<Page, HandlerError> {
        let text = match self.how {
            How::Text => cx.fetch(&self.page).text().await?,
            How::Json => cx
                .fetch(&self.page)
                .json::<BTreeMap<String, String>>()
                .await?
                .into_values()
                .collect(),
            How::Bytes => cx.fetch(&self.page).bytes().await?.len().to_string(),
            How::Follow => {
                let link = cx.fetch(&self.page).text().await?;
                let link: WebUrl = link.parse().map_err(|_| HandlerError::new("no link"))?;
                cx.fetch(&link).text().await?
            }
        };
        Ok(Page { text })
    }
}

/// Makes the shop preview pages.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, post = "/previews", effect = read(reason = "it only looks"), scopes("products:read"), response = Empty)]
struct Preview {
    #[secure(domains("shop.example"))]
    #[validate(length(max = 3))]
    pages: Vec<WebUrl>,
    #[secure(domains("partner.example"))]
    partner: Option<WebUrl>,
    more: Vec1,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
struct Vec1 {
    #[secure(domains("images.shop.example"))]
    image: Option<WebUrl>,
}

/// Three servers of the shop, and a guard that resolves other hosts with a script.
struct FetchBench {
    shop: HostileApi,
    www: HostileApi,
    api: HostileApi,
    resolver: ScriptedResolver,
    audit: Records,
    guard: Guard,
    session: Session,
}

impl FetchBench {
    async fn new() -> Self {
        let shop = start_api("shop.example").await;
        Self::around(shop, |builder| builder).await
    }

    async fn around(shop: HostileApi, change: impl FnOnce(Builder) -> Builder) -> Self {
        let www = start_api("www.shop.example").await;
        let api = shop_api().await;
        for page in [&shop, &www] {
            page.respond(Response::json(r#"{"a":"a kettle"}"#));
        }
        let (resolver, audit) = (ScriptedResolver::default(), Records::new());
        let builder = tests::builder(&[&shop, &www, &api])
            .resolver(resolver.clone())
            .audit(audit.clone())
            .tool(Tool::of::<ReadPage>())
            .tool(Tool::of::<Preview>());
        let guard = Guard::build(change(builder)).expect("a sound guard");
        let session =
            guard.session(Agent::new("a").grant::<Shop>(["products:read"])).expect("declared");
        Self { shop, www, api, resolver, audit, guard, session }
    }

    async fn read(&self, page: &str, how: &str) -> secure_tool::Outcome {
        self.session.call("read_page", &json!({ "page": page, "how": how }).to_string()).await
    }

    fn connections(&self) -> usize {
        self.shop.connections() + self.www.connections() + self.api.connections()
    }
}

#[tokio::test]
async fn a_page_of_a_declared_domain_is_fetched_without_credentials() {
    let bench = FetchBench::new().await;
    let outcome = bench.read("https://shop.example/kettles?page=2&q=a%20b", "text").await;
    assert!(outcome.for_model().contains("a kettle"), "{}", outcome.for_model());
    let [request] = bench.shop.requests().try_into().expect("one");
    assert_eq!((request.method(), request.target()), ("GET", "/kettles?page=2&q=a%20b"));
    assert!(request.body().is_empty());
    let names = header_names(&request);
    assert_eq!(names, ["accept", "accept-encoding", "host", "user-agent"]);
    assert!(!format!("{:?}", request.headers()).contains(SHOP_KEY));
    for how in ["json", "bytes"] {
        assert!(bench.read("https://www.shop.example", how).await.answer().is_some(), "{how}");
    }
    let targets: Vec<String> =
        bench.www.requests().iter().map(|request| request.target().to_owned()).collect();
    assert_eq!(targets, ["/", "/"]);
    assert_eq!(bench.api.connections(), 0);
}

#[tokio::test]
async fn reconnect_closes_connections_to_fetched_hosts() {
    let bench = FetchBench::new().await;
    let read = async || {
        assert!(bench.read("https://shop.example/", "text").await.answer().is_some());
        bench.shop.connections()
    };
    assert_eq!((read().await, read().await), (1, 1));
    bench.guard.reconnect();
    assert_eq!((read().await, read().await), (2, 2));
    assert!(bench.guard.kill("read_page") && bench.guard.revive("read_page"));
    assert_eq!((read().await, read().await), (3, 3));
}

#[tokio::test]
async fn a_host_outside_the_domains_is_rejected_without_a_dns_lookup() {
    let bench = FetchBench::new().await;
    for page in [
        "https://evil.example/canary-7f",
        "https://evilshop.example/",
        "https://shop.example.evil.example/",
        "https://example/",
        "https://xn--shp-0na.example/",
        "https://shop.example@evil.example/",
        "https://127.0.0.1/",
    ] {
        let outcome = bench.read(page, "text").await;
        let refusal = outcome.refusal().expect("refused");
        assert_eq!(refusal.rule(), Rule::Schema, "{page}");
        let flaws: Vec<_> = refusal
            .flaws()
            .iter()
            .map(|flaw| (flaw.pointer.as_str(), flaw.code.as_ref()))
            .collect();
        assert!(matches!(flaws.as_slice(), [("/page", "domain" | "pattern")]), "{page}: {flaws:?}");
        assert!(
            !outcome.for_model().contains("evil") && !outcome.for_model().contains("canary"),
            "{}",
            outcome.for_model()
        );
    }
    assert_eq!((bench.connections(), bench.resolver.lookups()), (0, vec![]));
}

#[tokio::test]
async fn each_url_is_checked_against_its_own_domains() {
    let bench = FetchBench::new().await;
    bench.api.respond(Response::json("null"));
    let flaws = async |arguments: serde_json::Value| {
        let outcome = bench.session.call("preview", &arguments.to_string()).await;
        let flaws = outcome.refusal().map(|refusal| refusal.flaws().to_vec()).unwrap_or_default();
        flaws.iter().map(|flaw| format!("{}: {}", flaw.pointer, flaw.code)).collect::<Vec<_>>()
    };
    let wrong = json!({
        "pages": ["https://shop.example/", "https://partner.example/"],
        "partner": "https://shop.example/",
        "more": { "image": "https://shop.example/a.png" }
    });
    assert_eq!(flaws(wrong).await, ["/pages/1: domain", "/partner: domain", "/more/image: domain"]);
    assert_eq!(bench.api.connections(), 0);
    let right = json!({
        "pages": ["https://shop.example/", "https://a.b.shop.example/c"],
        "partner": "https://partner.example/",
        "more": { "image": "https://images.shop.example/a.png" }
    });
    assert_eq!(flaws(right).await, [""; 0]);
    assert_eq!(bench.api.requests().len(), 1);
}

#[tokio::test]
async fn the_schema_and_the_posture_list_the_domains() {
    let bench = FetchBench::new().await;
    let tools = bench.session.tools();
    let schema = tools
        .iter()
        .find(|tool| tool.name == "read_page")
        .map(|tool| &tool.schema)
        .expect("granted");
    assert_eq!(
        schema["properties"]["page"]["description"],
        "The page.\n\nOnly https URLs of these domains and their subdomains: shop.example, partner.example."
    );
    assert_eq!(schema["properties"]["page"]["format"], "uri");
    let posture = bench.guard.posture();
    let of = |name: &str| posture.tools.iter().find(|tool| tool.name == name).expect("it is there");
    assert_eq!(of("read_page").domains, ["partner.example", "shop.example"]);
    assert_eq!(
        of("read_page").hosts,
        [
            "api.shop.example",
            "partner.example",
            "*.partner.example",
            "shop.example",
            "*.shop.example"
        ]
    );
    assert_eq!(of("preview").domains, ["images.shop.example", "partner.example", "shop.example"]);
    assert_eq!(
        of("preview").hosts,
        ["api.shop.example"],
        "the shop fetches the pages, not the guard"
    );
}

#[tokio::test]
async fn only_urls_from_the_arguments_are_fetched() {
    let bench = FetchBench::new().await;
    bench.shop.respond(Response::new(200, "text/plain", "https://www.shop.example/"));
    let outcome = bench.read("https://shop.example/", "follow").await;
    assert_eq!(rule(&outcome), Some(Rule::Handler));
    assert_eq!((bench.shop.requests().len(), bench.www.connections()), (1, 0));
}

#[tokio::test]
async fn redirects_of_fetched_pages_are_not_followed() {
    let bench = FetchBench::new().await;
    let trap = Trap::start().await.expect("loopback");
    for to in [
        format!("http://{}/latest/meta-data", trap.addr()),
        "https://www.shop.example/".to_owned(),
        "/elsewhere".to_owned(),
    ] {
        for status in [301, 302, 303, 307, 308] {
            bench.shop.respond(Response::redirect(status, to.clone()));
            assert_eq!(
                rule(&bench.read("https://shop.example/", "text").await),
                Some(Rule::Redirect),
                "{status} {to}"
            );
        }
    }
    assert_eq!((bench.shop.requests().len(), bench.www.connections(), trap.hits()), (15, 0, 0));
}

#[tokio::test]
async fn fetched_pages_are_within_the_limits_of_the_tool() {
    let bench = FetchBench::new().await;
    bench.shop.respond(Response::huge());
    assert_eq!(
        rule(&bench.read("https://shop.example/", "text").await),
        Some(Rule::AnswerTooLarge)
    );
    bench.shop.respond(Response::silence());
    assert_eq!(rule(&bench.read("https://shop.example/", "text").await), Some(Rule::Timeout));
    for (status, expected) in
        [(404, Rule::NotFound), (429, Rule::Throttled), (500, Rule::Failed), (403, Rule::Rejected)]
    {
        bench.shop.respond(Response::new(status, "text/plain", "trace: canary-11"));
        let outcome = bench.read("https://shop.example/", "text").await;
        assert_eq!(rule(&outcome), Some(expected), "{status}");
        assert!(!outcome.for_model().contains("canary"));
    }
    bench.shop.respond(Response::new(200, "text/plain", vec![0xff, 0xfe, 0x41]));
    assert_eq!(rule(&bench.read("https://shop.example/", "text").await), Some(Rule::ContentType));
    bench.shop.respond(Response::json(r#"{"a":1}"#));
    assert_eq!(rule(&bench.read("https://shop.example/", "json").await), Some(Rule::Drift));
}

#[tokio::test]
async fn fetched_hosts_must_pass_the_certificate_check() {
    for certificate in [Certificate::SelfSigned, Certificate::WrongHost, Certificate::Expired] {
        let shop = HostileApi::builder("shop.example")
            .certificate(certificate)
            .start()
            .await
            .expect("loopback");
        let bench = FetchBench::around(shop, |builder| builder).await;
        assert_eq!(
            rule(&bench.read("https://shop.example/", "text").await),
            Some(Rule::Tls),
            "{certificate:?}"
        );
        assert_eq!(bench.shop.requests().len(), 0);
    }
}

#[tokio::test]
async fn a_subdomain_with_a_private_address_is_rejected_after_one_lookup() {
    let bench = FetchBench::new().await;
    for (host, addresses, expected) in [
        ("a.shop.example", &["127.0.0.1"][..], Rule::Address),
        ("b.shop.example", &["93.184.215.14", "127.0.0.1"], Rule::Address),
        ("c.shop.example", &["169.254.169.254"], Rule::Address),
        ("d.shop.example", &["::ffff:10.0.0.1"], Rule::Address),
        ("e.shop.example", &["168.63.129.16"], Rule::Address),
        ("f.shop.example", &[], Rule::Dns),
    ] {
        bench.resolver.resolve_to(host, addresses);
        let outcome = bench.read(&format!("https://{host}/"), "text").await;
        assert_eq!(rule(&outcome), Some(expected), "{host}");
        assert_eq!(bench.resolver.lookups(), [host]);
    }
    let detail = bench
        .audit
        .lines()
        .iter()
        .rev()
        .find_map(|line| line.contains("loopback").then(|| line.clone()))
        .unwrap_or_default();
    assert!(
        detail.contains("an address of the host is of a special use: loopback (RFC 1122)"),
        "{detail}"
    );
    assert_eq!(bench.connections(), 0);
}

#[tokio::test]
async fn lookups_of_invented_subdomains_do_not_block_others() {
    let resolver = ScriptedResolver::default();
    let shop = start_api("shop.example").await;
    let bench = FetchBench::around(shop, |builder| builder.resolver(resolver.clone())).await;
    let calls: Vec<_> = (0..60)
        .map(|number| {
            let session = bench.session.clone();
            let host = format!("n{number}.slow.shop.example");
            resolver.hang(&host);
            let arguments = json!({ "page": format!("https://{host}/") }).to_string();
            tokio::spawn(async move { rule(&session.call("read_page", &arguments).await) })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.expect("no panic"), Some(Rule::Dns));
    }
    assert!(resolver.lookups().len() <= 8, "the number of hanging lookups is limited");
    assert!(bench.read("https://shop.example/", "text").await.answer().is_some());
}

#[tokio::test]
async fn an_unvalidated_host_outside_the_domains_is_not_resolved() {
    let shop = start_api("shop.example").await;
    let resolver = ScriptedResolver::default();
    let builder = tests::builder(&[&shop])
        .resolver(resolver.clone())
        .audit(Records::new())
        .dangerously_accept_unprotected_tools("a test")
        .tool(Tool::of::<ReadPage>().dangerously_without(Protection::Schema));
    let session = open_session(builder, Agent::new("a").grant::<Shop>(["products:read"]));
    let outcome = session.call("read_page", r#"{"page":"https://evilshop.example/"}"#).await;
    assert_eq!((rule(&outcome), resolver.lookups()), (Some(Rule::Address), vec![]));
    assert!(
        session.call("read_page", r#"{"page":"https://shop.example/"}"#).await.answer().is_some()
    );
}
