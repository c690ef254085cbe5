//! A name that a model reads has ASCII letters, digits and plain punctuation only.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order, name = "orders.list")]
pub struct Search {
    #[serde(rename = "size")]
    größe: bool,
}

fn main() {}
