//! What the expansion of the derives names. Nothing here is stable.

pub use crate::code::{Answer, Arguments, Code};
pub use crate::spec::*;
pub use crate::tool::{Handler, SecureApi, SecureResponse, SecureTool, SecureToolset, SecureValue, Tool};

pub mod check;
