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
    concurrency = "many",           //~ ST0102
    retries,                        //~ ST0102
    breaker = 10,                   //~ ST0102
    gzip = true,                    //~ ST0102
)]
pub struct Malformed;

#[derive(SecureApi)]
#[secure(
    url = "https://files.example",
    scopes("files:read"),
    auth(bearer = "FILES_KEY"),
    receives(public),
    retries(base_millis = 5),       //~ ST0102
    breaker(failures = 5, failures = 6), //~ ST0102
)]
pub struct Unsaid;

/// A signature covers the body as received, so compression is not allowed.
#[derive(SecureApi)]
#[secure(
    url = "https://files.example",
    scopes("files:read"),
    auth(bearer = "FILES_KEY"),
    receives(public),
    verify(rfc9421 = hmac, keys("k" = "FILES_ANSWER_KEY")),
    gzip, //~ ST0102
)]
pub struct Signed;

/// A read may be repeated as it is.
#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order, idempotency_key = "idempotency-key")] //~ ST0102
pub struct Read {}

/// The header is taken.
#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Shop,
    post = "/orders",
    effect = write,
    rate_limit(1 / minute),
    scopes("orders:write"),
    response = Order,
    idempotency_key = "x-request-id" //~ ST0102
)]
pub struct Twice {
    #[validate(length(max = 9))]
    #[secure(header = "x-request-id")]
    id: String,
}

fn main() {}
