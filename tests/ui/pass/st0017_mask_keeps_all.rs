//! A mask that keeps a whole value is rejected.
use secure_tool::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Card {
    #[secure(pii, pattern = "[0-9]{12,19}", mask(keep_last = 4))]
    number: String,
    #[secure(pii, mask)]
    code: String,
    #[secure(pii, pattern = "[0-9]{5}", generalize(prefix = 2))]
    postcode: String,
    #[secure(pii, generalize(step = 10))]
    age: u8,
}

fn main() {}
