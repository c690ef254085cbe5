//! The derive generates a redacting `Debug`. A second one is rejected.
use secure_tool::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Answer {
    person: Person,
    place: Place,
}

#[derive(Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Person {
    #[secure(pii)]
    name: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Place {
    name: String,
}

fn main() {}
