//! A type says who writes it and how confidential it is; one that says nothing has no shape.
use secure_tool::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Answer {
    address: Address,
    lines: Vec<Address>,
    rest: secure_tool::value::AnyJson,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Address {
    street: String,
}

fn main() {}
