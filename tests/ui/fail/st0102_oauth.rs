//! An OAuth client requires a token URL and the names of its id and secret.
use secure_tool::prelude::*;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(oauth2(token_url = "https://auth.shop.example/token")), //~ ST0102 ST0102
    receives(public),
)]
pub struct Half;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(oauth2(client_id = "SHOP_ID", client_secret = "SHOP SECRET")), //~ ST0102 ST0102
    receives(public),
)]
pub struct Nowhere;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(oauth2), //~ ST0102
    receives(public),
)]
pub struct Alone;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(bearer = "KEY", oauth2(token_url = "https://auth.shop.example/token", client_id = "ID", client_secret = "SECRET")), //~ ST0102
    receives(public),
)]
pub struct Both;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(oauth2(
        token_url = "http://auth.shop.example/token", //~ ST0005
        client_id = "ID",
        client_secret = "SECRET",
        client_auth = none, //~ ST0100
    )),
    receives(public),
)]
pub struct Plain;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(oauth2(
        token_url = "https://metadata.google.internal/token", //~ ST0006
        client_id = "ID",
        client_secret = "sk-0000example0000example0000", //~ ST0013
        scope = "everything", //~ ST0100
    )),
    receives(public),
)]
pub struct Inside;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(oauth2(token_url = "https://shop@auth.shop.example/token", client_id = "ID", client_secret = "SECRET")), //~ ST0007
    receives(public),
)]
pub struct User;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(oauth2(token_url = "https://auth.shop.example/token?a=b", client_id = "ID", client_secret = "SECRET")), //~ ST0103
    receives(public),
)]
pub struct Query;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes(
        "orders:read orders:delete", //~ ST0032
        "orders:\"write", //~ ST0032
        "orders:r\u{e9}ad", //~ ST0032
    ),
    auth(oauth2(token_url = "https://auth.shop.example/token", client_id = "ID", client_secret = "SECRET")),
    receives(public),
)]
pub struct Two;

fn main() {}
