//! A base URL with a user name or a password is rejected.
use secure_tool::prelude::*;

#[derive(SecureApi)]
#[secure(
    url = "https://shop:hunter2@api.shop.example", //~ ST0007
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
)]
pub struct Shop;

fn main() {}
