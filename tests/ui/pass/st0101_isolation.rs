//! `on_injection` and `spotlighting` without untrusted text are rejected.
#[path = "../common.rs"]
mod common;

use std::collections::BTreeMap;

use common::*;
use secure_tool::prelude::*;
use secure_tool::value::{AnyJson, Email};

/// Reads a ticket.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/ticket", scopes("orders:read"), response = Ticket, on_injection = quarantine, spotlighting = datamarking, links = defang)]
pub struct ReadTicket {}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub enum Content {
    Text(String),
    Nothing,
}

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Ticket {
    number: u32,
    #[secure(on_injection = redact, spotlighting = base64)]
    body: String,
    #[secure(on_injection = refuse)]
    lines: Option<Vec<String>>,
    #[secure(spotlighting = markers)]
    labels: BTreeMap<String, u32>,
    #[secure(links = keep)]
    page: String,
    #[secure(on_injection = mark)]
    rest: AnyJson,
    #[secure(on_injection = quarantine)]
    content: Content,
    #[secure(trusted(if sender = principal), on_injection = refuse)]
    reply_to: Email,
    sender: Email,
    #[secure(pii, mask(keep_last = 4), spotlighting = base64)]
    phone: String,
}

fn main() {}
