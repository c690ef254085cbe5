//! Stages in another order do not compile.
use secure_tool::pipeline::*;

fn redact_before_check(reply: Reply<'_>) {
    let redacted = redact(reply); //~ E0308
    let _ = check(redacted); //~ E0308
}

async fn neutralise_before_inspect(redacted: Redacted<'_>) {
    if let Ok(neutral) = neutralise(redacted) { //~ E0308
        let _ = inspect(neutral).await; //~ E0308
    }
}

async fn confirm_before_limit(grounded: Grounded<'_>) {
    if let Ok(confirmed) = confirm(grounded).await { //~ E0308
        let _ = limit(confirmed); //~ E0308
    }
}

fn validate_after_ground(arguments: Arguments<'_>) {
    if let Ok(grounded) = ground(arguments) { //~ E0308
        let _ = validate(grounded); //~ E0308
    }
}

fn main() {}
