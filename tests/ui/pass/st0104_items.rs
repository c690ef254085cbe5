//! A derive on an unsupported item is rejected.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order)]
pub struct Search {}

#[derive(SecureToolset)]
#[secure(tools(Search))]
pub struct Tools;

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Pair {
    a: bool,
    b: bool,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub enum Shape {
    Point { x: u32, y: u32 },
    Named { #[secure(handle)] sku: Sku },
    Two(Pair),
    None,
}

fn main() {
    let _ = Tools::NAME;
}
