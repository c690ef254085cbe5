//! The error type for everything outside a call: building a guard, opening a session, reading an
//! audit log. A failed call returns a [`Refusal`](crate::Refusal) instead.

use std::borrow::Cow;
use std::fmt;

/// An error that the developer or the operator can fix. The message names tools, files and secrets,
/// but never contains a secret's value.
///
/// ```
/// use secure_tool::ErrorKind;
/// use secure_tool::keys::EmbeddedKeys;
///
/// let error = EmbeddedKeys::from_root(&"too short".into()).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Secret);
/// ```
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    what: Cow<'static, str>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The kind of an [`Error`]: it says what to change.
///
/// ```
/// use secure_tool::{Error, ErrorKind};
///
/// fn hint(error: &Error) -> &'static str {
///     match error.kind() {
///         ErrorKind::Configuration => "change the code",
///         ErrorKind::Secret => "check the secret store",
///         _ => "check the machine",
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The tools or the builder are inconsistent. Change the code.
    Configuration,
    /// A secret is missing or unusable. Change the environment or the secret store.
    Secret,
    /// The operating system denied a resource: random numbers, a file or the system trust anchors.
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

    /// Prefixes the message with the subject of the error.
    pub(crate) fn of(mut self, what: &str) -> Self {
        self.what = format!("{what}: {}", self.what).into();
        self
    }

    /// Returns the kind of this error.
    ///
    /// ```
    /// use secure_tool::ErrorKind;
    /// use secure_tool::keys::EmbeddedKeys;
    ///
    /// let error = EmbeddedKeys::from_root(&"too short".into()).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Secret);
    /// ```
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
