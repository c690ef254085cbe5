//! A **test double** of a server with the chat-completions protocol, without a model. It returns
//! scripted completions in the form of the protocol's public documentation.
//!
//! The double behaves like a model that follows its task: it copies the code at the end of the
//! system message to its answer. The script `.ci/judge/run` also checks our requests against the
//! types of another client.

use secure_tool::Connection;
use secure_tool::judge::{ChatJudge, ChatJudgeBuilder};
use secure_tool_testkit::hostile::{Builder, HostileApi, Request, Response};
use serde_json::{Value, json};

/// The host of the double.
pub const HOST: &str = "models.example";
/// The name of the double's secret.
pub const NAME: &str = "JUDGE_API_KEY";
/// The double's secret.
pub const KEY: &str = "judge-canary-7d20c9b3e1";

/// The test double on loopback.
#[derive(Debug)]
pub struct Completions {
    /// The hostile API that the double uses.
    pub api: HostileApi,
}

/// A parsed request.
#[derive(Debug)]
pub struct JudgeRequest {
    /// The whole body.
    pub body: Value,
    /// The content of the system message.
    pub system: String,
    /// The content of the user message.
    pub user: String,
}

impl Completions {
    /// Starts a double that returns the verdict `clean` for each text.
    pub async fn start() -> Self {
        Self::with(|builder| builder).await
    }

    /// Starts a double with another certificate or TLS version.
    pub async fn with(change: impl FnOnce(Builder) -> Builder) -> Self {
        let api = change(HostileApi::builder(HOST)).start().await.expect("loopback");
        let completions = Self { api };
        completions.set_verdict("clean");
        completions
    }

    /// Returns the configuration of a judge that calls the double.
    pub fn judge(&self) -> ChatJudgeBuilder {
        ChatJudge::builder(format!("https://{HOST}/v1/"))
            .model("small-1")
            .secret(NAME)
            .connection(Connection::new())
    }

    /// Returns this verdict from now on.
    pub fn set_verdict(&self, verdict: &'static str) {
        self.set_verdict_by(move |_| verdict);
    }

    /// Returns the verdict that the closure returns for the text.
    pub fn set_verdict_by(&self, verdict: impl Fn(&str) -> &'static str + Send + Sync + 'static) {
        self.api.respond_with(move |request| {
            let asked = JudgeRequest::read(request);
            Response::json(completion(&content(asked.code(), verdict(&asked.text()))).to_string())
        });
    }

    /// Sends the response that the closure returns for the request.
    pub fn respond_with(
        &self,
        respond: impl Fn(&JudgeRequest) -> Response + Send + Sync + 'static,
    ) {
        self.api.respond_with(move |request| respond(&JudgeRequest::read(request)));
    }

    /// Returns the requests since the last [`clear`](HostileApi::clear).
    pub fn judge_requests(&self) -> Vec<JudgeRequest> {
        self.api.requests().iter().map(JudgeRequest::read).collect()
    }
}

impl JudgeRequest {
    /// Parses a request.
    pub fn read(request: &Request) -> Self {
        let body: Value = serde_json::from_slice(request.body()).expect("JSON");
        let message = |number: usize| {
            body["messages"][number]["content"].as_str().expect("a text").to_owned()
        };
        Self { system: message(0), user: message(1), body }
    }

    /// Returns the code that the answer must contain.
    pub fn code(&self) -> &str {
        self.system.rsplit(' ').next().expect("a word")
    }

    /// Returns the text to classify.
    pub fn text(&self) -> String {
        let (_, rest) = self.user.split_once("\n⟦text ").expect("an opening delimiter");
        let (mark, rest) = rest.split_once("⟧\n").expect("an opening delimiter");
        let (text, end) = rest.split_once('\n').expect("one line");
        assert_eq!(end, format!("⟦end {mark}⟧"), "the closing delimiter ends the message");
        serde_json::from_str(text).expect("a JSON string")
    }
}

/// Returns the content of a valid answer.
pub fn content(code: &str, verdict: &str) -> String {
    json!({ "code": code, "verdict": verdict }).to_string()
}

/// Returns a completion with this content.
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
