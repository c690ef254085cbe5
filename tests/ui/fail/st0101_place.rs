//! An argument fits its place: no list in a path, no object in a query, no cap on a text.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders/{id}/{part}", scopes("orders:read"), response = Order)]
pub struct Search {
    id: Option<Sku>, //~ ST0101
    #[validate(length(max = 9))]
    part: Vec<Sku>, //~ ST0101
    filter: Filter, //~ ST0101
    #[secure(header = "x-tags")]
    #[validate(length(max = 9))]
    tags: Vec<Sku>, //~ ST0101
    #[secure(cap(per_call = 1, per_day = 2))]
    #[validate(length(max = 9))]
    amount: String, //~ ST0101
    #[secure(cap(per_call = 1, per_day = 2))]
    #[validate(range(min = 1, max = 2))]
    perhaps: Option<u32>, //~ ST0101
    #[secure(domains("shop.example"))]
    #[validate(length(max = 9))]
    page: String, //~ ST0101
    #[secure(token = "Answer.contact")]
    sku: Sku, //~ ST0101
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Filter {
    open: bool,
}

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Answer {
    #[secure(pii, hash)]
    contact: Filter, //~ ST0101
    #[secure(mask(keep_last = 4))]
    any: secure_tool::value::AnyJson, //~ ST0101
    #[secure(tokenize)]
    whole: Filter, //~ ST0101
    #[secure(generalize(year))]
    born: u32, //~ ST0101
    #[secure(generalize(step = 10))]
    ages: Vec<Option<String>>, //~ ST0101
    #[secure(generalize(prefix = 2))]
    open: bool, //~ ST0101
    #[secure(mask_email)]
    id: u32, //~ ST0101
    #[secure(keys(hash))]
    lines: Vec<String>, //~ ST0101
    #[secure(hash)]
    by_name: std::collections::BTreeMap<String, Filter>, //~ ST0101
    #[secure(keys(hash))]
    nested: std::collections::BTreeMap<String, std::collections::BTreeMap<String, u32>>, //~ ST0101
    #[secure(max = 20)]
    total: u32, //~ ST0101
    #[secure(max = 20)]
    one: Sku, //~ ST0101
    #[secure(hash, max = 20)]
    digest: Option<String>, //~ ST0101
    #[secure(max = 20)]
    rest: Filter, //~ ST0101
    #[secure(generalize(month))]
    filter: Filter, //~ ST0101
}

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Priced {
    filter: Option<Cost>,
}

#[derive(Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Cost {
    #[secure(drop)]
    cost: f64,
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/prices", scopes("orders:read"), select = "fields", response = Priced)] //~ ST0101
pub struct Prices {}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/any", scopes("orders:read"), select = "fields", response = secure_tool::value::AnyJson)] //~ ST0101
pub struct Anything {}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
#[secure(handle = "shop.payee")]
pub struct Payee(secure_tool::value::Iban); //~ ST0101

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
#[secure(pattern = "[a-z]{1,20}")]
pub struct Words(Vec<String>); //~ ST0101

fn main() {}
