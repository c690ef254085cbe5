//! Fields that no tool declares, and that an API may heed all the same.

use super::{Payload, payload};

/// The text is the name of the field.
pub(crate) const UNDECLARED: &[Payload] = &[
    payload("a role", "role", "APIs that fill their records from the body take it over"),
    payload("an owner", "user_id", "the record would belong to somebody else"),
    payload("an approval", "_confirm", "an API or a gateway may take it for the word of a person"),
    payload("a prototype", "__proto__", "in JavaScript it changes every object"),
    payload("a reference", "$ref", "an API that resolves it fetches what the attacker names"),
];
