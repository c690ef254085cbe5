//! Every word that is needed is there, once, in its form.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(SecureApi)]
pub struct Bare; //~ ST0102 ST0102 ST0102 ST0102

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    url = "https://api.shop.example", //~ ST0102
    scopes["orders:read"], //~ ST0102
    auth(bearer), //~ ST0102
    receives(public),
    reviewed = "last week", //~ ST0102
)]
pub struct Odd;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = "Shop", scopes("orders:read"), response = Order)] //~ ST0102
pub struct Search { //~ ST0102
    #[secure(free, from = prompt)] //~ ST0102
    #[validate(length(max = 9))]
    term: String,
    #[secure(any)] //~ ST0102
    #[validate(length(max = 9))]
    other: String,
}

#[derive(SecureToolset)]
pub struct Tools; //~ ST0102

fn main() {}
