//! The stages in their order compile.
use secure_tool::pipeline::*;

async fn in_order(attempt: Attempt<'_>) -> Result<(), Stop> {
    let admitted = admit(attempt)?;
    let arguments = arguments(admitted)?;
    let validated = validate(arguments)?;
    let grounded = ground(validated)?;
    let permitted = limit(grounded)?;
    let confirmed = confirm(permitted).await?;
    let reply = send(confirmed).await?;
    let checked = check(reply)?;
    let redacted = redact(checked);
    let inspected = inspect(redacted).await?;
    neutralise(inspected).map(drop)
}

fn main() {
    let _ = in_order;
}
