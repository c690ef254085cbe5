//! A tool has declared scopes, no wildcard, and sends only classes that its API receives.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read", "admin"), //~ ST0032
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Broad;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", response = Order)]
pub struct None_ {} //~ ST0032

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:*"), response = Order)] //~ ST0032
pub struct Wild {}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:delete"), response = Order)] //~ ST0032
pub struct More {}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order)]
pub struct Search {
    #[secure(pii)]
    #[validate(length(max = 80))]
    name: String, //~ ST0032
    inner: Option<Inner>, //~ ST0032 ST0101
}

#[derive(Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Inner {
    #[secure(pii)]
    #[validate(length(max = 80))]
    name: String,
}

fn main() {}
