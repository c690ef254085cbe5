//! A field with `handle` requires a handle type.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Answer {
    #[secure(handle)]
    id: String, //~ ST0026
    #[secure(handle)]
    ids: Vec<Plain>, //~ ST0026
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Plain(u32);

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order)]
pub struct Search {
    #[secure(from = handle)]
    #[validate(range(min = 1, max = 9))]
    id: u32, //~ ST0026
}

fn main() {}
