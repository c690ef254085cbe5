//! An attribute holds the names of secrets, never secrets.
use secure_tool::prelude::*;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
    headers("x-shop" = "kettles")
)]
pub struct Shop;

fn main() {
    let _ = Shop::SPEC;
}
