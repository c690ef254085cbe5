//! A method that can change data requires a declared effect.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, post = "/orders", effect = write, rate_limit(1 / minute), scopes("orders:write"), response = Order)]
pub struct Place {}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, post = "/search", effect = read(reason = "a search whose terms are too long for an address"), scopes("orders:read"), response = Order)]
pub struct Search {}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(handler, apis(Shop), effect = read, scopes("orders:read"), response = Order)]
pub struct Sum {}

impl secure_tool::Handler for Sum {
    async fn call(self, _: secure_tool::Context<'_>) -> Result<Order, secure_tool::HandlerError> {
        Ok(Order { total: 0 })
    }
}

fn main() {}
