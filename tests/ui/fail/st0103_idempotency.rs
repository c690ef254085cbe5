//! An idempotency key requires a free header and a declared request.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;
use secure_tool::{Context, Handler, HandlerError};

#[derive(SecureApi)]
#[secure(
    url = "https://files.example",
    scopes("files:write"),
    auth(header = "x-api-key", secret = "FILES_KEY"),
    receives(public),
    rate_limit(600 / minute),
    headers("accept-encoding" = "br"), //~ ST0103
)]
pub struct Coded;

#[derive(SecureApi)]
#[secure(
    url = "https://files.example",
    scopes("files:write"),
    auth(header = "x-api-key", secret = "FILES_KEY"),
    receives(public),
    rate_limit(600 / minute),
)]
pub struct Files;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Files, post = "/files", effect = write, scopes("files:write"), response = Order, idempotency_key = "authorization")] //~ ST0103
pub struct Forbidden {}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Files, post = "/files", effect = write, scopes("files:write"), response = Order, idempotency_key = "a key")] //~ ST0103
pub struct Spaced {}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Files, post = "/files", effect = write, scopes("files:write"), response = Order, idempotency_key = "x-api-key")] //~ ST0103
pub struct OfTheApi {}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(handler, apis(Files), effect = write, scopes("files:write"), response = Order, idempotency_key = "idempotency-key")] //~ ST0103
pub struct ByHand {}

impl Handler for ByHand {
    async fn call(self, _: Context<'_>) -> Result<Order, HandlerError> {
        Ok(Order { total: 1 })
    }
}

fn main() {}
