//! A URL argument requires a list of domains, and no domain that allows all hosts.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;
use secure_tool::value::WebUrl;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, post = "/previews", effect = read(reason = "it only shows"), scopes("orders:read"), response = Page)]
pub struct Preview {
    #[secure(domains("shop.example"))]
    page: WebUrl,
    #[secure(query, domains("shop.example", "shop.co.uk", "shop.github.io", "xn--bcher-kva.example"), from = prompt)]
    other: Option<WebUrl>,
    #[validate(length(max = 9))]
    #[secure(domains("shop.example"))]
    list: Vec<WebUrl>,
    #[validate(length(max = 9))]
    #[secure(domains("shop.example"))]
    by_name: std::collections::BTreeMap<String, Link>,
    inside: Inside,
    #[secure(domains("shop.example"))]
    choice: Choice,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
#[serde(transparent)]
pub struct Link(WebUrl);

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Inside {
    #[secure(domains("shop.example"))]
    limited: WebUrl,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub enum Choice {
    Page(WebUrl),
    Nothing,
    Named {
        #[secure(domains("partner.example"))]
        at: WebUrl,
    },
}

/// In an answer it is a text as any other.
#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Page {
    link: WebUrl,
}

fn main() {
    let _ = Preview::TOOL;
}
