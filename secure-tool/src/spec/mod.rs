//! Policy as data: the specifications of tools, APIs and their values, as the derives write them.
//!
//! A tool written in Rust, a tool from a manifest and the testkit's unprotected variants all use
//! the same specification. The pipeline reads only the specification and never the tool's types.
//! Specifications are `'static` and consist of references and plain values. The derives can
//! therefore build them in constants, and the rules between types run at compile time (see
//! `__private::check`).
//!
//! These types are public because the code that the derives generate names them. Their fields are
//! not part of the stable interface.

mod api;
mod argument;
mod facts;
mod field;
pub(crate) mod headers;
mod injection;
mod judge;
mod kind;
mod links;
mod redaction;
mod response;
mod select;
mod shape;
mod signing;
mod tool;
mod traffic;
mod traits;
mod wire;

pub use api::{ApiSpec, Auth, ClientAuth, Per, Rate, Redirects};
pub use argument::{Argument, ArgumentPolicy, Cap, Place, Source};
pub(crate) use facts::{ArgumentFacts, Counts, Misplaced, Unbounded};
pub use field::{Class, Field, Policy};
pub use injection::OnInjection;
pub use judge::{OnFailure, When};
pub use kind::Kind;
pub use links::Links;
pub use redaction::{Generalize, Redaction};
pub(crate) use redaction::{RedactedType, RemainingText};
pub use response::{Author, Integrity, ResponseField, ResponsePolicy};
pub use secure_tool_text::spotlighting::Spotlighting;
pub use select::{Select, Style};
pub(crate) use shape::{Directed, Part, Parts};
pub use shape::{Named, Record, Shape, Tagging, Variant, Variants};
pub use signing::{Algorithm, Sign, Verify};
pub use tool::{
    Confirm, Effect, Escape, Limits, Method, PathPart, Protection, Removed, Route, ToolSpec,
    Trifecta, Work,
};
pub use traffic::{Breaker, Retries, Traffic};
pub use traits::{SecureApi, SecureResponse, SecureValue};
pub(crate) use wire::{MOST_TEXTS, RESERVED};
