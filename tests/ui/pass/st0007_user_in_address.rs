//! A base URL with a user name or a password is rejected.
use secure_tool::prelude::*;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Shop;

fn main() {
    let _ = Shop::SPEC;
}
