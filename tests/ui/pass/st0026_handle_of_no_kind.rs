//! A field with `handle` requires a handle type.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Answer {
    #[secure(handle)]
    id: Sku,
    #[secure(handle)]
    ids: Vec<Number>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
#[secure(handle = "shop.number")]
pub struct Number(u32);

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order)]
pub struct Search {
    #[secure(from = handle)]
    id: Number,
}

fn main() {}
