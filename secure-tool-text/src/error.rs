//! The error of this crate.

use std::borrow::Cow;
use std::fmt;

/// An invalid configuration, such as an allowlist entry that is not a host name.
///
/// The message names the rejected entry, unless the entry is confidential. It never contains a
/// value that [`Needles`](crate::needles::Needles) searches for.
///
/// ```
/// use secure_tool_text::Allowlist;
///
/// let error = Allowlist::new(vec!["https://shop.example".into()]).unwrap_err();
/// assert!(error.to_string().contains("`https://shop.example`"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(Cow<'static, str>);

impl Error {
    pub(crate) fn new(what: impl Into<Cow<'static, str>>) -> Self {
        Self(what.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}
