//! An argument that directs an effect requires a provenance.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

use secure_tool::value::{Email, WebUrl};

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Mail, post = "/messages", effect = write, egress, scopes("mail:send"), response = Order)]
pub struct Send {
    #[secure(from = trusted)]
    to: Email,
    #[secure(from = prompt)]
    #[validate(length(max = 9))]
    cc: Vec<Email>,
    #[secure(pattern = "[a-z]{1,9}", any, reason = "every channel is internal")]
    slack_channel: Option<String>,
    #[secure(pattern = "[a-z]{1,9}", allow(ST0025, reason = "the user of the API is the agent itself"))]
    user: String,
    account: Sku,
    #[validate(length(max = 80))]
    email_subject: String,
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order)]
pub struct Search {
    user: Email,
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Mail, post = "/batches", effect = write, egress, scopes("mail:send"), response = Order)]
pub struct SendAll {
    #[validate(length(max = 9))]
    messages: Vec<Envelope>,
    #[validate(range(min = 1, max = 9))]
    #[secure(from = prompt)]
    account: u64,
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Mail, post = "/hooks", effect = write, scopes("mail:send"), response = Order)]
pub struct Register {
    #[secure(domains("shop.example"), from = prompt)]
    page: WebUrl,
    #[secure(domains("shop.example"), any, reason = "all of the shop's own pages may be called")]
    callback: WebUrl,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Envelope {
    #[secure(from = trusted)]
    to: Email,
}

fn main() {}
