//! An attribute without effect in the direction of a type is rejected.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

/// It has words for responses only.
#[derive(Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Customer {
    #[secure(pii, mask(keep_last = 4))]
    #[validate(length(max = 40))]
    remark: String,
}

/// A type inside which words for responses stand.
#[derive(Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Household {
    #[validate(length(max = 9))]
    members: Vec<Customer>,
}

/// It has words for arguments only.
#[derive(Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Payment {
    #[secure(any, reason = "the amount is capped")]
    #[validate(range(min = 1, max = 100))]
    amount: u32,
}

/// Stores a customer.
#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Mail, post = "/customers", effect = write, scopes("mail:send"), response = Order)]
pub struct Store {
    #[secure(pii)]
    customer: Customer, //~ ST0101
    #[secure(pii)]
    household: Option<Household>, //~ ST0101
}

/// Reads payments.
#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/payments", scopes("orders:read"), response = Vec<Payment>)] //~ ST0101
pub struct ReadPayments {}

fn main() {}
