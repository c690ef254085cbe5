//! A pattern is matched against the whole value, in linear time.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order)]
pub struct Search {
    #[secure(pattern = "[a-z]{1,9}|[0-9]{4}")]
    anchored: String,
    #[secure(pattern = "(?:shop\\.example|[a-z.-]{1,20})")]
    host: String,
    word: Word,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
#[secure(pattern = "w[a-z]{0,9}")]
pub struct Word(String);

fn main() {}
