//! A secret field reveals at most 4 characters to the model.
use secure_tool::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Card {
    #[secure(secret, drop)]
    code: String,
    #[secure(secret, mask(keep_last = 4))]
    number: String,
    #[secure(secret, hash)]
    holder: String,
    #[secure(secret, hash, keys(mask(keep_last = 4)))]
    codes: std::collections::BTreeMap<String, String>,
    #[secure(secret, generalize(year))]
    expires: String,
    #[secure(secret, generalize(prefix = 4))]
    bank: String,
    #[secure(secret, tokenize)]
    pin: u32,
}

fn main() {}
