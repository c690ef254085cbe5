//! A secret does not reach the model, or at most four characters of it.
use secure_tool::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Card {
    #[secure(secret, drop)]
    code: String,
    #[secure(secret, mask(keep_last = 4))]
    number: String,
    #[secure(secret, hash)]
    holder: String,
}

fn main() {}
