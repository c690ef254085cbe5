//! A proof made elsewhere than in the file of its stage.
use secure_tool::pipeline;

fn admit<'c, T>(anything: T) {
    let _ = pipeline::admit::Admitted(anything); //~ E0603
}

fn arguments<'c, T>(anything: T) {
    let _ = pipeline::arguments::Arguments(anything); //~ E0603
}

fn validate<'c, T>(anything: T) {
    let _ = pipeline::validate::Validated(anything); //~ E0603
}

fn ground<'c, T>(anything: T) {
    let _ = pipeline::ground::Grounded(anything); //~ E0603
}

fn limit<'c, T>(anything: T) {
    let _ = pipeline::limit::Permitted(anything); //~ E0603
}

fn confirm<'c, T>(anything: T) {
    let _ = pipeline::confirm::Confirmed(anything); //~ E0603
}

fn send<'c, T>(anything: T) {
    let _ = pipeline::send::Reply(anything); //~ E0603
}

fn check<'c, T>(anything: T) {
    let _ = pipeline::check::Checked(anything); //~ E0603
}

fn redact<'c, T>(anything: T) {
    let _ = pipeline::redact::Redacted(anything); //~ E0603
}

fn neutralise<'c, T>(anything: T) {
    let _ = pipeline::neutralise::Neutral(anything); //~ E0603
}

fn main() {}
