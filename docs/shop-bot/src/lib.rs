//! The tools of a support bot for a shop.

use secure_tool::prelude::*;

/// The shop's API.
#[derive(Debug, SecureApi)]
#[secure(
    url = "https://api.shop.example/v1",
    scopes("products:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public, internal),
    rate_limit(600 / minute)
)]
pub struct Shop;

/// Searches the product catalogue.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
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
    price: f64,
    review: String,
    #[secure(pii, mask(keep_last = 4))]
    supplier_phone: String,
    #[secure(drop)]
    purchase_price: f64,
}

/// All tools of the support bot.
#[derive(Debug, SecureToolset)]
#[secure(tools(SearchProducts))]
pub struct SupportTools;
