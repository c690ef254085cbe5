//! Tools of a set with equal or confusable names are rejected.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order, name = "list_orders")]
pub struct A {}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order, name = "1ist-0rders")]
pub struct B {}

#[derive(SecureToolset)]
#[secure(tools(A, B))] //~ ST0028
pub struct Tools;

fn main() {}
