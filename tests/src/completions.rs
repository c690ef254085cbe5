//! A **double** of a server that speaks the chat-completions protocol, without a model behind it: a
//! script of contents in, the completions that the public documentation of the protocol gives for
//! them out.
//!
//! It does what a model does that keeps to its task: it finds the code at the end of the system
//! message, and puts it into its answer. What our requests are is also held against the types of
//! another client, by `.ci/judge/run`.

use secure_tool::Connection;
use secure_tool::judge::{ChatJudge, ChatJudgeBuilder};
use secure_tool_testkit::hostile::{Builder, HostileApi, Request, Response};
use serde_json::{Value, json};

/// The host of the double.
pub const HOST: &str = "models.example";
/// The name of its credential.
pub const NAME: &str = "JUDGE_API_KEY";
/// Its credential.
pub const KEY: &str = "judge-canary-7d20c9b3e1";

/// A double of a server of models on loopback.
#[derive(Debug)]
pub struct Completions {
    /// What it runs on.
    pub api: HostileApi,
}

/// One request, as the server understands it.
#[derive(Debug)]
pub struct Asked {
    /// All of the body.
    pub body: Value,
    /// What the system message says.
    pub system: String,
    /// What the user's message says.
    pub user: String,
}

impl Completions {
    /// One that finds everything clean.
    pub async fn start() -> Self {
        Self::with(|builder| builder).await
    }

    /// With another certificate, or another version of TLS.
    pub async fn with(change: impl FnOnce(Builder) -> Builder) -> Self {
        let api = change(HostileApi::builder(HOST)).start().await.expect("loopback");
        let completions = Self { api };
        completions.finds("clean");
        completions
    }

    /// A judge that asks it, with the credential of this name.
    pub fn judge(&self) -> ChatJudgeBuilder {
        ChatJudge::builder(format!("https://{HOST}/v1/"))
            .model("small-1")
            .secret(NAME)
            .connection(Connection::new())
    }

    /// Gives this verdict from now on.
    pub fn finds(&self, verdict: &'static str) {
        self.finds_by(move |_| verdict);
    }

    /// Gives the verdict that a closure finds, which is given the text.
    pub fn finds_by(&self, verdict: impl Fn(&str) -> &'static str + Send + Sync + 'static) {
        self.api.respond_with(move |request| {
            let asked = Asked::read(request);
            Response::json(completion(&content(asked.code(), verdict(&asked.text()))).to_string())
        });
    }

    /// Answers with what a closure makes of the request.
    pub fn answers(&self, answer: impl Fn(&Asked) -> Response + Send + Sync + 'static) {
        self.api.respond_with(move |request| answer(&Asked::read(request)));
    }

    /// What it was asked since the last [`clear`](HostileApi::clear).
    pub fn asked(&self) -> Vec<Asked> {
        self.api.requests().iter().map(Asked::read).collect()
    }
}

impl Asked {
    /// Reads a request.
    pub fn read(request: &Request) -> Self {
        let body: Value = serde_json::from_slice(request.body()).expect("JSON");
        let message = |number: usize| {
            body["messages"][number]["content"].as_str().expect("a text").to_owned()
        };
        Self { system: message(0), user: message(1), body }
    }

    /// The code that an answer must hold.
    pub fn code(&self) -> &str {
        self.system.rsplit(' ').next().expect("a word")
    }

    /// The text that is to be judged.
    pub fn text(&self) -> String {
        let (_, rest) = self.user.split_once("\n⟦text ").expect("it begins");
        let (mark, rest) = rest.split_once("⟧\n").expect("it begins");
        let (text, end) = rest.split_once('\n').expect("one line");
        assert_eq!(end, format!("⟦end {mark}⟧"), "it ends with the message");
        serde_json::from_str(text).expect("a JSON string")
    }
}

/// The content of a sound answer.
pub fn content(code: &str, verdict: &str) -> String {
    json!({ "code": code, "verdict": verdict }).to_string()
}

/// A completion with this content.
pub fn completion(content: &str) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1_790_000_000, "model": "small-1-2026-08-01", "system_fingerprint": null,
        "choices": [{
            "index": 0, "finish_reason": "stop", "logprobs": null,
            "message": { "role": "assistant", "content": content, "refusal": null, "annotations": [] }
        }],
        "usage": { "prompt_tokens": 700, "completion_tokens": 20, "total_tokens": 720 }
    })
}
