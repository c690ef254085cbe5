//! A missing derive is one error at the type that lacks it.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Deserialize, JsonSchema, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order)]
pub struct NoValidate {} //~ E0277

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Plain {
    a: bool,
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Plain)] //~ E0277
pub struct NoResponse {}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(handler, apis(Shop), effect = read, scopes("orders:read"), response = Order)]
pub struct NoHandler {} //~ E0277

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Order, get = "/orders", scopes("orders:read"), response = Order)] //~ E0277
pub struct NoApi {}

#[derive(SecureToolset)]
#[secure(tools(Order))] //~ E0277
pub struct Tools;

fn main() {}
