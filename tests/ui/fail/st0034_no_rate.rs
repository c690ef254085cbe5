//! A tool with an effect requires a rate limit, and limits are in their valid range.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, post = "/orders", effect = write, scopes("orders:write"), response = Order)] //~ ST0034
pub struct Place {}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, post = "/orders", effect = write, scopes("orders:write"), response = Order, rate_limit(0 / minute))] //~ ST0034
pub struct Zero {}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, post = "/orders", effect = write, scopes("orders:write"), response = Order, rate_limit(1 / minute, burst = 61))] //~ ST0034
pub struct Burst {}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, post = "/orders", effect = write, scopes("orders:write"), response = Order, rate_limit(1 / minute), limits(deadline_seconds = 2, connect_seconds = 5))] //~ ST0034
pub struct Late {}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, post = "/orders", effect = write, scopes("orders:write"), response = Order, rate_limit(1 / minute), limits(response_bytes = 0))] //~ ST0034
pub struct Small {
    #[secure(cap(per_call = 9, per_day = 5))] //~ ST0034
    #[validate(range(min = 1, max = 9))]
    count: u32,
}

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Page {
    #[secure(max = 0)] //~ ST0034
    items: Vec<u32>,
}

fn main() {}
