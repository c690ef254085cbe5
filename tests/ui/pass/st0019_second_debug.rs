//! We write a `Debug` that redacts; a second one would show what the first one hides.
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
