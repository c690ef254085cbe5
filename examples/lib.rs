//! Examples, one per file. Start with `cargo run --example quickstart`.
