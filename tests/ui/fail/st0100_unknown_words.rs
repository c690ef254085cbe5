//! An unknown attribute is rejected.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Shop,
    get = "/orders",
    scope("orders:read"), //~ ST0100
    response = Order,
    confirm = allways, //~ ST0100
    rate_limit(5 / fortnight), //~ ST0100
    on_injection = delete, //~ ST0100
    spotlighting = rot13, //~ ST0100
    links = remove, //~ ST0100
)]
pub struct Search {
    #[secure(frm = trusted)] //~ ST0100
    #[validate(length(max = 9))]
    term: String,
}

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Answer {
    #[secure(pii, tokenise)] //~ ST0100
    email: String,
    #[secure(from = trusted)] //~ ST0100
    name: String,
    #[secure(on_injection = drop)] //~ ST0100
    text: String,
    #[secure(trusted, written_by = nobody)] //~ ST0100
    size: u32,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub enum Kind {
    #[secure(pii)] //~ ST0100
    A,
}

fn main() {}
