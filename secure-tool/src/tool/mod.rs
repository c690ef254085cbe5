//! The traits that the derives implement, and the one that the developer of a handler writes.
//!
//! | derive | on | gives |
//! |--|--|--|
//! | [`SecureApi`] | a unit struct | one provider |
//! | [`SecureTool`] | the struct of a tool's arguments | one tool |
//! | [`SecureResponse`] | the struct of a tool's answer | its shape, and a redacting `Debug` |
//! | [`SecureValue`] | newtypes, enums and structs inside either | their shape |
//! | [`SecureToolset`] | a unit struct | an allowlist of tools |

mod code;
mod fetch;
mod handler;
mod scope;

use std::future::Future;

pub use code::{Answer, Arguments, Code};
pub(crate) use code::{Handle, Parsed};
pub use fetch::Fetch;
pub use handler::{Client, Context, Exchange, HandlerError};
pub(crate) use scope::{Notes, Scope};

use crate::spec::{Protection, ToolSpec, Trifecta};
pub use crate::spec::{SecureApi, SecureResponse, SecureValue};

/// One tool, by the type of its arguments. Derived by `#[derive(SecureTool)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no tool: nothing says what a call of it may do",
    label = "not a tool",
    note = "write `#[derive(SecureTool)] #[secure(api = …, get = \"/…\", scopes(…), response = …)]` on the struct of its arguments"
)]
pub trait SecureTool: Sized + Send + 'static {
    /// What it answers.
    type Response;
    /// Its policy and its code.
    const TOOL: Tool;
}

/// A tool whose work is not one HTTP request: `#[secure(handler, apis(…), effect = …, …)]` and this
/// trait.
///
/// Everything else of the pipeline is the same: the arguments are validated, grounded and confirmed
/// before `call`, and the answer is checked, redacted and neutralised after it.
///
/// ```
/// # use secure_tool::prelude::*;
/// # use secure_tool::{Context, Handler, HandlerError};
/// # #[derive(SecureApi)]
/// # #[secure(url = "https://api.shop.example/v1", scopes("products:read"), auth(bearer = "SHOP_API_KEY"), receives(public), rate_limit(600 / minute))]
/// # pub struct Shop;
/// # #[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
/// # pub struct Stock { total: u32 }
/// /// Counts what is in stock in two warehouses.
/// #[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
/// #[secure(handler, apis(Shop), effect = read, scopes("products:read"), response = Stock)]
/// pub struct CountStock {
///     #[secure(pattern = "[A-Z0-9-]{4,20}")]
///     sku: String,
/// }
///
/// impl Handler for CountStock {
///     async fn call(self, cx: Context<'_>) -> Result<Stock, HandlerError> {
///         let mut total = 0;
///         for warehouse in ["north", "south"] {
///             let stock: Stock = cx.api::<Shop>()?.get(&["stock", warehouse, &self.sku]).json().await?;
///             total += stock.total;
///         }
///         Ok(Stock { total })
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` says `handler`, but does not implement `Handler`",
    label = "no `call` method",
    note = "write `impl secure_tool::Handler for {Self} {{ async fn call(self, cx: Context<'_>) -> Result<Self::Response, HandlerError> {{ … }} }}`"
)]
pub trait Handler: SecureTool {
    /// Does the work. The context's client reaches the declared APIs only.
    ///
    /// # Errors
    ///
    /// Whatever went wrong; the model gets a constant text, the operator's log the detail.
    fn call(
        self,
        cx: Context<'_>,
    ) -> impl Future<Output = Result<Self::Response, HandlerError>> + Send;
}

/// The allowlist of one agent application. Derived by `#[derive(SecureToolset)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no set of tools",
    label = "not a toolset",
    note = "write `#[derive(SecureToolset)] #[secure(tools(…))] pub struct {Self};`"
)]
pub trait SecureToolset: 'static {
    /// Its name.
    const NAME: &'static str;
    /// The tools.
    const TOOLS: &'static [Tool];
    /// What is done where the set can read untrusted text, read private data, and carry data out.
    const TRIFECTA: Trifecta;
}

/// One tool without its types: its policy and its code.
#[derive(Debug, Clone, Copy)]
pub struct Tool {
    pub(crate) spec: &'static ToolSpec,
    pub(crate) code: Code,
}

impl Tool {
    #[doc(hidden)] // The derives call it.
    #[must_use]
    pub const fn new(spec: &'static ToolSpec, code: Code) -> Self {
        Self { spec, code }
    }

    /// The tool of this type.
    #[must_use]
    pub const fn of<T: SecureTool>() -> Self {
        T::TOOL
    }

    /// Its policy.
    #[must_use]
    pub const fn spec(&self) -> &'static ToolSpec {
        self.spec
    }

    /// Its code: schemas and the typed parse.
    #[must_use]
    pub const fn code(&self) -> &Code {
        &self.code
    }

    /// The same tool with one protection taken out: the unprotected twin against which the testkit
    /// first shows that an attack succeeds.
    ///
    /// A guard refuses it unless it was built with
    /// [`dangerously_accept_unprotected_tools`](crate::guard::Builder::dangerously_accept_unprotected_tools).
    /// The spec is leaked, once a call.
    #[must_use]
    pub fn dangerously_without(self, protection: Protection) -> Self {
        let spec = ToolSpec { removed: self.spec.removed.and(protection), ..*self.spec };
        Self { spec: Box::leak(Box::new(spec)), code: self.code }
    }
}
