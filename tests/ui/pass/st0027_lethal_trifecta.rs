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
#[secure(tools(Read, Send), trifecta = confirm)]
pub struct Tools;

#[derive(SecureToolset)]
#[secure(tools(Read))]
pub struct Readers;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/previews", scopes("orders:read"), response = Order)]
pub struct Preview {
    #[secure(domains("partner.example"), from = prompt)]
    page: secure_tool::value::WebUrl,
}

/// An address of the user's carries nothing of the model's.
#[derive(SecureToolset)]
#[secure(tools(Read, Preview))]
pub struct Pages;

fn main() {
    let _ = (Tools::NAME, Readers::NAME, Pages::NAME);
}
