//! A serde form that accepts undeclared input is rejected.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order)]
pub struct Search {
    #[serde(rename = "q")]
    #[validate(length(max = 9))]
    term: String,
    colour: Colour,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
#[serde(tag = "kind")]
pub enum Either {
    A { a: bool },
    B(Rest),
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Rest {
    b: bool,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub enum Colour {
    Red,
    Blue,
}

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Answer {
    any: secure_tool::value::AnyJson,
    either: Either,
}

fn main() {}
