//! A tool with an effect requires a rate limit, and limits are in their valid range.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, post = "/orders", effect = write, scopes("orders:write"), response = Order, rate_limit(1 / minute, burst = 60), limits(deadline_seconds = 5, connect_seconds = 2))]
pub struct Place {}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Mail, post = "/messages", effect = write, egress, scopes("mail:send"), response = Order)]
pub struct Send {}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, post = "/orders", effect = write, scopes("orders:write"), response = Order, allow(ST0034, reason = "the shop itself refuses a second order"))]
pub struct Once {}

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Page {
    #[secure(max = 1)]
    items: Vec<u32>,
}

fn main() {}
