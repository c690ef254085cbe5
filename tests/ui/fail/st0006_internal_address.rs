//! A base URL or token endpoint without a public host is rejected in each spelling.
use secure_tool::prelude::*;

#[derive(SecureApi)]
#[secure(
    url = "https://localhost:8080/v1", //~ ST0006
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Api0;

#[derive(SecureApi)]
#[secure(
    url = "https://8.8.8.8/v1", //~ ST0006
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Api1;

#[derive(SecureApi)]
#[secure(
    url = "https://2130706433/v1", //~ ST0006
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Api2;

#[derive(SecureApi)]
#[secure(
    url = "https://[::ffff:10.0.0.1]/v1", //~ ST0006
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Api3;

#[derive(SecureApi)]
#[secure(
    url = "https://metadata/v1", //~ ST0006
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Api4;

#[derive(SecureApi)]
#[secure(
    url = "https://vault.internal/v1", //~ ST0006
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Api5;

#[derive(SecureApi)]
#[secure(
    url = "https://printer.local", //~ ST0006
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Api6;

#[derive(SecureApi)]
#[secure(
    url = "https://db.corp:8443", //~ ST0006
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Api7;

#[derive(SecureApi)]
#[secure(
    url = "https://LOCALHOST.", //~ ST0006
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Api8;

#[derive(SecureApi)]
#[secure(
    url = "https://a.localhost", //~ ST0006
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Api9;

#[derive(SecureApi)]
#[secure(
    url = "https://127.1", //~ ST0006
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Api10;

#[derive(SecureApi)]
#[secure(
    url = "https://0177.0.0.1", //~ ST0006
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Api11;

#[derive(SecureApi)]
#[secure(
    url = "https://1.2.3.0x7f", //~ ST0006
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Api12;

#[derive(SecureApi)]
#[secure(
    url = "https://[fd00::1]:8443/v1", //~ ST0006
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Api13;

#[derive(SecureApi)]
#[secure(
    url = "https://[::1]", //~ ST0006
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Api14;

#[derive(SecureApi)]
#[secure(
    url = "https://metadata.google.internal", //~ ST0006
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Api15;

#[derive(SecureApi)]
#[secure(
    url = "https://1.0.0.127.in-addr.arpa", //~ ST0006
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Api16;

#[derive(SecureApi)]
#[secure(
    url = "https://localhost.localdomain", //~ ST0006
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Api17;

#[derive(SecureApi)]
#[secure(
    url = "https://com", //~ ST0006
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Api18;

#[derive(SecureApi)]
#[secure(
    url = "https://", //~ ST0103
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Api19;

#[derive(SecureApi)]
#[secure(
    url = "https://*.shop.example", //~ ST0103
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Api20;

#[derive(SecureApi)]
#[secure(
    url = "https://shöp.example", //~ ST0103
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Api21;

#[derive(SecureApi)]
#[secure(
    url = "https://sh_op.example", //~ ST0103
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Api22;

#[derive(SecureApi)]
#[secure(
    url = "https://a..shop.example", //~ ST0103
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Api23;

#[derive(SecureApi)]
#[secure(
    url = "https://-a.shop.example", //~ ST0103
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Api24;

/// Of a struct with another mistake, and of a token endpoint.
#[derive(SecureApi)]
#[secure(
    url = "https://169.254.169.254/latest", //~ ST0006
    scopes("*"), //~ ST0032
    auth(oauth2(
        token_url = "https://auth.lan/token", //~ ST0006
        client_id = "SHOP_CLIENT_ID",
        client_secret = "SHOP_CLIENT_SECRET",
    )),
    receives(public),
)]
pub struct Broken;

fn main() {}
