//! A base address is out in the world, in whatever spelling.
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

fn main() {}
