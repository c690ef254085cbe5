//! An argument that takes a credential is rejected. Credentials are in the secret store.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order)]
pub struct Search {
    #[validate(length(max = 40))]
    page_token: String,
    #[secure(pattern = "[a-z]{1,9}", allow(ST0012, reason = "the name of a token of the design system"))]
    token: String,
    password: bool,
}

fn main() {}
