//! An irreversible effect requires an approval policy, and a payment requires a cap.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, delete = "/orders", effect = destructive, rate_limit(1 / minute), scopes("orders:write"), response = Order)] //~ ST0021
pub struct Delete {}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, post = "/orders", effect = write, confirm = never, rate_limit(1 / minute), scopes("orders:write"), response = Order)] //~ ST0021
pub struct Place {}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, post = "/pay", effect = financial, confirm = always, rate_limit(1 / minute), scopes("orders:write"), response = Order)] //~ ST0021
pub struct Pay {
    #[validate(range(min = 1, max = 500))]
    amount: u32,
}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, delete = "/logs", effect = destructive, confirm = when_ungrounded, rate_limit(1 / minute), scopes("orders:write"), response = Order)]
pub struct Clear { //~ ST0021
    #[validate(range(min = 1, max = 500))]
    days: u32,
}

fn main() {}
