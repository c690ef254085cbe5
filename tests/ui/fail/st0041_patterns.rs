//! A pattern is matched against the whole value, in linear time.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order)]
pub struct Search {
    #[secure(pattern = "^[a-z]{1,9}$")] //~ ST0041
    anchored: String,
    #[secure(pattern = "(a)\\1")] //~ ST0041
    back: String,
    #[secure(pattern = "a(?=b)")] //~ ST0041
    ahead: String,
    #[secure(pattern = "[shop.example]")] //~ ST0041
    host: String,
    #[secure(pattern = "(a{1,9}")] //~ ST0041
    open: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
#[secure(pattern = "\\bword")] //~ ST0041
pub struct Word(String);

fn main() {}
