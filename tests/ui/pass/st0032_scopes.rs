//! A tool has declared scopes, no wildcard, and sends only classes that its API receives.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order)]
pub struct Search {
    #[secure(internal)]
    #[validate(length(max = 80))]
    project: String,
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Mail, get = "/contacts", scopes("mail:send"), response = Order)]
pub struct Find {
    #[secure(pii)]
    #[validate(length(max = 80))]
    name: String,
}

fn main() {}
