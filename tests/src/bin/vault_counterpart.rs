//! The double of Vault on loopback, so that another client can be set against it, and our own store
//! beside it: a command a line in, a line of JSON out.
//!
//! `.ci/vault/run` starts it. The first line out is `{"host", "port", "authority": hex, "token",
//! "secret_id"}`. `read` connects our store, has a guard send the secret that it read, and tells
//! what was sent; `seal` seals the double.

use std::io::Write;

use secure_tool::{Agent, Connection, Roots, Tool, VaultAuth, VaultSecrets};
use secure_tool_testkit::hostile::HostileApi;
use serde_json::{Value, json};
use tests::vault::{HOST, Vault};
use tests::{GetProduct, Guard, Shop, builder};

const SECRET_ID: &str = "secret-id-of-the-counterpart";

/// Returns the credential that a guard with our store sends.
async fn read(vault: &Vault) -> Result<Value, String> {
    let store = VaultSecrets::builder(format!("https://{HOST}:{}", vault.api.addr().port()))
        .connection(Connection::new().roots(Roots::Only(vec![vault.api.authority().to_vec()])))
        .dangerously_reach_at(vault.api.addr(), "a counterpart on this machine")
        .auth(VaultAuth::app_role("bot", SECRET_ID.to_owned()))
        .secret("SHOP_API_KEY", "bot/shop", "key")
        .connect()
        .await
        .map_err(|error| error.to_string())?;
    let shop =
        HostileApi::builder("api.shop.example").start().await.map_err(|error| error.to_string())?;
    let builder = builder(&[&shop])
        .tool(Tool::of::<GetProduct>())
        .secrets(store)
        .dangerously_without_audit("a counterpart");
    let guard = Guard::build(builder).map_err(|error| error.to_string())?;
    let session = guard
        .session(Agent::new("a").grant::<Shop>(["products:read"]))
        .map_err(|error| error.to_string())?;
    session.user_said("tell me of KT-2041");
    session.call("get_product", r#"{"sku":"KT-2041"}"#).await;
    let sent = shop
        .requests()
        .first()
        .and_then(|request| request.header("authorization").map(str::to_owned));
    Ok(json!({ "sent": sent }))
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let vault = Vault::start().await;
    vault.state().app_roles.insert("bot".into(), SECRET_ID.into());
    vault.state().tokens.insert("token-of-the-counterpart".into());
    let authority: Vec<String> =
        vault.api.authority().iter().map(|byte| format!("{byte:02x}")).collect();
    say(&json!({
        "host": HOST, "port": vault.api.addr().port(), "authority": authority.concat(), "token": "token-of-the-counterpart", "secret_id": SECRET_ID
    }))?;
    loop {
        // On a thread of its own: the double goes on meanwhile.
        let (length, line) = tokio::task::spawn_blocking(|| {
            let mut line = String::new();
            std::io::stdin().read_line(&mut line).map(|length| (length, line))
        })
        .await??;
        match (length, line.trim()) {
            (0, _) => return Ok(()),
            (_, "seal") => {
                vault.state().sealed = true;
                say(&json!({}))?;
            }
            _ => say(&read(&vault).await.unwrap_or_else(|error| json!({ "error": error })))?,
        }
    }
}

fn say(answer: &Value) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{answer}")?;
    out.flush()
}
