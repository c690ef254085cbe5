//! An error comes with a stub, so that it causes no other errors.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(SecureApi)]
#[secure(
    url = "http://api.shop.example", //~ ST0005
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Broken;

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Answer {
    #[secure(secret)] //~ ST0016
    a: String,
    sku: Wrong,
}

#[derive(Serialize, Deserialize, JsonSchema, SecureValue)]
#[secure(handle, pattern = "^a")] //~ ST0041
pub struct Wrong(String);

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Broken, post = "/orders/{id}", effect = write, scopes("orders:write"), response = Answer)]
pub struct Good {
    id: Wrong,
    #[secure(from = handle)]
    other: Wrong,
    #[secure(pii)]
    #[validate(length(max = 9))]
    name: String,
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Broken, get = "orders", scopes("orders:read"), response = Answer)] //~ ST0103
pub struct First {}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Broken, scopes("orders:read"), response = Answer)]
pub struct Second {} //~ ST0102

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(handler, apis(Broken), scopes("orders:read"), response = Answer)]
pub struct Third {} //~ ST0020

impl secure_tool::Handler for Third {
    async fn call(self, _: secure_tool::Context<'_>) -> Result<Answer, secure_tool::HandlerError> {
        Err(secure_tool::HandlerError::new("nothing"))
    }
}

#[derive(SecureToolset)]
#[secure(tools(Good, First, Second, Third))]
pub struct Tools;

fn main() {
    let _ = Tools::TOOLS;
}
