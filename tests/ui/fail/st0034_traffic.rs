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
    concurrency = 0,                       //~ ST0034
    retries = 0,                           //~ ST0034
    breaker(failures = 0, seconds = 30),   //~ ST0034
)]
pub struct None;

#[derive(SecureApi)]
#[secure(
    url = "https://files.example",
    scopes("files:read"),
    auth(bearer = "FILES_KEY"),
    receives(public),
    retries(11, base_millis = 0), //~ ST0034 ST0034
)]
pub struct Stubborn;

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Shop,
    get = "/orders",
    scopes("orders:read"),
    response = Order,
    limits(
        deadline_seconds = 5,
        first_byte_seconds = 6, //~ ST0034
        connect_seconds = 7,    //~ ST0034
        rate_seconds = 8,       //~ ST0034
        rate_bytes = 0,         //~ ST0034
        response_ratio = 0      //~ ST0034
    )
)]
pub struct Read {}

#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/orders", scopes("orders:read"), response = Order, limits(connect_seconds = 3, first_byte_seconds = 2))] //~ ST0034
pub struct Late {}

fn main() {}
