//! LLM agent tools that call external APIs without being betrayed by the model or by the API.

mod code;
mod handler;
mod rules;
#[doc(hidden)]
pub mod spec;
mod tool;
pub mod value;

#[doc(hidden)]
pub mod __private;

pub use secure_tool_derive::*;
pub use tool::*;

/// What a file that declares tools wants in scope.
pub mod prelude {
    pub use schemars::JsonSchema;
    pub use serde::{Deserialize, Serialize};
    pub use validator::Validate;

    pub use crate::tool::{SecureApi, SecureResponse, SecureTool, SecureToolset, SecureValue};
}
