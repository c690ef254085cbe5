//! A support bot that answers one question.

use secure_tool::prelude::*;
use shop_bot::{Shop, SupportTools};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let guard = Guard::builder()
        .toolset::<SupportTools>()
        .secrets(EnvSecrets::new())
        .audit(JsonlAudit::open("audit.jsonl")?)
        .build()?;
    println!("{}", guard.posture());

    let agent =
        Agent::new("support-bot").grant::<Shop>(["products:read"]).clearance(Clearance::Internal);
    let session = guard.session(agent)?;
    session.user_said("Find me a blue kettle under 40 euros");

    // A model would write this name and these arguments.
    let outcome = session
        .call("search_products", r#"{"category":"kettles","term":"blue kettle","limit":5}"#)
        .await;
    println!("{}", outcome.for_model());
    Ok(())
}
