//! Missing, duplicate and malformed attributes are rejected.
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

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Coarse {
    #[secure(handle, tokenize)] //~ ST0102
    sku: Sku,
    #[secure(hash, tokenize)] //~ ST0102
    email: String,
    #[secure(generalize(year, month))] //~ ST0102
    born: String,
    #[secure(mask_email(keep_first = 2))] //~ ST0102
    mail: String,
    #[secure(generalize)] //~ ST0102
    sent: String,
    #[secure(generalize(step = 0))] //~ ST0102
    count: u32,
    #[secure(generalize(step = -5))] //~ ST0102
    sum: f64,
    #[secure(generalize(prefix = 300))] //~ ST0102
    postcode: String,
    #[secure(max = "20")] //~ ST0102
    items: Vec<u32>,
    #[secure(keys(keep, hash))] //~ ST0102
    a: std::collections::BTreeMap<String, u32>,
    #[secure(keys())] //~ ST0102
    b: std::collections::BTreeMap<String, u32>,
    #[secure(keys(generalize(step = 10)))] //~ ST0102
    c: std::collections::BTreeMap<String, u32>,
    #[secure(drop, keys(hash))] //~ ST0102
    d: std::collections::BTreeMap<String, u32>,
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/suppliers", scopes("orders:read"), response = Order)]
pub struct Suppliers {
    #[secure(token = "email")] //~ ST0102
    #[validate(length(max = 9))]
    email: String,
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/suppliers", scopes("orders:read"), select = "fields", response = Order)] //~ ST0102
pub struct Twice {
    #[validate(length(max = 9))]
    fields: String,
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/suppliers", scopes("orders:read"), select(style = dotted), response = Order)] //~ ST0102
pub struct Nowhere {}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/suppliers", scopes("orders:read"), select(query = "fields", style = graph), response = Order)] //~ ST0100
pub struct Styled {}

#[derive(SecureToolset)]
pub struct Tools; //~ ST0102

fn main() {}
