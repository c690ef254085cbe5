//! A type for arguments and responses has attributes for both or none.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

/// Words for both directions.
#[derive(Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Customer {
    #[secure(pii, mask(keep_last = 4), free)]
    #[validate(length(max = 40))]
    remark: String,
}

/// A type inside which words for both directions stand.
#[derive(Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Household {
    #[validate(length(max = 9))]
    members: Vec<Customer>,
}

/// No word for either direction.
#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Payment {
    #[validate(range(min = 1, max = 100))]
    amount: u32,
}

/// Stores a customer.
#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Mail, post = "/customers", effect = write, scopes("mail:send"), response = Vec<Household>)]
pub struct Store {
    #[secure(pii)]
    customer: Customer,
    #[secure(pii)]
    household: Option<Household>,
    payment: Payment,
}

/// Reads payments.
#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/payments", scopes("orders:read"), response = Vec<Payment>)]
pub struct ReadPayments {}

fn main() {}
