//! Traffic limits and timeouts out of range or in contradiction are rejected.
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
    concurrency = 8,
    retries = 2,
    breaker(failures = 5),
    gzip,
)]
pub struct Files;

#[derive(SecureApi)]
#[secure(
    url = "https://files.example",
    scopes("files:read"),
    auth(bearer = "FILES_KEY"),
    receives(public),
    rate_limit(600 / minute),
    retries(10, base_millis = 5),
    breaker(seconds = 60),
)]
pub struct Stubborn;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Shop,
    get = "/orders",
    scopes("orders:read"),
    response = Order,
    limits(deadline_seconds = 8, first_byte_seconds = 8, connect_seconds = 8, rate_seconds = 8, rate_bytes = 1, response_ratio = 1)
)]
pub struct Read {}

fn main() {}
