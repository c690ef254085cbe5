//! Redirects require a maximum and named hosts.
#[path = "../common.rs"]
mod common;

use secure_tool::prelude::*;

#[derive(SecureApi)]
#[secure(
    url = "https://files.example",
    scopes("files:read"),
    auth(bearer = "FILES_KEY"),
    receives(public),
    rate_limit(600 / minute),
    redirects(most = 3, to("cdn.files.example", "mirror.example")),
)]
pub struct Files;

#[derive(SecureApi)]
#[secure(
    url = "https://files.example",
    scopes("files:read"),
    auth(bearer = "FILES_KEY"),
    receives(public),
    rate_limit(600 / minute),
    redirects(most = 1),
)]
pub struct Here;

fn main() {}
