//! Safe tools for LLM agents that call external APIs.
//!
//! The developer annotates the request and response structs of a tool; the derives make a policy of
//! the annotations; a misconfiguration is a compile error ([`error_index`]); the guard enforces the
//! rest on every call.
//!
//! | to | see |
//! |--|--|
//! | declare an API, a tool, an answer, a value, a set | [`SecureApi`](macro@SecureApi), [`SecureTool`](macro@SecureTool), [`SecureResponse`](macro@SecureResponse), [`SecureValue`](macro@SecureValue), [`SecureToolset`](macro@SecureToolset) |
//! | do work that is not one HTTP request | [`Handler`] |
//! | put a guard together and open a conversation | [`Guard`], [`Agent`], [`Session`] |
//! | say whom an API's connections trust, and who they are | [`Connection`], [`Roots`], [`Pins`], [`Crls`], [`Identity`] |
//! | read what became of a call | [`Outcome`], [`Refusal`], [`Rule`] |
//! | be asked | [`Approver`] |
//! | keep credentials in a store, and the guard's own keys | [`Secrets`], [`keys`] |
//! | keep records, and verify them | [`audit`] |
//! | look for text that tries to steer a model | [`detect`] |
//! | have a second model look at it | [`judge`] |
//! | find and remove personal data and keys in free text | [`entities`] |
//! | take value types with their rules inside | [`value`] |
//! | verify webhooks, and sign | [`signing`] |
//!
//! An answer of an API is whole before anything of it is looked at: it is held up to
//! `limits(response_bytes = …)` of its tool, checked and redacted, and then shown or refused.
//! Streams of events (`text/event-stream`, lines of JSON) are refused. What comes in pieces is the
//! model's own text ([`Session::release_stream`]).
//!
//! It runs within a tokio runtime that has time and I/O enabled. It has no Cargo features: nothing
//! in a dependency tree can weaken it. What weakens it is a call of the builder whose name begins
//! with `dangerously`, with a reason, and shows in [`Guard::posture`].

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
// Public, so that what does not compile fails for its own reason, and not because a module is
// private.
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
#[doc(inline)]
pub use secure_tool_derive::*;
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

/// What a file that declares or serves tools wants in scope.
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
