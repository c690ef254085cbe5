//! An attribute with a secret instead of its name is rejected.
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
