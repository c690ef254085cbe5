//! A secret field reveals at most 4 characters to the model.
use secure_tool::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Card {
    #[secure(secret)] //~ ST0016
    code: String,
    #[secure(secret, mask(keep_first = 6, keep_last = 4))] //~ ST0016
    number: String,
    #[secure(secret, generalize(prefix = 6))] //~ ST0016
    holder: String,
    #[secure(secret, hash, keys(keep))] //~ ST0016
    codes: std::collections::BTreeMap<String, String>,
    #[secure(secret, mask_email)] //~ ST0016
    backup: String,
    #[secure(secret, generalize(month))] //~ ST0016
    expires: String,
    #[secure(secret, generalize(step = 100))] //~ ST0016
    pin: u32,
}

fn main() {}
