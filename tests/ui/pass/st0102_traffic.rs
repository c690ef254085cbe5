//! Malformed and contradictory traffic attributes are rejected.
#[path = "../common.rs"]
mod common;

use common::*;
use secure_tool::prelude::*;

#[derive(SecureApi)]
#[secure(
    url = "https://files.example",
    scopes("files:read"),
    auth(bearer = "FILES_KEY"),
    receives(public),
    rate_limit(600 / minute),
    concurrency = 4,
    retries(2, base_millis = 50),
    breaker(failures = 3, seconds = 10),
    gzip,
)]
pub struct Files;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Shop,
    post = "/orders",
    effect = write,
    rate_limit(1 / minute),
    scopes("orders:write"),
    response = Order,
    idempotency_key = "Idempotency-Key"
)]
pub struct Place {
    #[validate(length(max = 9))]
    #[secure(header = "x-request-id")]
    id: String,
}

fn main() {}
