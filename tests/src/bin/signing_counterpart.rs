//! The signatures of this crate behind lines of JSON, so that a program in another language can be
//! set against them: a command a line in, an outcome a line out.
//!
//! `.ci/signing/run` starts it. A command is `{"do": "sign" | "verify", "algorithm": "hmac" | "ed25519", "key": …, "key_id": …, "request": {"method", "url",
//! "fields": [[name, value], …], "body"}, "response": {"status", "fields", "body"} | null,
//! "covers": […] | null, "tag": … | null}`. The key to verify with is a public key, or the secret
//! of HMAC. The outcome is `{"fields": [[name, value], …]}`, `{"verified": body}`, `{"refused":
//! why}` or `{"error": why}`.

use std::io::{BufRead, Write};

use secure_tool::signing::{
    Receiver, Request, Response, Rfc9421Signer, Rfc9421Verifier, SigningKey, VerifyingKey,
};
use secure_tool::{Error, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Command {
    r#do: String,
    algorithm: String,
    key: String,
    key_id: String,
    request: Message,
    response: Option<Message>,
    covers: Option<Vec<String>>,
    tag: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    method: String,
    #[serde(default)]
    url: String,
    #[serde(default)]
    status: u16,
    fields: Vec<(String, String)>,
    body: String,
}

impl Message {
    fn fields(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_bytes()))
    }

    fn request(&self) -> Request<'_> {
        Request::new(&self.method, &self.url).fields(self.fields()).body(self.body.as_bytes())
    }

    fn response(&self) -> Response<'_> {
        Response::new(self.status).fields(self.fields()).body(self.body.as_bytes())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let command: Command = serde_json::from_str(&line?)?;
        let outcome = match command.r#do.as_str() {
            "sign" => sign(&command),
            _ => verify(&command),
        };
        writeln!(out, "{}", outcome.unwrap_or_else(|error| json!({ "error": described(&error) })))?;
        out.flush()?;
    }
    Ok(())
}

fn described(error: &Error) -> String {
    std::error::Error::source(error)
        .map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}

fn sign(command: &Command) -> Result<Value, Error> {
    let secret = SecretString::from(command.key.as_str());
    let key = match command.algorithm.as_str() {
        "hmac" => SigningKey::hmac(&command.key_id, &secret)?,
        _ => SigningKey::ed25519(&command.key_id, &secret)?,
    };
    let mut builder = Rfc9421Signer::builder(key);
    if let Some(covers) = &command.covers {
        builder = builder.covers(covers);
    }
    if let Some(tag) = &command.tag {
        builder = builder.tag(tag);
    }
    let signer = builder.build()?;
    let request = command.request.request();
    let fields = match &command.response {
        Some(response) => signer.response(&response.response(), &request)?,
        None => signer.request(&request)?,
    };
    Ok(json!({ "fields": fields }))
}

fn verify(command: &Command) -> Result<Value, Error> {
    let key = match command.algorithm.as_str() {
        "hmac" => VerifyingKey::hmac(&command.key_id, &SecretString::from(command.key.as_str()))?,
        _ => VerifyingKey::ed25519(&command.key_id, &command.key)?,
    };
    let mut builder = Rfc9421Verifier::builder().key(key);
    if let Some(covers) = &command.covers {
        builder = builder.covers(covers);
    }
    if let Some(tag) = &command.tag {
        builder = builder.tag(tag);
    }
    let verifier = Receiver::new(builder.build()?);
    let request = command.request.request();
    let proof = match &command.response {
        Some(response) => verifier.response(&response.response(), &request),
        None => verifier.request(&request),
    };
    Ok(match proof {
        Ok(proof) => json!({ "verified": String::from_utf8_lossy(proof.body()) }),
        Err(why) => json!({ "refused": why.to_string() }),
    })
}
