//! secure-tool-derive.
