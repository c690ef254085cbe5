//! A type requires an integrity and a confidentiality label.
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
