//! `on_injection` and `spotlighting` without untrusted text are rejected.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Open,
    Closed,
}

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Ticket {
    #[secure(on_injection = redact)]
    number: u32, //~ ST0101
    #[secure(spotlighting = base64)]
    state: State, //~ ST0101
    #[secure(on_injection = refuse)]
    orders: Vec<Order>, //~ ST0101
    #[secure(spotlighting = datamarking)]
    sku: Option<Sku>, //~ ST0101
    #[secure(links = defang)]
    open: bool, //~ ST0101
}

fn main() {}
