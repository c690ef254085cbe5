//! An argument accepts tokens of a response field of its own API, or of the API that it names.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;
use secure_tool::value::Email;

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Page {
    products: Vec<Product>,
}

#[derive(Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Product {
    #[secure(pii, tokenize)]
    #[serde(rename = "supplierEmail")]
    supplier_email: Email,
    #[secure(secret, tokenize)]
    codes: Vec<Option<String>>,
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/products", scopes("orders:read"), response = Page)]
pub struct Search {}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, post = "/suppliers", effect = read(reason = "a search"), scopes("orders:read"), response = Order)]
pub struct Suppliers {
    #[validate(length(max = 9))]
    filters: Vec<Filter>,
    #[secure(token = "Product.codes", pattern = "[0-9]{1,20}")]
    #[validate(length(max = 9))]
    codes: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Filter {
    #[secure(token = "Product.supplierEmail")]
    email: Email,
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Mail, post = "/letters", effect = read(reason = "a search"), scopes("mail:send"), response = Order)]
pub struct Letters {
    #[secure(pii, token = "Shop::Product.supplierEmail")]
    to: Email,
}

#[derive(SecureToolset)]
#[secure(tools(Search, Suppliers, Letters))]
pub struct Tools;

fn main() {
    let _ = Tools::NAME;
}
