//! The type-erased code of a tool: a few functions over text and JSON, built once per tool by the
//! derive.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use validator::Validate;

use super::{Context, Handler, HandlerError, SecureResponse};
use crate::rules::{Drift, Flaw};

/// The bounds on the type of a tool's arguments.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a tool's arguments: it must be `Deserialize`, `JsonSchema` and `Validate`, and own what it holds",
    label = "one of the derives is missing",
    note = "write `#[derive(Deserialize, JsonSchema, Validate, SecureTool)]`, with `Validate` from the validator crate"
)]
pub trait Arguments: DeserializeOwned + JsonSchema + Validate + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema + Validate + Send + 'static> Arguments for T {}

/// The bounds on the type of a tool's response.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a tool's response: it must be `SecureResponse` (`SecureValue` is for the values inside), `Serialize`, `Deserialize` and `JsonSchema`",
    label = "one of the derives is missing",
    note = "write `#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]`; a list of values, `Vec<T>`, is a response too"
)]
pub trait Answer: Serialize + DeserializeOwned + JsonSchema + SecureResponse + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + JsonSchema + SecureResponse + 'static> Answer for T {}

pub(crate) type Parsed = Box<dyn Any + Send>;
pub(crate) type Work<'a> = Pin<Box<dyn Future<Output = Result<String, HandlerError>> + Send + 'a>>;

/// The `call` of a handler with its types erased.
pub(crate) type Handle = for<'a> fn(Parsed, Context<'a>) -> Work<'a>;

/// The code of one tool with its types erased.
#[derive(Clone, Copy)]
pub struct Code {
    pub(crate) arguments_schema: fn() -> Value,
    pub(crate) response_schema: fn() -> Value,
    pub(crate) parse: fn(&Value) -> Result<Parsed, Vec<Flaw>>,
    pub(crate) check: fn(&str) -> Result<(), Drift>,
    pub(crate) handle: Option<Handle>,
}

impl Code {
    /// Builds the code of a tool that sends one HTTP request.
    #[must_use]
    pub const fn http<T: Arguments, R: Answer>() -> Self {
        Self {
            arguments_schema: schema::<T>,
            response_schema: schema::<R>,
            parse: parse::<T>,
            check: check::<R>,
            handle: None,
        }
    }

    /// Builds the code of a tool with a handler.
    #[must_use]
    pub const fn handler<T: Arguments + Handler<Response = R>, R: Answer>() -> Self {
        Self { handle: Some(handle::<T, R>), ..Self::http::<T, R>() }
    }

    /// Builds the stub for a tool with compile errors. It has no bounds on types and never runs.
    #[doc(hidden)]
    #[must_use]
    pub const fn broken() -> Self {
        Self {
            arguments_schema: || Value::Bool(false),
            response_schema: || Value::Bool(false),
            parse: |_| Err(vec![Flaw::TYPE]),
            check: |_| Ok(()),
            handle: None,
        }
    }

    /// Returns the JSON schema of the arguments as the types define it, before it is closed.
    #[must_use]
    pub fn arguments_schema(&self) -> Value {
        (self.arguments_schema)()
    }

    /// Returns the JSON schema of the response as the API sends it.
    #[must_use]
    pub fn response_schema(&self) -> Value {
        (self.response_schema)()
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Code").field("handler", &self.handle.is_some()).finish_non_exhaustive()
    }
}

fn schema<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12()
        .for_deserialize()
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}

fn parse<T: Arguments>(arguments: &Value) -> Result<Parsed, Vec<Flaw>> {
    let typed: T = serde::Deserialize::deserialize(arguments).map_err(|_| vec![Flaw::TYPE])?;
    typed.validate().map_err(|errors| Flaw::of_validator(&errors))?;
    Ok(Box::new(typed))
}

fn check<T: DeserializeOwned>(answer: &str) -> Result<(), Drift> {
    serde_json::from_str::<T>(answer).map(drop).map_err(|error| Drift::of_serde(&error))
}

fn handle<T: Handler<Response = R>, R: Answer>(parsed: Parsed, cx: Context<'_>) -> Work<'_> {
    Box::pin(async move {
        let Ok(typed) = parsed.downcast::<T>() else {
            return Err(HandlerError::new("the arguments are of another type"));
        };
        let answer = typed.call(cx).await?;
        serde_json::to_string(&answer)
            .map_err(|_| HandlerError::new("the answer can't be written as JSON"))
    })
}
