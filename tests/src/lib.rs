//! The tools, APIs, guards and test doubles that the tests share.
//!
//! The tools are written as applications write them. Each test starts its own hostile APIs on
//! loopback with real TLS. No traffic leaves the machine.

pub mod canary;
pub mod completions;
mod fixtures;
pub mod stores;
pub mod vault;
mod watched;

pub use fixtures::*;
pub use watched::{Guard, Records, ReleaseStream, Session};
