//! JSON text: a strict reader, the limits on a model's arguments, and a writer.
//!
//! `serde_json` parses the values. This reader adds what `serde_json` lacks: it checks limits
//! before a value is built, rejects duplicate keys, and walks a response by its shape without
//! building it.

mod inspect;
mod integers;
mod read;
mod write;

pub(crate) use inspect::{dismantle, inspect, inspect_value};
pub(crate) use integers::write_integers;
pub(crate) use read::{Fault, Reader};
pub(crate) use write::{escape_into, quote_into};
