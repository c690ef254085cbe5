//! The items that the cases share: two APIs, a response, and a handle.
#![allow(dead_code)]

use secure_tool::prelude::*;

/// An API without a rate.
#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example/v1",
    scopes("orders:read", "orders:write"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public, internal)
)]
pub struct Shop;

/// An API with one.
#[derive(SecureApi)]
#[secure(
    url = "https://mail.shop.example",
    scopes("mail:send"),
    auth(bearer = "MAIL_KEY"),
    receives(public, internal, pii),
    rate_limit(20 / hour)
)]
pub struct Mail;

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Order {
    pub total: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SecureValue)]
#[secure(handle, pattern = "[A-Z0-9-]{4,20}")]
pub struct Sku(String);
