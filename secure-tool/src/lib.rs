//! Safe tools for LLM agents that call external APIs.
//!
//! Annotate the request and response structs of a tool. The derives turn the annotations into a
//! policy, a misconfiguration is a compile error ([`error_index`]), and a [`Guard`] enforces the
//! policy on every call.
//!
//! # The five types that matter
//!
//! | type | role |
//! |--|--|
//! | [`SecureTool`](macro@SecureTool) | the derive that declares a tool, with [`SecureApi`](macro@SecureApi) for its API |
//! | [`Guard`] | holds the tools and enforces their policy; built once |
//! | [`Agent`] | the identity, scopes and clearance of a session |
//! | [`Session`] | one conversation: [`user_said`](Session::user_said), then [`call`](Session::call) |
//! | [`Outcome`] | the result of a call: an answer, a refusal or a pending approval |
//!
//! ```no_run
//! use secure_tool::prelude::*;
//!
//! /// The shop.
//! #[derive(SecureApi)]
//! #[secure(
//!     url = "https://api.shop.example/v1",
//!     scopes("products:read"),
//!     auth(bearer = "SHOP_API_KEY"),
//!     receives(public)
//! )]
//! struct Shop;
//!
//! /// Searches the catalogue.
//! #[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
//! #[secure(api = Shop, get = "/products", scopes("products:read"), response = Vec<Product>)]
//! struct SearchProducts {
//!     #[validate(length(min = 1, max = 80))]
//!     term: String,
//! }
//!
//! /// A product. `review` is untrusted text; the supplier's price never reaches the model.
//! #[derive(Serialize, Deserialize, JsonSchema, SecureValue)]
//! struct Product {
//!     review: String,
//!     #[secure(drop)]
//!     purchase_price: f64,
//! }
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let guard = Guard::builder()
//!     .tool(SearchProducts::TOOL)
//!     .secrets(EnvSecrets::new())
//!     .audit(JsonlAudit::open("audit.jsonl")?)
//!     .build()?;
//! let session = guard.session(Agent::new("support-bot").grant::<Shop>(["products:read"]))?;
//! session.user_said("Find me a blue kettle");
//! let outcome = session.call("search_products", r#"{"term":"blue kettle"}"#).await;
//! println!("{}", outcome.for_model());
//! # Ok(())
//! # }
//! ```
//!
//! # All tasks
//!
//! | task | items |
//! |--|--|
//! | declare APIs, tools, responses, values and sets | [`SecureApi`](macro@SecureApi), [`SecureTool`](macro@SecureTool), [`SecureResponse`](macro@SecureResponse), [`SecureValue`](macro@SecureValue), [`SecureToolset`](macro@SecureToolset) |
//! | do more than one HTTP request | [`Handler`] |
//! | set trust anchors, pins and client identities | [`Connection`], [`Roots`], [`Pins`], [`Crls`], [`Identity`] |
//! | read the result of a call | [`Outcome`], [`Refusal`], [`Rule`] |
//! | approve calls | [`Approver`], [`Session::decide`] |
//! | store credentials and the guard's keys | [`Secrets`], [`keys`] |
//! | record calls, and verify the records | [`audit`] |
//! | detect prompt injection | [`detect`], [`judge`] |
//! | find and redact personal data and keys in free text | [`entities`] |
//! | use value types with rules inside | [`value`] |
//! | sign requests, and verify webhooks | [`signing`] |
//!
//! # Limits
//!
//! A response is buffered up to `limits(response_bytes = …)` of its tool, then checked, redacted
//! and returned or refused as a whole. Event streams (`text/event-stream`, JSON lines) are refused.
//! Only the model's own final answer can be streamed ([`Session::release_stream`]).
//!
//! The crate needs a tokio runtime with time and I/O enabled. It has no Cargo features, so no
//! dependency can weaken it. A method that weakens a default starts with `dangerously`, requires a
//! reason, and is listed in [`Guard::posture`].

pub mod audit;
pub mod clock;
mod conversation;
mod engine;
mod error;
pub mod guard;
mod instructions;
mod json;
pub mod judge;
pub mod keys;
mod outcome;
// Public, so that compile-fail tests fail for their own reason, not because a module is private.
#[doc(hidden)]
pub mod pipeline;
mod policy;
mod posture;
mod quota;
mod redaction;
mod refusal;
mod release;
mod rules;
mod scrub;
mod secret;
mod session;
pub mod signing;
#[doc(hidden)]
pub mod spec;
mod tool;
mod transport;
pub mod value;
mod vault;

#[doc(hidden)]
pub mod __private;

pub use error::{Error, ErrorKind};
pub use guard::Guard;
pub use instructions::SPOTLIGHTING;
pub use outcome::{Answer, Outcome};
pub use policy::{Agent, Approver, Clearance, ConsoleApprover, Decision, Question, Shown};
pub use refusal::{Refusal, Rule, Stage};
pub use release::ReleaseStream;
pub use rules::Flaw;
pub use secret::{
    EnvSecrets, FileSecrets, FixedSecrets, PrefixedSecrets, Refreshing, Secret, SecretString,
    Secrets,
};
/// # Example
///
/// ```
/// use secure_tool::prelude::*;
///
/// /// The shop's public API.
/// #[derive(SecureApi)]
/// #[secure(
///     url = "https://api.shop.example/v1",
///     scopes("products:read", "orders:write"),
///     auth(bearer = "SHOP_API_KEY"),
///     receives(public, internal),
///     reviewed = "2026-09-01",
///     rate_limit(600 / minute),
/// )]
/// pub struct Shop;
/// ```
#[doc(inline)]
pub use secure_tool_derive::SecureApi;
/// # Example
///
/// ```
/// use secure_tool::prelude::*;
///
/// #[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
/// pub struct Customer {
///     /// Written by the shop, so it may fill arguments with `from = trusted`.
///     #[secure(trusted, written_by = provider)]
///     number: u32,
///     #[secure(pii, mask_email)]
///     email: String,
///     /// Untrusted by default.
///     note: String,
/// }
/// ```
#[doc(inline)]
pub use secure_tool_derive::SecureResponse;
/// # Example
///
/// ```
/// # use secure_tool::prelude::*;
/// # #[derive(SecureApi)]
/// # #[secure(url = "https://api.shop.example/v1", scopes("products:read"), auth(bearer = "SHOP_API_KEY"), receives(public), rate_limit(600 / minute))]
/// # pub struct Shop;
/// # #[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
/// # pub struct ProductPage { #[secure(trusted, written_by = provider)] total: u32 }
/// /// Searches the product catalogue.
/// #[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
/// #[secure(
///     api = Shop,
///     get = "/categories/{category}/products",
///     scopes("products:read"),
///     response = ProductPage,
/// )]
/// pub struct SearchProducts {
///     #[secure(pattern = "[a-z0-9-]{1,40}")]
///     category: String,
///     #[validate(length(min = 1, max = 80))]
///     term: String,
///     #[validate(range(min = 1, max = 50))]
///     limit: u8,
/// }
///
/// let tool = SearchProducts::TOOL; // for `Builder::tool`, or list it in a toolset
/// ```
#[doc(inline)]
pub use secure_tool_derive::SecureTool;
/// # Example
///
/// ```
/// # use secure_tool::prelude::*;
/// # #[derive(SecureApi)]
/// # #[secure(url = "https://api.shop.example/v1", scopes("products:read"), auth(bearer = "SHOP_API_KEY"), receives(public), rate_limit(600 / minute))]
/// # pub struct Shop;
/// # #[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
/// # pub struct Stock { #[secure(trusted, written_by = provider)] total: u32 }
/// # /// Counts the stock.
/// # #[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
/// # #[secure(api = Shop, get = "/stock", scopes("products:read"), response = Stock)]
/// # pub struct CountStock {}
/// /// The tools of the support bot.
/// #[derive(SecureToolset)]
/// #[secure(tools(CountStock), trifecta = confirm)]
/// pub struct SupportTools;
///
/// let builder = Guard::builder().toolset::<SupportTools>();
/// ```
#[doc(inline)]
pub use secure_tool_derive::SecureToolset;
/// # Example
///
/// ```
/// use secure_tool::prelude::*;
///
/// /// A product number. The model sees `Sku#1`.
/// #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SecureValue)]
/// #[serde(transparent)]
/// #[secure(handle, pattern = "[A-Z0-9-]{4,20}")]
/// pub struct Sku(String);
///
/// #[derive(Serialize, Deserialize, JsonSchema, SecureValue)]
/// pub struct Product {
///     #[secure(handle)]
///     sku: Sku,
///     review: String,
///     #[secure(pii, mask(keep_last = 4))]
///     supplier_phone: String,
///     #[secure(drop)]
///     purchase_price: f64,
/// }
/// ```
#[doc(inline)]
pub use secure_tool_derive::SecureValue;
pub use secure_tool_text::spotlighting::{Region, Spotlighting, marked_regions, regions};
#[doc(inline)]
pub use secure_tool_text::{detect, entities};
pub use session::{Definition, Quarantined, Session};
pub use tool::{
    Client, Context, Exchange, Fetch, Handler, HandlerError, SecureApi, SecureResponse, SecureTool,
    SecureToolset, SecureValue, Tool,
};
pub use transport::{
    Connection, Crls, FailureKind, Identity, Pins, Resolver, Roots, SystemResolver,
};
pub use vault::{VaultAuth, VaultBuilder, VaultSecrets};

#[doc = include_str!("error_index.md")]
pub mod error_index {}

/// The imports of a file that declares or serves tools.
///
/// ```
/// use secure_tool::prelude::*;
/// ```
pub mod prelude {
    pub use schemars::JsonSchema;
    pub use secure_tool_derive::*;
    pub use serde::{Deserialize, Serialize};
    pub use validator::Validate;

    pub use crate::audit::JsonlAudit;
    pub use crate::guard::Guard;
    pub use crate::outcome::Outcome;
    pub use crate::policy::{Agent, Clearance, ConsoleApprover};
    pub use crate::secret::EnvSecrets;
    pub use crate::session::Session;
    pub use crate::tool::{SecureApi, SecureResponse, SecureTool, SecureToolset, SecureValue};
}
