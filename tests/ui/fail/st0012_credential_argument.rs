//! An argument is no credential: the secret store has those.
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
