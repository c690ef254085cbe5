//! secure-tool-testkit.
