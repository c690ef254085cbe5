//! What goes wrong before any call: building a guard, opening a session, reading a log. What goes
//! wrong in a call is a [`Refusal`](crate::Refusal).

use std::borrow::Cow;
use std::fmt;

/// An error of the developer's or the operator's making. It names things (a secret's name, a tool,
/// a file), never a secret's value.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    what: Cow<'static, str>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What to do about an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The tools or the builder are at odds; change the code.
    Configuration,
    /// A secret is missing or can't be used; change the environment.
    Secret,
    /// The machine denied something: random numbers, a file, its trust roots.
    System,
}

impl Error {
    pub(crate) fn configuration(what: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: ErrorKind::Configuration, what: what.into(), source: None }
    }

    pub(crate) fn secret(what: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: ErrorKind::Secret, what: what.into(), source: None }
    }

    pub(crate) fn start(what: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: ErrorKind::System, what: what.into(), source: None }
    }

    pub(crate) fn because(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// With what it is about before it.
    pub(crate) fn of(mut self, what: &str) -> Self {
        self.what = format!("{what}: {}", self.what).into();
        self
    }

    /// What to do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn std::error::Error + 'static))
    }
}
