//! A mask that keeps a whole value is rejected.
use secure_tool::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Card {
    #[secure(pii, pattern = "[0-9]{3,4}", mask(keep_last = 4))] //~ ST0017
    code: String,
    #[secure(pii, pattern = "[0-9]{5}", generalize(prefix = 5))] //~ ST0017
    postcode: String,
    #[secure(pii, generalize(step = 1))] //~ ST0017
    age: u8,
}

fn main() {}
