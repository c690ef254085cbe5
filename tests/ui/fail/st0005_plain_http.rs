//! A base URL without HTTPS is rejected.
use secure_tool::prelude::*;

#[derive(SecureApi)]
#[secure(
    url = "http://api.shop.example/v1", //~ ST0005
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Shop;

#[derive(SecureApi)]
#[secure(
    url = "api.shop.example", //~ ST0005
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Other;

fn main() {}
