//! `Debug` for a field whose type may not implement it: shows the value if it does, and dots
//! otherwise.
//!
//! Method resolution finds the method of [`ShowDebug`] first. If its bound is not met, it finds the
//! method of [`ShowDots`] one reference further on.

use std::fmt;

/// A field to format.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Show<'a, T>(pub &'a T);

/// Implemented for types with `Debug`.
pub trait ShowDebug {
    /// Returns the value.
    fn shown(&self) -> &dyn fmt::Debug;
}

impl<T: fmt::Debug> ShowDebug for Show<'_, T> {
    fn shown(&self) -> &dyn fmt::Debug {
        &self.0
    }
}

/// Implemented for all types.
pub trait ShowDots {
    /// Returns dots.
    fn shown(&self) -> &dyn fmt::Debug;
}

impl<T> ShowDots for &Show<'_, T> {
    fn shown(&self) -> &dyn fmt::Debug {
        const DOTS: &dyn fmt::Debug = &format_args!("..");
        DOTS
    }
}
