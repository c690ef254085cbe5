//! What the derives make of the items of the README: the specs, and the `Debug` that hides.
#![expect(missing_docs, clippy::exhaustive_structs, clippy::exhaustive_enums, reason = "the items are those of an application")]

use secure_tool::prelude::*;
use secure_tool::spec::{
    ApiSpec, Auth, Author, Class, Confirm, Effect, Field, Integrity, Method, Named, PathPart, Per, Place, Rate, Record, Redaction, Shape,
    Source, Tagging, Trifecta, Work,
};
use secure_tool::value::Email;
use secure_tool::{Context, Handler, HandlerError, Tool};

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SecureValue)]
#[serde(transparent)]
#[secure(handle, pattern = "[A-Z0-9-]{4,20}")]
pub struct Sku(String);

/// The shop's public API.
#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example/v1/",
    scopes("products:read", "orders:write"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public, internal), reviewed = "2026-09-01",
    rate_limit(600 / minute),
)]
pub struct Shop;

/// Searches the product catalogue.
///
/// Prices are in euros
/// and include tax.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Shop,
    get = "/categories/{category}/products",
    scopes("products:read"),
    rate_limit(60 / minute, burst = 10),
    response = ProductPage,
)]
pub struct SearchProducts {
    #[secure(pattern = "[a-z0-9-]{1,40}")]
    category: String,
    #[validate(length(min = 1, max = 80))]
    term: String,
    #[validate(range(min = 1, max = 50))]
    limit: u8,
}

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct ProductPage {
    items: Vec<Product>,
}

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
}

/// The company's mail.
#[derive(SecureApi)]
#[secure(
    url = "https://mail.shop.example",
    scopes("mail:send"),
    auth(header = "X-Api-Key", secret = "MAIL_KEY"),
    receives(public),
    headers("Accept-Language" = "en"),
    rate_limit(20 / hour, burst = 2)
)]
pub struct Mail;

/// Sends a mail.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Mail, post = "/messages", effect = write, egress, scopes("mail:send"), confirm = when_ungrounded, response = Sent)]
pub struct SendMail {
    #[secure(from = trusted)]
    #[validate(length(max = 20))]
    to: Vec<Email>,
    #[secure(free)]
    #[validate(length(max = 20000))]
    text: String,
}

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Sent {
    #[secure(trusted, written_by = provider)]
    accepted: bool,
}

/// All that the support bot may do.
#[derive(SecureToolset)]
#[secure(tools(SearchProducts, SendMail, CountStock), trifecta = confirm)]
pub struct SupportTools;

const MOST: u64 = 30;

/// Counts what is in stock.
#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[serde(rename_all = "camelCase")]
#[secure(
    handler,
    apis(Shop, Mail),
    effect = read,
    scopes("products:read"),
    response = Vec<Stock>,
    name = "stock.count",
    limits(deadline_seconds = 10, response_bytes = 65_536),
    rate_limit(1 / second),
)]
pub struct CountStock {
    #[secure(from = handle)]
    main_sku: Sku,
    #[validate(length(max = MOST))]
    note: Option<String>,
    #[serde(default)]
    #[secure(pattern = "[a-z]{1,9}", any(reason = "a colour harms nobody"))]
    colour: String,
    #[serde(skip)]
    seen: bool,
    #[secure(allow(ST0012, reason = "the name of a design token"))]
    #[serde(rename(deserialize = "token"))]
    #[validate(length(equal = 8))]
    design_token: String,
}

#[derive(Serialize, Deserialize, JsonSchema, SecureValue)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "kebab-case")]
pub enum Stock {
    OnShelf {
        shelf_number: u32,
        #[secure(secret, drop)]
        unlock_code: String,
    },
    SoldOut,
    Elsewhere(Place2),
    #[serde(skip)]
    Unknown,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema, SecureValue)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
pub enum Colour {
    DarkRed,
    #[serde(rename = "b")]
    Blue,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Place2 {
    colour: Colour,
    parts: Vec<Self>,
    #[secure(trusted(if owner = principal))]
    street: Street,
    owner: Email,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
#[secure(pattern = "[a-z ]{1,30}|[0-9]{1,5}")]
pub struct Words(String);

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
#[secure(pattern = "[a-z0-9]{1,30}")]
pub struct Street(String);

fn main() {
    let _ = Shop::SPEC;
}
