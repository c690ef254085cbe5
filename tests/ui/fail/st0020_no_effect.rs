//! A method that can change data requires a declared effect.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, post = "/orders", scopes("orders:write"), response = Order)] //~ ST0020
pub struct Place {}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, delete = "/orders", effect = read, scopes("orders:write"), response = Order)] //~ ST0020
pub struct Delete {}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(handler, apis(Shop), scopes("orders:write"), response = Order)]
pub struct Sum {} //~ ST0020

fn main() {}
