//! The traits that the derives implement, and [`Handler`], which a developer implements.
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

/// A tool, identified by the type of its arguments. Derived by `#[derive(SecureTool)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no tool: nothing says what a call of it may do",
    label = "not a tool",
    note = "write `#[derive(SecureTool)] #[secure(api = …, get = \"/…\", scopes(…), response = …)]` on the struct of its arguments"
)]
pub trait SecureTool: Sized + Send + 'static {
    /// The type of the response.
    type Response;
    /// The tool: its policy and its code.
    const TOOL: Tool;
}

/// A tool that does more than one HTTP request. Declare it with `#[secure(handler, apis(…), effect
/// = …, …)]` and implement this trait.
///
/// The pipeline is the same as for one request. Arguments are validated, grounded and approved
/// before `call`. The response is checked, redacted and neutralised after it.
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
    /// Does the work of the tool. The client of the context reaches only the declared APIs.
    ///
    /// # Errors
    ///
    /// Returns any failure. The model gets a constant text; the operator's log gets the detail.
    fn call(
        self,
        cx: Context<'_>,
    ) -> impl Future<Output = Result<Self::Response, HandlerError>> + Send;
}

/// The tools that one agent application may use. Derived by `#[derive(SecureToolset)]`.
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
    /// The decision on the lethal trifecta: a set that reads untrusted text, reads private data and
    /// sends data out.
    const TRIFECTA: Trifecta;
}

/// A tool with its types erased: its policy and its code.
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
/// let tools: Vec<secure_tool::Tool> = vec![CountStock::TOOL];
/// assert_eq!(tools[0].spec().name, "count_stock");
/// ```
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

    /// Returns the tool of a type.
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
    /// use secure_tool::Tool;
    ///
    /// let builder = Guard::builder().tool(Tool::of::<CountStock>());
    /// ```
    #[must_use]
    pub const fn of<T: SecureTool>() -> Self {
        T::TOOL
    }

    /// Returns the policy.
    #[must_use]
    pub const fn spec(&self) -> &'static ToolSpec {
        self.spec
    }

    /// Returns the code: schemas and the typed parse.
    #[must_use]
    pub const fn code(&self) -> &Code {
        &self.code
    }

    /// Returns the same tool without one protection. The testkit first shows that an attack
    /// succeeds against this twin.
    ///
    /// A guard rejects it unless it was built with
    /// [`dangerously_accept_unprotected_tools`](crate::guard::Builder::dangerously_accept_unprotected_tools).
    /// Each call of this function leaks one spec.
    #[must_use]
    pub fn dangerously_without(self, protection: Protection) -> Self {
        let spec = ToolSpec { removed: self.spec.removed.and(protection), ..*self.spec };
        Self { spec: Box::leak(Box::new(spec)), code: self.code }
    }
}
