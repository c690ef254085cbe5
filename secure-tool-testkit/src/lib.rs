//! Attacks the tools of secure-tool from `cargo test`, through the model's arguments and through
//! the API's responses.
//!
//! ```
//! use secure_tool::prelude::*;
//!
//! /// A shop.
//! #[derive(SecureApi)]
//! #[secure(
//!     url = "https://api.shop.example/v1",
//!     scopes("products:read"),
//!     auth(bearer = "SHOP_API_KEY"),
//!     receives(public),
//!     rate_limit(600 / minute)
//! )]
//! pub struct Shop;
//!
//! /// One product.
//! #[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
//! pub struct Product {
//!     name: String,
//! }
//!
//! /// Finds a product.
//! #[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
//! #[secure(api = Shop, get = "/products", scopes("products:read"), response = Product)]
//! pub struct FindProduct {
//!     #[validate(length(min = 1, max = 80))]
//!     term: String,
//! }
//!
//! # async fn example() {
//! // In `#[tokio::test] async fn find_product_withstands_attacks()`:
//! secure_tool_testkit::attack::<FindProduct>().await.assert();
//! # }
//! ```
//!
//! The tests call no model, and no traffic leaves the machine. The API is a [hostile API](hostile)
//! on loopback with real TLS. Proptest generates honest arguments and responses from the tool's own
//! types, and each attack changes them. The same seed generates the same attacks. The [`Report`]
//! shows each successful attack with the smallest input that still succeeds.
//!
//! # Principles
//!
//! 1. Honest calls must succeed first. Otherwise a refused attack proves nothing: the call could be
//!    refused for another reason.
//! 2. Each attack first runs on an unprotected *twin*: the same tool without one protection. The
//!    same oracle must see the attack succeed there. Otherwise the class has
//!    [proved nothing](Verdict::ProvedNothing), and the test fails. The twin also lacks each other
//!    stage that would reject the payload earlier, such as the type check.
//! 3. An oracle judges by effects: bytes on the wire, texts for the model, audit records, the taint
//!    of the session. No oracle reads the text of a refusal.
//! 4. Missing evidence is a failure. The report gives a reason for each class that does not apply.
//!    A tool to which no class applies fails.
//!
//! # Classes
//!
//! There are 16 classes. [`Class`] documents for each one what it tries, which effect its oracle
//! looks for, and which protections its twin lacks.
//!
//! # Limits
//!
//! The attacks do not show that a model respects the delimiters, or that a declaration is right: a
//! field declared as trusted is treated as trusted. They do not test what a handler does with its
//! arguments and with the responses of its APIs, because the testkit does not know those types.

mod attack;
mod attempt;
mod harness;
pub mod hostile;
mod oracle;
mod payloads;
mod report;
mod strategy;
mod tokens;
mod twin;

pub use attack::{Attack, attack};
pub use report::{Class, ClassReport, Failure, Report, Verdict};
