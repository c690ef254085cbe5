//! `Debug` of a field whose type may have none: its value where there is one, and dots where there
//! is not.
//!
//! The compiler finds the method of [`ShowDebug`] first, and that of [`ShowDots`] one reference
//! further on, where the first does not apply.

use std::fmt;

/// A field to be shown.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Show<'a, T>(pub &'a T);

/// Of types with `Debug`.
pub trait ShowDebug {
    /// The value.
    fn shown(&self) -> &dyn fmt::Debug;
}

impl<T: fmt::Debug> ShowDebug for Show<'_, T> {
    fn shown(&self) -> &dyn fmt::Debug {
        &self.0
    }
}

/// Of all types.
pub trait ShowDots {
    /// Dots.
    fn shown(&self) -> &dyn fmt::Debug;
}

impl<T> ShowDots for &Show<'_, T> {
    fn shown(&self) -> &dyn fmt::Debug {
        const DOTS: &dyn fmt::Debug = &format_args!("..");
        DOTS
    }
}
