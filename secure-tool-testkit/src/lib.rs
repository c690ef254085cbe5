//! secure-tool-testkit.

pub mod hostile;
