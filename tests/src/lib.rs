//! The tools, APIs and guards that the tests share.
//!
//! The tools are written as applications write them. Each test starts its own hostile APIs on
//! loopback with real TLS. No traffic leaves the machine.

pub mod vault;

use std::sync::Arc;

use secure_tool::clock::ManualClock;
use secure_tool::guard::Builder;
use secure_tool::prelude::*;
use secure_tool::spec::{ApiSpec, Auth, Class};
use secure_tool::value::{AnyJson, Email, Empty};
use secure_tool::{
    Agent, Approver, Clearance, Context, FixedSecrets, Handler, HandlerError, Outcome, Question,
    Roots, Rule,
};
use secure_tool_testkit::hostile::{HostileApi, Response};

pub mod canary;
pub mod completions;
pub mod stores;
pub mod watched;

pub use watched::{Guard, Records, Session};

/// The credential of the shop.
pub const SHOP_KEY: &str = "shop-canary-5f2e77a0c1";
/// The credential of the mail service.
pub const MAIL_KEY: &str = "mail-canary-91bb03d4e8";

/// A shop.
#[derive(Debug, SecureApi)]
#[secure(
    url = "https://api.shop.example/v1",
    scopes("products:read", "orders:read", "orders:write", "payments:write"),
    auth(bearer = "SHOP_API_KEY"),
    headers("x-api-version" = "2026-01"),
    receives(public, internal, pii),
    reviewed = "2026-09-01",
    rate_limit(1000 / minute)
)]
pub struct Shop;

/// A mail service.
#[derive(Debug, SecureApi)]
#[secure(
    url = "https://mail.example",
    scopes("mail:read", "mail:send"),
    auth(header = "x-api-key", secret = "MAIL_API_KEY"),
    receives(public, internal, pii),
    rate_limit(5 / minute)
)]
pub struct Mail;

/// A stock-keeping unit.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SecureValue)]
#[serde(transparent)]
#[secure(handle = "shop.sku", pattern = "[A-Z0-9-]{4,20}")]
pub struct Sku(String);

/// The number of an order.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SecureValue)]
#[serde(transparent)]
#[secure(handle = "shop.order")]
pub struct OrderId(u64);

/// Searches the product catalogue.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Shop,
    get = "/categories/{category}/products",
    scopes("products:read"),
    rate_limit(60 / minute, burst = 10),
    response = ProductPage
)]
pub struct SearchProducts {
    #[secure(pattern = "[a-z0-9-]{1,40}")]
    category: String,
    #[validate(length(min = 1, max = 80))]
    term: String,
    #[validate(range(min = 1, max = 50))]
    limit: u8,
    #[serde(default)]
    #[validate(length(max = 5))]
    tags: Vec<Tag>,
}

/// A filter for products.
#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
#[serde(rename_all = "snake_case")]
pub enum Tag {
    /// On sale.
    OnSale,
    /// In stock.
    InStock,
}

/// One page of products.
#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct ProductPage {
    items: Vec<Product>,
}

/// One product.
#[derive(Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Product {
    #[secure(handle)]
    sku: Sku,
    review: String,
    #[secure(pii, mask(keep_last = 4))]
    supplier_phone: String,
    #[secure(pii, hash)]
    supplier_email: Email,
    #[secure(drop)]
    purchase_price: f64,
    #[validate(range(min = 0.0, max = 100_000.0))]
    price: f64,
}

/// Returns a product as the API sends it, with an undeclared field.
#[must_use]
pub fn product(review: &str) -> serde_json::Value {
    serde_json::json!({
        "sku": "KT-2041", "review": review, "supplier_phone": "+49 30 1234567", "supplier_email": "ann@supplier.example",
        "purchase_price": 11.5, "price": 39.9, "internal_margin": "not declared"
    })
}

/// Returns a page with one product.
#[must_use]
pub fn page(review: &str) -> String {
    serde_json::json!({ "items": [product(review)] }).to_string()
}

/// Gets one product.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/products/{sku}", scopes("products:read"), response = AnyJson)]
pub struct GetProduct {
    sku: Sku,
}

/// Reads any document of the shop.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/documents", scopes("products:read"), response = AnyJson, limits(deadline_seconds = 1, response_bytes = 65_536))]
pub struct ReadDocument {}

/// Reads any document of the shop, up to the default cap. Its path ends in a slash.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/everything/", scopes("products:read"), response = AnyJson)]
pub struct ReadEverything {}

/// Lists the orders of the user.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Vec<Order>)]
pub struct ListOrders {}

/// One order.
#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Order {
    #[secure(handle)]
    id: OrderId,
    #[secure(internal)]
    note: String,
}

/// Places an order.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, post = "/orders", effect = write, scopes("orders:write"), rate_limit(30 / minute), response = Vec<Order>)]
pub struct PlaceOrder {
    #[secure(pattern = "[A-Z0-9-]{4,20}")]
    product: String,
}

/// Cancels an order permanently.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Shop,
    delete = "/orders/{order}",
    effect = destructive,
    confirm = always,
    scopes("orders:write"),
    rate_limit(30 / minute),
    response = Empty
)]
pub struct CancelOrder {
    order: OrderId,
}

/// Refunds a payment.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Shop,
    post = "/refunds",
    effect = financial,
    confirm = always,
    scopes("payments:write"),
    rate_limit(30 / minute),
    response = Empty
)]
pub struct Refund {
    order: OrderId,
    #[validate(range(min = 0.01, max = 10_000.0))]
    #[secure(cap(per_call = 500, per_day = 1_000))]
    amount: f64,
}

/// Reads the inbox.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Mail, get = "/messages", scopes("mail:read"), response = Inbox)]
pub struct ReadInbox {}

/// The inbox.
#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Inbox {
    #[secure(trusted, written_by = provider)]
    owner: Email,
    messages: Vec<Message>,
}

/// One message.
#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Message {
    #[secure(trusted(if from = principal))]
    to: Email,
    from: Email,
    #[secure(internal)]
    text: String,
}

/// Sends a mail.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Mail,
    post = "/messages",
    effect = write,
    egress,
    scopes("mail:send"),
    confirm = when_ungrounded,
    rate_limit(30 / minute),
    response = Empty
)]
pub struct SendMail {
    #[secure(from = trusted)]
    #[validate(length(min = 1, max = 20))]
    to: Vec<Email>,
    #[secure(free)]
    #[validate(length(max = 20_000))]
    text: String,
    #[serde(default)]
    #[secure(header = "x-request-id")]
    #[validate(length(max = 40))]
    request_id: Option<String>,
}

/// Sends a note to a trusted address without approval.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Mail, post = "/notes", effect = write, scopes("mail:send"), rate_limit(30 / minute), response = Empty)]
pub struct SendNote {
    #[secure(from = trusted)]
    to: Email,
}

/// Counts the stock of two warehouses.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(handler, apis(Shop), effect = read, scopes("products:read"), response = Stock)]
pub struct CountStock {
    #[secure(pattern = "[A-Za-z0-9./-]{1,20}")]
    product: String,
    #[serde(default)]
    elsewhere: bool,
}

/// The stock of a product.
#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Stock {
    total: u32,
}

impl Handler for CountStock {
    async fn call(self, cx: Context<'_>) -> Result<Stock, HandlerError> {
        if self.elsewhere {
            cx.api::<Mail>()?.get(&["messages"]).done().await?;
        }
        let mut total = 0;
        for warehouse in ["north", "south"] {
            let stock: Stock = cx
                .api::<Shop>()?
                .get(&["stock", warehouse, &self.product])
                .query("fresh", "a&b=c")
                .json()
                .await?;
            total += stock.total;
        }
        Ok(Stock { total })
    }
}

/// All tools above.
#[derive(Debug, SecureToolset)]
#[secure(
    tools(
        SearchProducts, GetProduct, ReadDocument, ReadEverything, ListOrders, PlaceOrder, CancelOrder, Refund, ReadInbox, SendMail, SendNote, CountStock
    ),
    trifecta = confirm
)]
pub struct AllTools;

/// Two hostile APIs with a guard in front of them, and its audit records.
#[derive(Debug)]
pub struct Bench {
    /// The shop.
    pub shop: HostileApi,
    /// The mail service.
    pub mail: HostileApi,
    /// The records.
    pub audit: Records,
    /// The clock of the guard.
    pub clock: ManualClock,
    /// The guard.
    pub guard: Guard,
}

impl Bench {
    /// Builds a guard with all tools and without an approver.
    pub async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    /// Builds a guard with all tools and this approver.
    pub async fn asking(approver: impl Approver + 'static) -> Self {
        Self::with(|builder| builder.approver(watched::asking(approver))).await
    }

    /// Builds a guard with all tools after a change of its builder.
    pub async fn with(change: impl FnOnce(Builder) -> Builder) -> Self {
        let shop = HostileApi::builder("api.shop.example").start().await.expect("loopback");
        let mail = HostileApi::builder("mail.example").start().await.expect("loopback");
        Self::around(shop, mail, change)
    }

    /// Builds a guard in front of these APIs.
    pub fn around(
        shop: HostileApi,
        mail: HostileApi,
        change: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let (audit, clock) = (Records::new(), ManualClock::new());
        let builder = builder(&[&shop, &mail])
            .toolset::<AllTools>()
            .audit(audit.clone())
            .clock(clock.clone());
        let guard = Guard::build(change(builder)).expect("a sound guard");
        shop.respond(Response::json(page("A fine kettle.")));
        mail.respond(Response::json(r#"{"owner":"ann@corp.example","messages":[]}"#));
        Self { shop, mail, audit, clock, guard }
    }

    /// Opens a session for an agent with all scopes.
    #[must_use]
    pub fn session(&self) -> Session {
        self.guard.session(agent()).expect("declared scopes")
    }

    /// Returns the number of TCP connections to both APIs.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shop.connections() + self.mail.connections()
    }

    /// Returns the parsed audit records.
    #[must_use]
    pub fn records(&self) -> Vec<serde_json::Value> {
        self.audit
            .lines()
            .iter()
            .map(|line| serde_json::from_str(line).expect("a JSON line"))
            .collect()
    }

    /// Returns the last audit record.
    #[must_use]
    pub fn last_record(&self) -> serde_json::Value {
        self.records().pop().expect("a record")
    }
}

/// Returns a guard builder with all credentials that can reach these APIs.
pub fn builder(apis: &[&HostileApi]) -> Builder {
    canary::watch();
    let roots = apis.iter().map(|api| api.authority().to_vec()).take(1).collect();
    let secrets = FixedSecrets::new()
        .with("SHOP_API_KEY", SHOP_KEY.to_owned())
        .with("MAIL_API_KEY", MAIL_KEY.to_owned());
    apis.iter().fold(
        secure_tool::Guard::builder().secrets(secrets).roots(Roots::Only(roots)),
        |builder, api| {
            builder.dangerously_reach_host_at(api.host(), api.addr(), "a test's own server")
        },
    )
}

/// Returns an agent with all scopes for the principal Ann.
#[must_use]
pub fn agent() -> Agent {
    Agent::new("support-bot")
        .principal("ann@corp.example")
        .grant::<Shop>(["products:read", "orders:read", "orders:write", "payments:write"])
        .grant::<Mail>(["mail:read", "mail:send"])
        .clearance(Clearance::Internal)
}

/// Valid arguments of [`SearchProducts`].
pub const SEARCH: &str = r#"{"category":"kettles","term":"blue kettle","limit":5}"#;

/// Returns the rule of a refusal, or `None` for another outcome.
#[must_use]
pub fn rule(outcome: &Outcome) -> Option<Rule> {
    outcome.refusal().map(secure_tool::Refusal::rule)
}

/// An approver that approves each question and records it.
#[derive(Debug, Clone, Default)]
pub struct Yes(Arc<std::sync::Mutex<Vec<Question>>>);

impl Yes {
    /// Returns the recorded questions.
    #[must_use]
    pub fn asked(&self) -> Vec<Question> {
        self.0.lock().expect("no panic while asking").clone()
    }

    /// Returns the approver.
    pub fn approver(&self) -> impl Approver + 'static {
        let asked = self.0.clone();
        move |question: &Question| {
            asked.lock().expect("no panic while asking").push(question.clone());
            secure_tool::Decision::approved_by("ann")
        }
    }
}

/// An API whose host has a special-use domain. The derive rejects it, so it is written by hand.
#[derive(Debug)]
pub struct Local;

impl SecureApi for Local {
    const SPEC: &'static ApiSpec = &ApiSpec {
        name: "Local",
        url: "https://localhost",
        scopes: &["products:read"],
        auth: Auth::None { reason: "no request reaches it" },
        receives: &[Class::Public],
        ..ApiSpec::DEFAULT
    };
}

/// Reads a document from a forbidden host.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Local, get = "/documents", scopes("products:read"), response = AnyJson)]
pub struct ReadLocalDocument {}
