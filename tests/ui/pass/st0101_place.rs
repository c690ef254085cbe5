//! An argument fits its place: no list in a path, no object in a query, no cap on a text.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, put = "/orders/{id}", effect = write, rate_limit(1 / minute), scopes("orders:write"), response = Order)]
pub struct Change {
    id: Sku,
    filter: Filter,
    #[secure(query)]
    #[validate(length(max = 9))]
    tags: Vec<Sku>,
    #[secure(header = "x-tag")]
    tag: Option<Sku>,
    #[secure(cap(per_call = 1, per_day = 2))]
    #[validate(range(min = 1, max = 2))]
    amount: u32,
    #[secure(domains("shop.example"), from = prompt)]
    page: secure_tool::value::WebUrl,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Filter {
    open: bool,
}

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Answer {
    #[secure(drop)]
    whole: Filter2,
    #[secure(pii, hash)]
    each: Vec<Option<String>>,
    #[secure(hash, max = 20)]
    some: Vec<String>,
    #[secure(max = 20)]
    text: Option<String>,
    #[secure(mask(keep_last = 2))]
    by_phone: std::collections::BTreeMap<String, String>,
    #[secure(tokenize, keys(keep))]
    notes: Option<std::collections::HashMap<String, Vec<String>>>,
    #[secure(keys(generalize(month)))]
    by_date: std::collections::BTreeMap<String, u32>,
    #[secure(max = 20)]
    by_day: std::collections::BTreeMap<String, u32>,
    #[secure(generalize(year))]
    born: secure_tool::value::Date,
    #[secure(generalize(step = 10))]
    ages: Vec<Option<u8>>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Filter2 {
    open: bool,
}

#[derive(Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Cost {
    #[secure(drop)]
    cost: Option<f64>,
    sum: f64,
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/prices", scopes("orders:read"), select(query = "fields", style = nested), response = Vec<Cost>)]
pub struct Prices {}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
#[secure(handle = "shop.payee", pattern = "[A-Z0-9]{15,34}")]
pub struct Payee(String);

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Words(Vec<Payee>);

fn main() {}
