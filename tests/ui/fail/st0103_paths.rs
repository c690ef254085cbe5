//! Paths and headers lead where they were reviewed to lead.
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

fn main() {}
