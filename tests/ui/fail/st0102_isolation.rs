//! Isolation of a dropped field, or of one without a foreign author, is rejected.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;
use secure_tool::value::Email;

/// Reads a ticket.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Shop,
    get = "/ticket",
    scopes("orders:read"),
    response = Ticket,
    on_injection = redact,
    on_injection = refuse, //~ ST0102
    spotlighting, //~ ST0102
    links(defang), //~ ST0102
)]
pub struct ReadTicket {}

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Ticket {
    #[secure(drop, on_injection = redact)] //~ ST0102
    body: String,
    #[secure(hash, spotlighting = base64)] //~ ST0102
    phone: String,
    #[secure(handle, on_injection = refuse)] //~ ST0102
    sku: Sku,
    #[secure(trusted, written_by = provider, on_injection = refuse)] //~ ST0102
    owner: Email,
    #[secure(drop, links = defang)] //~ ST0102
    page: String,
}

fn main() {}
