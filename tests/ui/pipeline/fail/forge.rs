//! A proof cannot be constructed outside the file of its stage.
use secure_tool::pipeline;

fn admit() {
    let _ = pipeline::admit::Admitted(loop {}); //~ E0603
}

fn arguments() {
    let _ = pipeline::arguments::Arguments(loop {}); //~ E0603
}

fn validate() {
    let _ = pipeline::validate::Validated(loop {}); //~ E0603
}

fn ground() {
    let _ = pipeline::ground::Grounded(loop {}); //~ E0603
}

fn limit() {
    let _ = pipeline::limit::Permitted(loop {}); //~ E0603
}

fn confirm() {
    let _ = pipeline::confirm::Confirmed(loop {}); //~ E0603
}

fn send() {
    let _ = pipeline::send::Reply(loop {}); //~ E0603
}

fn check() {
    let _ = pipeline::check::Checked(loop {}); //~ E0603
}

fn redact() {
    let _ = pipeline::redact::Redacted(loop {}); //~ E0603
}

fn inspect() {
    let _ = pipeline::inspect::Inspected(loop {}); //~ E0603
}

fn neutralise() {
    let _ = pipeline::neutralise::Neutral(loop {}); //~ E0603
}

fn main() {}
