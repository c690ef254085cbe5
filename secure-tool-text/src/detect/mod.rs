//! What to look for in text: characters that hide or overwrite others, secrets in use, and text
//! that tries to steer a model.
//!
//! Everything here is a signal or a replacement; no decision of the guard rests on a signal alone.
//! [`Scanner`] is the detector that ships, [`Detector`] the trait for others.

mod decode;
mod encoded;
mod fold;
mod gate;
mod letters;
mod literals;
mod lookalikes;
mod map;
mod model;
mod ordinary;
mod pattern;
mod report;
mod rule_file;
mod rules;
mod scanner;
#[doc(hidden)] // For the trainer in `text-eval`.
pub mod training;
mod triggers;
mod views;
mod windows;
mod words;
mod zones;

pub use report::{Confidence, Detector, MOST_SIGNALS, Report, Signal, THRESHOLD, View};
pub use scanner::Scanner;
