//! An idempotency key requires a free header and a declared request.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(SecureApi)]
#[secure(
    url = "https://files.example",
    scopes("files:write"),
    auth(header = "x-api-key", secret = "FILES_KEY"),
    receives(public),
    rate_limit(600 / minute),
    headers("accept-language" = "en"),
)]
pub struct Files;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Files, post = "/files", effect = write, scopes("files:write"), response = Order, idempotency_key = "x-idempotency-key")]
pub struct Put {}

fn main() {}
