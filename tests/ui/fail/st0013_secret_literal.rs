//! An attribute with a secret instead of its name is rejected.
use secure_tool::prelude::*;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(bearer = "sk-0000example0000example0000"), //~ ST0013
    receives(public),
    headers("x-shop" = "ghp_0000example0000example0000") //~ ST0013
)]
pub struct Shop;

fn main() {}
