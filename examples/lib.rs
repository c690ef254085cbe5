//! A course in examples, one file each: `cargo run --example quickstart`.
