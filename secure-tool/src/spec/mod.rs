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
mod injection;
mod judge;
mod links;
mod select;
mod shape;
mod signing;
mod tool;
mod traffic;
mod traits;
mod wire;

pub use api::{ApiSpec, Auth, ClientAuth, Per, Rate, Redirects};
pub use injection::OnInjection;
pub use judge::{OnFailure, When};
pub use links::Links;
pub use secure_tool_text::spotlighting::Spotlighting;
pub use select::{Select, Style};
pub(crate) use shape::Part;
pub use shape::{
    Author, Cap, Class, Field, Generalize, Integrity, Named, Place, Record, Redaction, Shape,
    Source, Tagging, Variant, Variants,
};
pub use signing::{Algorithm, Sign, Verify};
pub use tool::{
    Confirm, Effect, Escape, Limits, Method, PathPart, Protection, Removed, Route, ToolSpec,
    Trifecta, Work,
};
pub use traffic::{Breaker, Retries, Traffic};
pub use traits::{SecureApi, SecureResponse, SecureValue};
pub(crate) use wire::{MOST_TEXTS, RESERVED};
