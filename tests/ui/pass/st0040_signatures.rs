//! A weaker response signature requires a reason, and covers response components.
use secure_tool::prelude::*;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
    verify(
        rfc9421 = ed25519,
        keys("2026-10" = "SHOP_ANSWER_KEY"),
        covers("@status", "content-type", "date", "signature;req;key=\"sig1\""),
        reason = "the provider binds its answers to the request's signature"
    )
)]
pub struct Bound;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
    verify(rfc9421 = ed25519, keys("2026-10" = "SHOP_ANSWER_KEY"), covers("@status", "@method;req", "@target-uri;req", "content-type"))
)]
pub struct More;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
    sign(rfc9421 = ed25519, secret = "SHOP_SIGNING_KEY", key_id = "2026-10"),
    verify(
        rfc9421 = ed25519,
        keys("2026-10" = "SHOP_ANSWER_KEY"),
        covers("@status", "@method;req", "@target-uri;req", "signature;req", "date")
    )
)]
pub struct Named;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
    verify(rfc9421 = ed25519, keys("2026-10" = "SHOP_ANSWER_KEY"))
)]
pub struct Default;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
    sign(rfc9421 = hmac, secret = "SHOP_SIGNING_KEY", key_id = "2026-10"),
    verify(rfc9421 = hmac, keys("2026-10" = "SHOP_SIGNING_KEY"))
)]
pub struct OneJob;

fn main() {
    assert_eq!(Bound::SPEC.verify.map(|verify| verify.covers.len()), Some(4));
}
