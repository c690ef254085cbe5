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
    redirects(to("cdn.files.example")), //~ ST0102
)]
pub struct Unbounded;

#[derive(SecureApi)]
#[secure(
    url = "https://files.example",
    scopes("files:read"),
    auth(bearer = "FILES_KEY"),
    receives(public),
    rate_limit(600 / minute),
    redirects(most = 0), //~ ST0034
)]
pub struct None;

#[derive(SecureApi)]
#[secure(
    url = "https://files.example",
    scopes("files:read"),
    auth(bearer = "FILES_KEY"),
    receives(public),
    rate_limit(600 / minute),
    redirects(
        most = 3,
        to(
            "https://cdn.files.example", //~ ST0103
            "cdn.files.example/a",       //~ ST0103
            "cdn.files.example:8443",    //~ ST0103
            "*.files.example",           //~ ST0103
            "localhost",                 //~ ST0006
            "metadata.google.internal",  //~ ST0006
            "10.0.0.1",                  //~ ST0006
            "0x7f.1",                    //~ ST0006
            "cdn.files.example",
            "CDN.files.example",         //~ ST0102
        )
    ),
)]
pub struct Elsewhere;

fn main() {}
