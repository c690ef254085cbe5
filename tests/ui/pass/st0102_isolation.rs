//! Isolation of a dropped field, or of one without a foreign author, is rejected.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;
use secure_tool::value::Email;

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Ticket {
    #[secure(drop)]
    body: String,
    #[secure(hash)]
    phone: String,
    #[secure(handle)]
    sku: Sku,
    #[secure(trusted, written_by = provider)]
    owner: Email,
    #[secure(on_injection = refuse, spotlighting = base64, links = defang)]
    note: String,
}

fn main() {}
