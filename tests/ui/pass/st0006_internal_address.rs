//! A base URL or token endpoint without a public host is rejected in each spelling.
use secure_tool::prelude::*;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example:8443",
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Shop;

fn main() {
    let _ = Shop::SPEC;
}
