//! LLM agent tools that call external APIs without being betrayed by the model or by the API.
//!
//! The developer annotates the request and response structs of a tool; the derives make a policy of the annotations; a misconfiguration is a compile
//! error; the guard enforces the rest on every call.

pub mod audit;
pub mod clock;
mod code;
mod detect;
mod error;
pub mod guard;
mod handler;
mod json;
mod keys;
mod marking;
mod outcome;
#[doc(hidden)] // Public, so that what does not compile fails for its own reason, and not because a module is private.
pub mod pipeline;
mod policy;
mod quota;
mod refusal;
mod release;
mod rules;
mod secret;
mod session;
#[doc(hidden)]
pub mod spec;
mod tool;
mod transport;
pub mod value;

#[doc(hidden)]
pub mod __private;

pub use error::{Error, ErrorKind};
pub use guard::Guard;
pub use handler::{Client, Exchange};
pub use marking::{SPOTLIGHTING, marked_regions};
pub use outcome::{Answer, Outcome};
pub use policy::{Agent, Approver, Clearance, ConsoleApprover, Decision, Question, Shown};
pub use refusal::{Refusal, Rule, Stage};
pub use rules::Flaw;
pub use secret::{EnvSecrets, FixedSecrets, SecretString, Secrets};
#[doc(inline)]
pub use secure_tool_derive::*;
pub use session::{Definition, Session};
pub use tool::*;
pub use transport::Roots;

/// What a file that declares tools wants in scope.
pub mod prelude {
    pub use schemars::JsonSchema;
    pub use secure_tool_derive::*;
    pub use serde::{Deserialize, Serialize};
    pub use validator::Validate;

    pub use crate::tool::{SecureApi, SecureResponse, SecureTool, SecureToolset, SecureValue};
}
