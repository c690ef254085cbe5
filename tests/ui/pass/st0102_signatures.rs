//! A signature declares its scheme and key, once.
use secure_tool::prelude::*;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
    headers("x-signature-nonce" = "of the provider's own"),
    sign(rfc9421 = ed25519, secret = "SHOP_SIGNING_KEY", key_id = "2026-10", tag = "shop"),
    verify(rfc9421 = hmac, keys("2026-10" = "SHOP_ANSWER_KEY", "2026-04" = "SHOP_ANSWER_KEY_OLD"), tag = "shop", max_age_seconds = 60, skew_seconds = 5)
)]
pub struct Rfc9421;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
    sign(rfc9421 = hmac, secret = "SHOP_SIGNING_KEY", key_id = "2026-10"),
    verify(rfc9421 = hmac, keys("2026-10" = "SHOP_ANSWER_KEY"))
)]
pub struct Hmac;

fn main() {
    assert!(Rfc9421::SPEC.sign.is_some() && Hmac::SPEC.verify.is_some());
}
