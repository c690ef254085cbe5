//! A weaker response signature requires a reason, and covers response components.
use secure_tool::prelude::*;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
    verify(rfc9421 = ed25519, keys("2026-10" = "SHOP_ANSWER_KEY"), covers("@status", "@method;req", "@path;req", "@query;req")) //~ ST0040
)]
pub struct Loose;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
    verify(
        rfc9421 = ed25519,
        keys("2026-10" = "SHOP_ANSWER_KEY"),
        covers(
            "@status",
            "@target-uri;req",
            "@method", //~ ST0040
            "@status;req", //~ ST0040
            "@request-targets;req", //~ ST0040
            "Content-Type", //~ ST0040
            "date;tr", //~ ST0040
        ),
        reason = "the provider signs no method"
    )
)]
pub struct Odd;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
    verify(rfc9421 = ed25519, keys("2026-10" = "SHOP_ANSWER_KEY"), reason = "just so") //~ ST0040
)]
pub struct Idle;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
    verify(rfc9421 = ed25519, keys("2026-10" = "SHOP_ANSWER_KEY"), covers("@status", "@method;req", "@target-uri;req"), reason = "just so") //~ ST0040
)]
pub struct Complete;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
    sign(rfc9421 = hmac, secret = "SHOP_API_KEY", key_id = "2026-10"), //~ ST0040
    verify(
        rfc9421 = hmac,
        keys(
            "2026-10" = "SHOP_API_KEY", //~ ST0040
            "2026-04" = "SHOP_ANSWER_KEY",
        )
    )
)]
pub struct TwoJobs;

#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example",
    scopes("orders:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
    sign(rfc9421 = ed25519, secret = "SHOP_SIGNING_KEY", key_id = "2026-10"),
    verify(rfc9421 = ed25519, keys("2026-10" = "SHOP_ANSWER_KEY"), covers("@status", "@method;req", "@target-uri;req", "date")) //~ ST0040
)]
pub struct Unbound;

fn main() {}
