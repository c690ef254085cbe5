//! A serde form that accepts undeclared input is rejected.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order)]
pub struct Search {
    #[serde(alias = "q")] //~ ST0042
    #[validate(length(max = 9))]
    term: String,
    #[serde(flatten)] //~ ST0042
    rest: Rest,
    inner: bool,
    #[serde(rename = "inner")]
    outer: bool, //~ ST0042
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Rest {
    a: bool,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
#[serde(untagged)] //~ ST0042
pub enum Either {
    A(bool),
    B(u32),
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub enum Colour {
    Red,
    #[serde(other)] //~ ST0042
    Unknown,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SecureValue)]
#[serde(from = "Other")] //~ ST0042
pub struct Converted {
    a: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Other {
    b: bool,
}

impl From<Other> for Converted {
    fn from(other: Other) -> Self {
        Self { a: other.b }
    }
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, post = "/orders", effect = write, scopes("orders:write"), response = Order, rate_limit(1 / minute))]
pub struct Post {
    any: secure_tool::value::AnyJson, //~ ST0042
}

fn main() {}
