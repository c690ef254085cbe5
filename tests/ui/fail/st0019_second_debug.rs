//! The derive generates a redacting `Debug`. A second one is rejected.
use secure_tool::prelude::*;

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Answer { //~ E0119
    person: Person,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Person { //~ E0119
    #[secure(pii)]
    name: String,
}

fn main() {}
