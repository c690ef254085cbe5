//! An argument that directs an effect requires a provenance.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

use secure_tool::value::{Email, WebUrl};

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Mail, post = "/messages", effect = write, egress, scopes("mail:send"), response = Order)]
pub struct Send {
    to: Email, //~ ST0025
    #[validate(length(max = 9))]
    cc: Vec<Email>, //~ ST0025
    #[secure(pattern = "[a-z]{1,9}")]
    slack_channel: Option<String>, //~ ST0025
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Mail, post = "/batches", effect = write, egress, scopes("mail:send"), response = Order)]
pub struct SendAll {
    #[validate(length(max = 9))]
    messages: Vec<Envelope>, //~ ST0025
    #[validate(range(min = 1, max = 9))]
    account: u64, //~ ST0025
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Mail, post = "/hooks", effect = write, scopes("mail:send"), response = Order)]
pub struct Register {
    #[secure(domains("shop.example"))]
    page: WebUrl, //~ ST0025
    hook: Hook, //~ ST0025
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Hook {
    #[secure(domains("shop.example"))]
    address: WebUrl,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Envelope {
    to: Email,
}

fn main() {}
