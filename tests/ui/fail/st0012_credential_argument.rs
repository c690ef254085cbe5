//! An argument that takes a credential is rejected. Credentials are in the secret store.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order)]
pub struct Search {
    #[validate(length(max = 40))]
    api_key: String, //~ ST0012
    #[serde(rename = "accessToken")]
    #[secure(pattern = "[a-z]{1,9}")]
    what: Option<String>, //~ ST0012
}

fn main() {}
