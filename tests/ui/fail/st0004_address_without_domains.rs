//! A URL argument requires a list of domains, and no domain that allows all hosts.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;
use secure_tool::value::WebUrl;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, post = "/previews", effect = read(reason = "it only shows"), scopes("orders:read"), response = Order)]
pub struct Preview {
    page: WebUrl, //~ ST0004
    other: Option<WebUrl>, //~ ST0004
    #[validate(length(max = 9))]
    list: Vec<WebUrl>, //~ ST0004
    #[validate(length(max = 9))]
    by_name: std::collections::BTreeMap<String, Link>, //~ ST0004
    inside: Inside, //~ ST0004
    choice: Choice, //~ ST0004
    deep: Option<Deep>, //~ ST0004
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
#[serde(transparent)]
pub struct Link(WebUrl);

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Inside {
    #[secure(domains("shop.example"))]
    limited: WebUrl,
    free: WebUrl,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub enum Choice {
    Page(WebUrl),
    Nothing,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub enum Deep {
    Page { inside: Inside },
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/previews", scopes("orders:read"), response = Order)]
pub struct NoNames {
    #[secure(domains("https://shop.example"))] //~ ST0004
    scheme: WebUrl,
    #[secure(domains("*.shop.example", "shop.example", "Shop.example"))] //~ ST0004 ST0004
    wildcard: WebUrl,
    #[secure(domains("127.0.0.1", "2130706433", "[::1]"))] //~ ST0004 ST0004 ST0004
    address: WebUrl,
    #[secure(domains("shop.internal", "localhost"))] //~ ST0004 ST0004
    local: WebUrl,
    #[secure(domains("shöp.example", "shop.example."))] //~ ST0004 ST0004
    odd: WebUrl,
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/previews", scopes("orders:read"), response = Order)]
pub struct Anyone {
    #[secure(domains("co.uk"))] //~ ST0004
    country: WebUrl,
    #[secure(domains("shop.example", "github.io"))] //~ ST0004
    pages: WebUrl,
    #[secure(domains("com"))] //~ ST0004
    top: WebUrl,
    #[secure(domains())] //~ ST0004
    none: WebUrl,
}

fn main() {}
