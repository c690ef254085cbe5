//! Text in, findings and safer text out: prompt-injection detectors, recognizers of entities,
//! spotlighting and defanging.

mod begun;
pub mod defang;
pub mod detect;
pub mod entities;
mod error;
mod hex;
pub mod hidden;
pub mod host_name;
pub mod needles;
pub mod spotlighting;

/// What only the runtime of `secure-tool` uses. Not part of the public API.
#[doc(hidden)]
pub mod internal {
    pub use crate::begun::Begun;
    pub use crate::entities::mod_97;
    pub use crate::needles::{ROUNDS, escape_at};
}

pub use error::Error;
