//! The tools that the pages of the guide use, and a shop on this machine that they call.

use std::error::Error;

use secure_tool::audit::MemoryAudit;
pub use secure_tool::guard::Builder;
pub use secure_tool::prelude::*;
use secure_tool::value::{Email, Empty};
use secure_tool::{FixedSecrets, Roots};
pub use secure_tool_testkit::hostile::{HostileApi, Response};

/// The credential that the examples send.
pub const SHOP_KEY: &str = "shop-guide-key-0123456789";

/// The shop's API.
#[derive(Debug, SecureApi)]
#[secure(
    url = "https://api.shop.example/v1",
    scopes("products:read", "orders:read", "orders:write", "payments:write", "mail:send"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public, internal, pii),
    rate_limit(600 / minute)
)]
pub struct Shop;

/// A stock-keeping unit.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SecureValue)]
#[serde(transparent)]
#[secure(handle, pattern = "[A-Z0-9-]{4,20}")]
pub struct Sku(String);

/// The number of an order.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SecureValue)]
#[serde(transparent)]
#[secure(handle)]
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
    price: f64,
    review: String,
    #[secure(pii, mask(keep_last = 4))]
    supplier_phone: String,
    #[secure(drop)]
    purchase_price: f64,
}

/// Lists the orders of the user.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = OrderList)]
pub struct ListOrders {}

/// The orders of the user.
#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct OrderList {
    #[secure(trusted, written_by = provider)]
    contact: Email,
    orders: Vec<Order>,
}

/// One order.
#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Order {
    #[secure(handle)]
    id: OrderId,
    #[secure(internal)]
    note: String,
}

/// Sends a mail.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Shop,
    post = "/messages",
    effect = write,
    egress,
    scopes("mail:send"),
    rate_limit(10 / minute),
    response = Empty
)]
pub struct SendMail {
    #[secure(from = trusted)]
    to: Email,
    #[secure(free)]
    #[validate(length(max = 20_000))]
    text: String,
}

/// Cancels an order.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Shop,
    delete = "/orders/{order}",
    effect = destructive,
    confirm = always,
    scopes("orders:write"),
    rate_limit(10 / minute),
    response = Empty
)]
pub struct CancelOrder {
    order: OrderId,
}

/// Refunds a part of an order.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Shop,
    post = "/refunds",
    effect = financial,
    confirm = always,
    scopes("payments:write"),
    rate_limit(10 / minute),
    response = Empty
)]
pub struct Refund {
    order: OrderId,
    #[validate(range(min = 0.01, max = 10_000.0))]
    #[secure(cap(per_call = 500, per_day = 1_000))]
    amount: f64,
}

/// All tools of the support bot.
#[derive(Debug, SecureToolset)]
#[secure(
    tools(SearchProducts, ListOrders, SendMail, CancelOrder, Refund),
    trifecta = confirm
)]
pub struct SupportTools;

/// A page with one product, as the shop sends it.
#[must_use]
pub fn page(review: &str) -> String {
    serde_json::json!({ "items": [{
        "sku": "KT-2041",
        "price": 39.9,
        "review": review,
        "supplier_phone": "+49 30 1234567",
        "purchase_price": 11.5,
        "margin": 0.71,
    }] })
    .to_string()
}

/// Starts the shop on this machine.
pub async fn start_shop() -> HostileApi {
    let api = HostileApi::builder("api.shop.example").start().await.expect("a socket on loopback");
    api.respond_with(|request| {
        let is_list = request.target().contains("/orders");
        match request.method() {
            "GET" if is_list => Response::json(
                r#"{"contact":"ann@corp.example","orders":[{"id":7,"note":"Ring twice."}]}"#,
            ),
            "GET" => Response::json(page("A fine kettle.")),
            _ => Response::new(204, "", ""),
        }
    });
    api
}

/// Begins a guard without tools and without an audit that reaches this API.
pub fn local(api: &HostileApi) -> Builder {
    Guard::builder()
        .secrets(FixedSecrets::new().with("SHOP_API_KEY", SHOP_KEY.to_owned()))
        .roots(Roots::Only(vec![api.authority().to_vec()]))
        .dangerously_reach_host_at(api.host(), api.addr(), "the guide's own server")
}

/// Begins a guard with the support bot's tools that reaches this API.
pub fn builder(api: &HostileApi) -> Builder {
    local(api).toolset::<SupportTools>().audit(MemoryAudit::new())
}

/// Returns the support bot with all scopes.
#[must_use]
pub fn agent() -> Agent {
    Agent::new("support-bot")
        .principal("ann@corp.example")
        .grant::<Shop>([
            "products:read",
            "orders:read",
            "orders:write",
            "payments:write",
            "mail:send",
        ])
        .clearance(Clearance::Internal)
}

/// Runs an example of the guide to its end.
pub fn run(example: impl Future<Output = Result<(), Box<dyn Error>>>) {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(example)
        .expect("an example that runs");
}

/// Returns the id of the rule that refused a call.
#[must_use]
pub fn rule(outcome: &Outcome) -> Option<&'static str> {
    outcome.refusal().map(|refusal| refusal.rule().id())
}
