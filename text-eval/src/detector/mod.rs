//! The shipped detector, trained and measured: labelled texts in, weights or tables out.
//!
//! | what | command |
//! |--|--|
//! | train the shipped model anew | `cargo run --release -p text-eval --bin train-detector -- FOLDER --write` |
//! | how well it does on sources that it was not trained on | the same with `--leave-one-out` |
//! | measure the shipped detector | `cargo run --release -p text-eval --bin scan-eval -- FILE-or-FOLDER…` |

pub mod corpus;
pub mod disguise;
pub mod grammar;
pub mod measure;
pub mod rows;
pub mod train;
