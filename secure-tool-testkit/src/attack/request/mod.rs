//! Attacks through the model's arguments, one file per class.

pub(super) mod authority;
pub(super) mod confirmation;
pub(super) mod flow;
pub(super) mod mass_assignment;
pub(super) mod quota;
pub(super) mod size_and_shape;
pub(super) mod ssrf;
pub(super) mod type_confusion;
pub(super) mod url_structure;
