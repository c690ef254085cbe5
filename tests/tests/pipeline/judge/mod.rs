//! A judge that uses the chat-completions protocol, against a double of a model server
//! (`tests::completions`).

mod answers;
mod asked;
mod connection;
mod requests;

use std::time::Duration;

use secure_tool::guard::Builder;
use secure_tool::judge::{ChatJudgeBuilder, Judge, Terms, Unjudged, Verdict, When};
use tests::completions::{Completions, HOST, KEY, NAME};
use tests::{Bench, secrets};

/// A model server, and a guard whose judge uses it.
struct JudgeSetup {
    model: Completions,
    bench: Bench,
}

impl JudgeSetup {
    async fn new() -> Self {
        Self::with(Completions::start().await, |judge| judge).await
    }

    async fn with(
        model: Completions,
        change: impl FnOnce(ChatJudgeBuilder) -> ChatJudgeBuilder,
    ) -> Self {
        Self::built(model, change, |builder| builder).await
    }

    async fn built(
        model: Completions,
        change: impl FnOnce(ChatJudgeBuilder) -> ChatJudgeBuilder,
        guard: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let judge = change(model.judge()).build().expect("a sound judge");
        let bench = bench(&model, judge, When::Flagged, guard).await;
        Self { model, bench }
    }

    async fn judge(&self, text: &str) -> Result<Verdict, Unjudged> {
        self.bench.guard.judge(text).await.expect("the guard has a judge")
    }
}

/// Builds a guard with this judge that reaches the model server.
async fn bench(
    model: &Completions,
    judge: impl Judge + 'static,
    terms: impl Into<Terms>,
    change: impl FnOnce(Builder) -> Builder,
) -> Bench {
    Bench::with(|builder| {
        let secrets = secrets().with(NAME, KEY.to_owned());
        let builder = builder.secrets(secrets).dangerously_reach_host_at(
            HOST,
            model.api.addr(),
            "a test's own server",
        );
        change(builder.judge(judge, terms))
    })
    .await
}

/// A short deadline for tests that wait for it.
const SOON: Duration = Duration::from_millis(300);
