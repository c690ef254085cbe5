//! Items that the derives' generated code names. Nothing here is stable.

pub use crate::spec::*;
pub use crate::tool::{Answer, Arguments, Code, Handler, SecureTool, SecureToolset, Tool};

pub mod check;
mod show;

pub use show::{Show, ShowDebug, ShowDots};

/// The code of an HTTP tool and the shape of its response, combined so that a wrong type is
/// reported once.
#[must_use]
pub const fn http<T: Arguments, R: Answer>() -> (Code, &'static Shape) {
    (Code::http::<T, R>(), R::SHAPE)
}

/// The same for a handler.
#[must_use]
pub const fn handler<T: Arguments + Handler<Response = R>, R: Answer>() -> (Code, &'static Shape) {
    (Code::handler::<T, R>(), R::SHAPE)
}
