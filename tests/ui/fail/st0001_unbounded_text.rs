//! A text, list or map argument requires an upper bound, also in aliases, options and structs.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

type Note = String;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order)]
pub struct Search {
    note: Note, //~ ST0001
    comment: Option<String>, //~ ST0001
    #[validate(length(min = 1))]
    least: String, //~ ST0001
    #[secure(pattern = "[a-z]+")]
    word: String, //~ ST0001
    tags: Vec<Tag>, //~ ST0001
    #[validate(length(max = 3))]
    names: Vec<String>, //~ ST0001
    inner: Inner, //~ ST0001 ST0101
}

#[derive(Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Inner {
    text: String,
}

#[derive(Serialize, Deserialize, JsonSchema, SecureValue)]
#[secure(pattern = "[a-z]{1,9}")]
pub struct Tag(String);

fn main() {}
