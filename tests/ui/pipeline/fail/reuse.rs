//! A proof cannot be used twice.
use secure_tool::pipeline::*;

fn twice_arguments(proof: Admitted<'_>) {
    let _ = arguments(proof);
    let _ = arguments(proof); //~ E0382
}

fn twice_validate(proof: Arguments<'_>) {
    let _ = validate(proof);
    let _ = validate(proof); //~ E0382
}

fn twice_ground(proof: Validated<'_>) {
    let _ = ground(proof);
    let _ = ground(proof); //~ E0382
}

fn twice_limit(proof: Grounded<'_>) {
    let _ = limit(proof);
    let _ = limit(proof); //~ E0382
}

async fn twice_confirm(proof: Permitted<'_>) {
    let _ = confirm(proof).await;
    let _ = confirm(proof).await; //~ E0382
}

async fn twice_send(proof: Confirmed<'_>) {
    let _ = send(proof).await;
    let _ = send(proof).await; //~ E0382
}

fn twice_check(proof: Reply<'_>) {
    let _ = check(proof);
    let _ = check(proof); //~ E0382
}

fn twice_redact(proof: Checked<'_>) {
    let _ = redact(proof);
    let _ = redact(proof); //~ E0382
}

async fn twice_inspect(proof: Redacted<'_>) {
    let _ = inspect(proof).await;
    let _ = inspect(proof).await; //~ E0382
}

fn twice_neutralise(proof: Inspected<'_>) {
    let _ = neutralise(proof);
    let _ = neutralise(proof); //~ E0382
}

fn main() {}
