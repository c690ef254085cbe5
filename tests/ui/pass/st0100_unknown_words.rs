//! An unknown attribute is rejected.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Shop,
    get = "/orders",
    scopes("orders:read"),
    response = Order,
    confirm = always,
    rate_limit(5 / day),
)]
pub struct Search {
    #[secure(from = trusted)]
    #[validate(length(max = 9))]
    term: String,
}

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Answer {
    #[secure(pii, hash)]
    email: String,
}

fn main() {}
