//! A type requires an integrity and a confidentiality label.
use secure_tool::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Answer {
    address: Address, //~ ST0014
    lines: Vec<Address>, //~ ST0014
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Address {
    street: String,
}

fn main() {}
