//! A stage cannot be skipped: each requires the proof of the previous one.
use secure_tool::pipeline::*;

fn no_admit(before: Attempt<'_>) {
    let _ = arguments(before); //~ E0308
}

fn no_arguments(before: Admitted<'_>) {
    let _ = validate(before); //~ E0308
}

fn no_validate(before: Arguments<'_>) {
    let _ = ground(before); //~ E0308
}

fn no_ground(before: Validated<'_>) {
    let _ = limit(before); //~ E0308
}

async fn no_limit(before: Grounded<'_>) {
    let _ = confirm(before).await; //~ E0308
}

async fn no_confirm(before: Permitted<'_>) {
    let _ = send(before).await; //~ E0308
}

fn no_send(before: Confirmed<'_>) {
    let _ = check(before); //~ E0308
}

fn no_check(before: Reply<'_>) {
    let _ = redact(before); //~ E0308
}

async fn no_redact(before: Checked<'_>) {
    let _ = inspect(before).await; //~ E0308
}

fn no_inspect(before: Redacted<'_>) {
    let _ = neutralise(before); //~ E0308
}

fn main() {}
