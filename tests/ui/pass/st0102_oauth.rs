//! An OAuth client requires a token URL and the names of its id and secret.
use secure_tool::prelude::*;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read", "https://www.shop.example/auth/orders.write"),
    auth(oauth2(token_url = "https://AUTH.shop.example:8443/oauth/token/", client_id = "SHOP_ID", client_secret = "SHOP_SECRET")),
    receives(public),
)]
pub struct Shop;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders read"),
    auth(bearer = "SHOP_KEY"),
    receives(public),
)]
pub struct Keyed;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(oauth2(token_url = "https://auth.shop.example/token", client_id = "ID", client_secret = "SECRET", client_auth = client_secret_post)),
    receives(public),
)]
pub struct Post;

fn main() {
    let _ = (Shop::SPEC, Keyed::SPEC, Post::SPEC);
}
