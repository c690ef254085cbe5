//! Tools as users write them, attacked by the testkit; and broken tools, which the testkit must not take for sound ones.
#![expect(missing_docs, clippy::exhaustive_structs, clippy::exhaustive_enums, reason = "the items are those of an application")]

use std::collections::BTreeMap;

use secure_tool::prelude::*;
use secure_tool::value::{Date, Email, Iban};
use secure_tool_testkit::{Attack, Class, Report, Verdict, attack};
use tests::{CancelOrder, CountStock, GetProduct, Refund, SearchProducts, SendMail, Shop, Sku};

/// Places an order.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Shop,
    post = "/customers/{customer}/orders",
    effect = write,
    confirm = always,
    scopes("orders:write"),
    rate_limit(20 / minute),
    response = Receipt
)]
pub struct PlaceOrder {
    #[secure(from = prompt)]
    #[validate(length(min = 1, max = 40))]
    customer: String,
    #[validate(length(min = 1, max = 10), nested)]
    lines: Vec<Line>,
    delivery: Delivery,
    #[serde(default)]
    #[secure(query)]
    dry_run: Option<bool>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Validate, SecureValue)]
pub struct Line {
    sku: Sku,
    #[validate(range(min = 1, max = 99))]
    count: u16,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum Delivery {
    Pickup {
        #[secure(from = prompt)]
        on: Date,
    },
    Parcel {
        #[validate(length(max = 80))]
        note: Option<String>,
    },
}

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Receipt {
    #[secure(handle)]
    first: Sku,
    #[secure(trusted, written_by = provider)]
    contact: Email,
    state: State,
    #[secure(pii, mask(keep_last = 4))]
    iban: Iban,
    #[secure(pii, hash)]
    phone: String,
    #[secure(drop)]
    margin: f64,
    lines: Vec<ReceiptLine>,
    remarks: BTreeMap<String, String>,
    total: u32,
}

#[derive(Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct ReceiptLine {
    #[secure(internal)]
    title: String,
    #[serde(default)]
    gift: Option<Gift>,
    #[secure(drop)]
    #[serde(default)]
    supplier: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Gift {
    message: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub enum State {
    Open,
    Waiting { reason: String },
}

#[tokio::test]
async fn search_products_withstands_attacks() {
    attack::<SearchProducts>().await.assert();
}

#[tokio::test]
async fn send_mail_withstands_attacks() {
    attack::<SendMail>().await.assert();
}

#[tokio::test]
async fn place_order_withstands_attacks() {
    attack::<PlaceOrder>().await.assert();
}
