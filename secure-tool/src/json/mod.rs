//! JSON as text: a strict reader, the limits on a model's arguments, and writing.
//!
//! `serde_json` stays the parser of values. This reader exists for what it doesn't do: to bound a
//! text before anything is built from it, to refuse duplicate keys, and to walk an answer by its
//! shape without building it.

mod inspect;
mod read;
mod write;

pub(crate) use inspect::{dismantle, inspect, inspect_value};
pub(crate) use read::{Fault, Reader};
pub(crate) use write::{escape_into, quote_into};
