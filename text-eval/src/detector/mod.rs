//! Trains and measures the built-in detector: takes labelled texts, returns weights or tables.
//!
//! | to | run |
//! |--|--|
//! | train the built-in model | `cargo run --release -p text-eval --bin train-detector -- FOLDER --write` |
//! | measure it on sources that it was not trained on | the same with `--leave-one-out` |
//! | measure the built-in detector | `cargo run --release -p text-eval --bin scan-eval -- FILE-or-FOLDER…` |

pub mod corpus;
pub mod disguise;
pub mod grammar;
pub mod measure;
pub mod rows;
pub mod train;
