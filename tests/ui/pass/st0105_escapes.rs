//! A rule is allowed by its code and a reason, only where it would fail.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order)]
pub struct Search {
    #[secure(allow(ST0012, reason = "the name of a token of the design system"))]
    #[validate(length(max = 9))]
    token: String,
}

fn main() {}
