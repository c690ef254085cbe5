//! A text, list or map argument requires an upper bound, also in aliases, options and structs.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

type Note = String;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order)]
pub struct Search {
    #[validate(length(max = 200))]
    note: Note,
    #[validate(length(max = 200))]
    comment: Option<String>,
    #[secure(pattern = "[a-z]{1,40}")]
    word: String,
    #[validate(length(max = 3))]
    tags: Vec<Tag>,
    inner: Option<bool>,
}

#[derive(Serialize, Deserialize, JsonSchema, SecureValue)]
#[secure(pattern = "[a-z]{1,9}")]
pub struct Tag(String);

fn main() {}
