//! Invalid paths and reserved headers are rejected.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "orders", scopes("orders:read"), response = Order)] //~ ST0103
pub struct Get0 {
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders/../admin", scopes("orders:read"), response = Order)] //~ ST0103
pub struct Get1 {
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders?all=1", scopes("orders:read"), response = Order)] //~ ST0103
pub struct Get2 {
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders/{idd}", scopes("orders:read"), response = Order)] //~ ST0103
pub struct Get3 {
    id: bool,
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders/{id}", scopes("orders:read"), response = Order)] //~ ST0103
pub struct Get4 {
    #[serde(default)]
    id: bool,
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order, headers("Host" = "evil.example", "x-a" = "b\r\nc: d"))] //~ ST0103 ST0103
pub struct Headers {
    #[secure(body)] //~ ST0103
    a: bool,
    #[secure(header = "authorization")] //~ ST0103
    b: bool,
}

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(header = "x-api-key", secret = "SHOP_API_KEY"),
    receives(public),
    headers("x-version" = "2")
)]
pub struct Keyed;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Keyed, get = "/orders", scopes("orders:read"), response = Order, headers("X-Version" = "1"))] //~ ST0103
pub struct Twice {
    #[secure(header = "X-Api-Key")]
    a: bool, //~ ST0103
}

fn main() {}
