//! A numeric argument requires a range with both bounds, or a reason.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order)]
pub struct Search {
    page: u32, //~ ST0002
    #[validate(range(min = 1))]
    size: u32, //~ ST0002
    price: Option<f64>, //~ ST0002
}

fn main() {}
