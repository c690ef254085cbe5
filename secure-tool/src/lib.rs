//! secure-tool.
