//! A name that a model reads has ASCII letters, digits and plain punctuation only.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order, name = "list orders")] //~ ST0029
pub struct Search {
    größe: bool, //~ ST0029
    #[serde(rename = "a\u{200b}b")]
    odd: bool, //~ ST0029
}

fn main() {}
