//! Invalid paths and reserved headers are rejected.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders/{id}/lines.json", scopes("orders:read"), response = Order)]
pub struct Get {
    id: Sku,
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order, headers("Accept-Language" = "en, de"))]
pub struct Headers {
    #[secure(header = "x-flag")]
    b: bool,
}

fn main() {}
