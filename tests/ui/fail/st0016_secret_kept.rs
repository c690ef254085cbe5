//! A secret does not reach the model, or at most four characters of it.
use secure_tool::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Card {
    #[secure(secret)] //~ ST0016
    code: String,
    #[secure(secret, mask(keep_first = 6, keep_last = 4))] //~ ST0016
    number: String,
}

fn main() {}
