//! Shared by this package's targets.
