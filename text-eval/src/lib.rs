//! Trains and measures the detector and the recognizers of `secure-tool-text`. Takes labelled
//! texts, returns weights or tables. Not published.
//!
//! | command | what it does |
//! |--|--|
//! | `train-detector` | trains the weights of the built-in detector, `model.bin` |
//! | `scan-eval` | measures the detector on labelled texts |
//! | `entities-eval` | measures the recognizers on labelled spans |

pub mod command;
pub mod detector;
pub mod entities;
