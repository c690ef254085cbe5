//! Policy as data: what a tool, an API and their values may do, as the derives wrote it down.
//!
//! A spec is the same for a tool written in Rust, for one read from a manifest, and for the
//! testkit's unprotected twins. The pipeline reads nothing else: it never sees the tool's types.
//! Specs are `'static` and made only of references and plain values, so that the derives can build
//! them in constants and the rules between types can be checked while compiling (see
//! `__private::check`).
//!
//! These types are public because the expansion of the derives names them. Their fields are not
//! part of the stable interface.

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
pub(crate) use redaction::{Leaves, RedactedType};
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
