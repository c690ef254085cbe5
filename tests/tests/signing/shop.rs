//! APIs with signatures, their tools, and a shop that signs its responses independently.

use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secure_tool::clock::ManualClock;
use secure_tool::guard::Builder;
use secure_tool::prelude::*;
use secure_tool::{Agent, Clearance, Context, FixedSecrets, Handler, HandlerError};
use secure_tool_testkit::hostile::{HostileApi, Request, Response};
use tests::{Guard, Records, Session, shop_api};

use crate::{ED25519_PRIVATE, ED25519_PUBLIC, HMAC, OTHER, mac, seconds, sha256};

/// A shop with signatures of RFC 9421.
#[derive(Debug, SecureApi)]
#[secure(
    url = "https://api.shop.example/v1",
    scopes("orders:read", "orders:write"),
    auth(bearer = "SHOP_API_KEY"),
    headers("x-api-version" = "2026-01"),
    receives(public),
    rate_limit(1000 / minute),
    redirects(most = 1),
    sign(rfc9421 = ed25519, secret = "SIGNING_KEY", key_id = "ours-1", tag = "shop"),
    verify(rfc9421 = hmac, keys("theirs-2" = "ANSWER_KEY", "theirs-1" = "OLD_ANSWER_KEY"))
)]
pub struct Shop;

/// A shop whose signatures cover few components.
#[derive(Debug, SecureApi)]
#[secure(
    url = "https://little.shop.example",
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
    rate_limit(1000 / minute),
    verify(rfc9421 = ed25519, keys("theirs-1" = "PUBLIC_KEY"), covers("@status"), reason = "the provider signs no more")
)]
pub struct Little;

/// A shop with signatures and retries.
#[derive(Debug, SecureApi)]
#[secure(
    url = "https://api.shop.example/again",
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
    rate_limit(1000 / minute),
    retries(1, base_millis = 1),
    sign(rfc9421 = ed25519, secret = "SIGNING_KEY", key_id = "ours-1"),
    verify(rfc9421 = hmac, keys("theirs-2" = "ANSWER_KEY"))
)]
pub struct Again;

/// An order.
#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Order {
    total: u32,
    note: Option<String>,
}

/// Gets an order.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders/{id}", scopes("orders:read"), response = Order)]
pub struct GetOrder {
    #[secure(pattern = "[a-z0-9 /-]{1,20}")]
    id: String,
    #[serde(default)]
    #[secure(pattern = "[a-z ]{1,20}", header = "x-reason")]
    reason: Option<String>,
}

/// Places an order.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, post = "/orders", effect = write, scopes("orders:write"), rate_limit(30 / minute), response = Order)]
pub struct PlaceOrder {
    #[secure(pattern = "[a-zé]{1,20}")]
    product: String,
}

/// Gets an order of [`Little`].
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Little, get = "/orders", scopes("orders:read"), response = Order)]
pub struct GetLittle {}

/// Gets an order of [`Again`].
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Again, get = "/orders", scopes("orders:read"), response = Order)]
pub struct GetAgain {}

/// Adds two orders.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(handler, apis(Shop), effect = read, scopes("orders:read"), response = Order)]
pub struct AddUp {}

impl Handler for AddUp {
    async fn call(self, cx: Context<'_>) -> Result<Order, HandlerError> {
        let mut total = 0;
        for order in ["1", "2"] {
            let order: Order = cx.api::<Shop>()?.get(&["orders", order]).json().await?;
            total += order.total;
        }
        Ok(Order { total, note: None })
    }
}

/// All tools of this file.
#[derive(Debug, SecureToolset)]
#[secure(tools(GetOrder, PlaceOrder, GetLittle, GetAgain, AddUp))]
pub struct Tools;

/// The credential of the shop.
pub const CREDENTIAL: &str = "shop-canary-credential-0d5e21";

/// Returns a store with all secrets of these APIs.
pub fn secrets() -> FixedSecrets {
    FixedSecrets::new()
        .with("SHOP_API_KEY", CREDENTIAL.to_owned())
        .with("SIGNING_KEY", ED25519_PRIVATE.to_owned())
        .with("ANSWER_KEY", HMAC.to_owned())
        .with("OLD_ANSWER_KEY", OTHER.to_owned())
        .with("PUBLIC_KEY", ED25519_PUBLIC.to_owned())
}

pub struct Bench {
    pub shop: HostileApi,
    pub clock: ManualClock,
    pub audit: Records,
    pub guard: Guard,
}

impl Bench {
    pub async fn new() -> Self {
        Self::with(Builder::toolset::<Tools>).await
    }

    pub async fn with(change: impl FnOnce(Builder) -> Builder) -> Self {
        let shop = shop_api().await;
        let (clock, audit) = (ManualClock::new(), Records::new());
        let builder =
            tests::builder(&[&shop]).secrets(secrets()).audit(audit.clone()).clock(clock.clone());
        let guard = Guard::build(change(builder)).unwrap();
        Self { shop, clock, audit, guard }
    }

    pub fn session(&self) -> Session {
        let agent = Agent::new("bot")
            .grant::<Shop>(["orders:read", "orders:write"])
            .grant::<Again>(["orders:read"]);
        self.guard.session(agent.clearance(Clearance::Internal)).unwrap()
    }

    /// Makes the shop sign its responses with an HMAC key and then change them.
    pub fn shop_answers(
        &self,
        change: impl Fn(&Request, Signed) -> Response + Send + Sync + 'static,
    ) {
        let clock = self.clock.clone();
        self.shop.respond_with(move |request| {
            change(
                request,
                sign(
                    request,
                    200,
                    r#"{"total":3,"note":"as signed"}"#,
                    HMAC,
                    "theirs-2",
                    seconds(&clock),
                ),
            )
        });
    }
}

/// A response and its signature fields.
#[derive(Clone)]
pub struct Signed {
    pub status: u16,
    pub body: String,
    pub fields: Vec<(&'static str, String)>,
}

impl Signed {
    pub fn answer(self) -> Response {
        self.fields
            .into_iter()
            .fold(Response::json(self.body).status(self.status), |answer, (name, value)| {
                answer.header(name, value)
            })
    }
}

/// Signs a response by RFC 9421, with all components that a guard requires, independently of the
/// crate.
pub fn sign(
    request: &Request,
    status: u16,
    body: &str,
    secret: &str,
    key: &str,
    now: u64,
) -> Signed {
    let digest = format!("sha-256=:{}:", STANDARD.encode(sha256(body.as_bytes())));
    let signature =
        request.header("signature").and_then(|field| field.strip_prefix("sig1=")).unwrap_or("::");
    let (path, query) = request.target().split_once('?').unwrap_or((request.target(), ""));
    let lines = [
        ("\"@status\"", status.to_string()),
        ("\"@method\";req", request.method().to_owned()),
        ("\"@authority\";req", request.header("host").unwrap().to_owned()),
        ("\"@path\";req", path.to_owned()),
        ("\"@query\";req", format!("?{query}")),
        ("\"signature\";req;key=\"sig1\"", signature.to_owned()),
        ("\"content-digest\"", digest.clone()),
    ];
    let names: Vec<_> = lines.iter().map(|(name, _)| *name).collect();
    let params = format!("({});created={now};keyid=\"{key}\"", names.join(" "));
    let base = lines.iter().fold(String::new(), |mut base, (name, value)| {
        let _ = writeln!(base, "{name}: {value}");
        base
    });
    let signature =
        STANDARD.encode(mac(secret.as_bytes(), &format!("{base}\"@signature-params\": {params}")));
    let fields = vec![
        ("content-digest", digest),
        ("signature-input", format!("a={params}")),
        ("signature", format!("a=:{signature}:")),
    ];
    Signed { status, body: body.to_owned(), fields }
}
