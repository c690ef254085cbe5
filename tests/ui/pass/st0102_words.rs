//! Missing, duplicate and malformed attributes are rejected.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(none, reason = "the catalogue is public"),
    receives(public),
    reviewed = "2026-09-01",
)]
pub struct Open;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Open, get = "/orders", scopes("orders:read"), response = Order)]
pub struct Search {
    #[secure(from = prompt)]
    #[validate(length(max = 9))]
    term: String,
    #[secure(any(reason = "a colour harms nobody"))]
    #[validate(length(max = 9))]
    other: String,
}

#[derive(SecureToolset)]
#[secure(tools(Search))]
pub struct Tools;

fn main() {
    let _ = Tools::NAME;
}
