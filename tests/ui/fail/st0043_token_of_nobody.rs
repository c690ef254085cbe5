//! An argument accepts tokens of a response field of its own API, or of the API that it names.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;
use secure_tool::value::Email;

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Product {
    #[secure(pii, tokenize)]
    supplier_email: Email,
    #[secure(pii, hash)]
    supplier_phone: String,
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/products", scopes("orders:read"), response = Product)]
pub struct Search {}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/suppliers", scopes("orders:read"), response = Order)]
pub struct Hashed {
    #[secure(token = "Product.supplier_phone")]
    #[validate(length(max = 20))]
    phone: String,
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Mail, post = "/suppliers", effect = read(reason = "a search"), scopes("mail:send"), response = Order)]
pub struct Elsewhere {
    #[validate(length(max = 9))]
    filters: Vec<Filter>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Filter {
    #[secure(token = "Product.supplier_email")]
    email: Email,
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Mail, post = "/letters", effect = read(reason = "a search"), scopes("mail:send"), response = Order)]
pub struct Unlabelled {
    #[secure(token = "Shop::Product.supplier_email")]
    to: Email,
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Mail, post = "/cards", effect = read(reason = "a search"), scopes("mail:send"), response = Order)]
pub struct Misnamed {
    #[secure(pii, token = "Store::Product.supplier_email")]
    to: Email,
}

#[derive(SecureToolset)]
#[secure(tools(Search, Unlabelled))] //~ ST0043
pub struct Letters;

#[derive(SecureToolset)]
#[secure(tools(Search, Misnamed))] //~ ST0043
pub struct Cards;

#[derive(SecureToolset)]
#[secure(tools(Search, Hashed))] //~ ST0043
pub struct Tools;

#[derive(SecureToolset)]
#[secure(tools(Search, Elsewhere))] //~ ST0043
pub struct Others;

fn main() {}
