//! A numeric argument requires a range with both bounds, or a reason.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

const MOST: u32 = 50;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order)]
pub struct Search {
    #[validate(range(min = 1, max = 100))]
    page: u32,
    #[validate(range(min = 1, max = MOST))]
    size: u32,
    #[validate(range(min = -5.5, max = 1e6))]
    price: Option<f64>,
    #[secure(allow(ST0002, reason = "the API takes every number as a seed"))]
    seed: u64,
}

fn main() {}
