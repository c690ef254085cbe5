//! A toolset with untrusted content, private data and egress requires a trifecta policy.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Inbox {
    text: String,
    #[secure(internal)]
    owner: String,
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/inbox", scopes("orders:read"), response = Inbox)]
pub struct Read {}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Mail, post = "/messages", effect = write, egress, scopes("mail:send"), response = Order)]
pub struct Send {
    #[secure(free)]
    #[validate(length(max = 80))]
    text: String,
}

#[derive(SecureToolset)]
#[secure(tools(Read, Send))] //~ ST0027
pub struct Tools;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/previews", scopes("orders:read"), response = Order)]
pub struct Preview {
    #[secure(domains("partner.example"))]
    page: secure_tool::value::WebUrl,
}

/// The partner receives the URL that the model writes.
#[derive(SecureToolset)]
#[secure(tools(Read, Preview))] //~ ST0027
pub struct Pages;

fn main() {}
