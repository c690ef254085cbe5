//! The rules about types and between types, as constants that fail to compile if a rule is
//! violated.
//!
//! The derives emit `const _: () = check::…;` at the offending tokens. The functions read the facts
//! of a shape (`Shape::facts`). They therefore see through aliases, `Option`, lists and nested
//! structs, which a derive can't. They panic at compile time only.
//!
//! | file | rules on |
//! |--|--|
//! | `bounds` | the size of arguments |
//! | `fields` | the labels of one field |
//! | `apis` | what an API declares |
//! | `domains` | the domains of a URL |
//! | `selects` | the selection of fields by name |
//! | `sets` | the tools of one set |
//! | `given` | the handles and tokens that a set issues |

mod apis;
mod bounds;
mod domains;
mod fields;
mod given;
mod message;
mod selects;
mod sets;

pub use apis::{
    api_receives, effect_has_a_rate, header_is_free, header_is_not_of_signature,
    header_is_not_of_transport, host_is_public, scope_is_declared,
};
pub use bounds::argument_is_bounded;
pub(crate) use bounds::is_bounded;
pub(crate) use domains::has_domains;
pub use domains::{
    address_has_domains, address_has_source, carries_out, domain_is_a_name, domains_fit,
};
pub use fields::{
    cap_is_on_a_number, cut_fits, handle_is_a_handle, isolation_fits, newtype_fits,
    not_a_credential, nothing_hides_inside, place_fits, recipient_has_source, redaction_fits,
    response_words_fit, rules_fit, someone_is_asked, trusted_is_closed,
};
pub use selects::select_fits;
pub use sets::{
    folded, handles_are_given_out, names_differ, tokens_are_given_out, trifecta_is_answered,
};

use crate::spec::{Class, Shape};

/// Returns whether a response contains untrusted text.
#[must_use]
pub const fn holds_untrusted(shape: &Shape) -> bool {
    shape.facts().response.is_untrusted
}

/// Returns whether a response contains data above `public` that reaches the model.
#[must_use]
pub const fn holds_private(shape: &Shape) -> bool {
    !matches!(shape.facts().response.class, Class::Public)
}
