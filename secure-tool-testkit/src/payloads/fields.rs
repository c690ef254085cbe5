//! Undeclared fields that an API may accept.

use super::{Payload, payload};

/// The undeclared fields. The text of each payload is the name of the field.
pub(crate) const UNDECLARED: &[Payload] = &[
    payload("a role", "role", "APIs that bind the whole body to a record accept it"),
    payload("an owner", "user_id", "the record would belong to another user"),
    payload("an approval", "_confirm", "an API or a gateway may treat it as an approval"),
    payload("a prototype", "__proto__", "it changes all objects in JavaScript"),
    payload("a reference", "$ref", "an API that resolves it fetches a URL of the attacker"),
];
