//! A signature declares its scheme and key, once.
use secure_tool::prelude::*;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
    sign(rfc9421 = ed25519, secret = "SHOP_SIGNING_KEY"), //~ ST0102
    verify(keys()) //~ ST0102 ST0102
)]
pub struct Bare;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
    sign(rfc9421 = hmac, secret = "a secret", key_id = "a b"), //~ ST0102 ST0102
    verify(rfc9421 = rsa, keys("2026-10" = "SHOP_ANSWER_KEY", "2026-10" = "OTHER"), max_age_seconds = 0) //~ ST0100 ST0102 ST0034
)]
pub struct Odd;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
    sign(hmac, secret = "SHOP_SIGNING_KEY", key_id = "2026-10"), //~ ST0100 ST0102
    verify(hmac, keys("2026-10" = "SHOP_ANSWER_KEY")) //~ ST0100 ST0102
)]
pub struct NoScheme;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
    headers("Signature" = "none"), //~ ST0102
    sign(rfc9421 = ed25519, secret = "SHOP_SIGNING_KEY", key_id = "2026-10")
)]
pub struct Written;

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Order {
    total: u32,
}

#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Signed, get = "/orders", scopes("orders:read"), response = Order, headers("content-digest" = "none"))] //~ ST0103
pub struct Forge {
    #[secure(pattern = "[a-z]{1,20}", header = "signature-input")]
    input: String, //~ ST0103
}

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
    rate_limit(60 / minute),
    sign(rfc9421 = ed25519, secret = "SHOP_SIGNING_KEY", key_id = "2026-10")
)]
pub struct Signed;

fn main() {}
