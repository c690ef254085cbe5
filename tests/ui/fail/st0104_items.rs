//! A derive on an unsupported item is rejected.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Deserialize, JsonSchema, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order)]
pub struct Tuple(bool); //~ ST0104

#[derive(SecureToolset)]
#[secure(tools(Search))]
pub struct Tools { //~ ST0104
    a: bool,
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order)]
pub struct Search {}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Pair(bool, bool); //~ ST0104

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Generic<T> { //~ ST0104
    a: T,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub enum Shape {
    Point(u32, u32), //~ ST0104
    Named(#[secure(handle)] Sku), //~ ST0104
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
#[secure(handle)] //~ ST0104
pub struct Record {
    a: bool,
}

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub enum Answer { //~ ST0104
    A,
}

fn main() {}
