//! A rule is allowed by its code and a reason, only where it would fail.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order, allow(ST0034, reason = "it only reads"))] //~ ST0105
pub struct Search {
    #[secure(allow(ST9999, reason = "no such rule"))] //~ ST0105
    a: bool,
    #[secure(allow(ST0012))] //~ ST0105
    #[validate(length(max = 9))]
    token: String,
    #[secure(allow(ST0001, reason = "it is short anyway"))] //~ ST0105
    c: bool,
    #[secure(allow(ST0012, reason = "it is no credential"))] //~ ST0105
    #[validate(length(max = 9))]
    colour: String,
    #[secure(allow(ST0012, reason = ""))] //~ ST0105
    #[validate(length(max = 9))]
    password: String,
}

fn main() {}
