//! A judge that uses a model over the chat-completions protocol.
//!
//! | file | role |
//! |--|--|
//! | `builder` | the builder |
//! | `windows` | splits a long text into overlapping parts |
//! | `request` | builds a request: the task, the isolated text, the constrained answer |
//! | `connection` | sends a request over the guard's own transport |
//! | `answer` | parses the answer and accepts only a verdict |

mod answer;
mod builder;
mod connection;
mod request;
mod windows;

use std::fmt;
use std::time::Duration;

use secure_tool_text::detect::Confidence;
use tokio::sync::Semaphore;

pub use self::builder::ChatJudgeBuilder;
use self::connection::JudgeConnection;
use self::windows::windows;
use super::{Case, Judge, JudgeContext, Judging, Unjudged, Verdict};
use crate::error::Error;
use crate::keys::nonce;
use crate::posture::OwnConnection;
use crate::transport::Connection;

/// A judge that uses the chat-completions protocol (`POST …/chat/completions`), which most
/// providers and model servers support.
///
/// ```
/// use std::time::Duration;
/// use secure_tool::Connection;
/// use secure_tool::judge::ChatJudge;
///
/// # fn example() -> Result<(), secure_tool::Error> {
/// let judge = ChatJudge::builder("https://models.example/v1")
///     .model("small-1")
///     .secret("JUDGE_API_KEY")
///     .connection(Connection::new().max_age(Duration::from_mins(5)))
///     .deadline(Duration::from_secs(8))
///     .build()?;
/// # let _ = judge; Ok(())
/// # }
/// # example().expect("it is sound");
/// ```
///
/// Promises:
///
/// - **Connection.** It connects as every connection of the guard does: one host, checked
///   addresses, TLS 1.3, no redirects, timeouts and size limits.
/// - **Credential.** It comes from the guard's secret store by name, and the guard scrubs it from
///   responses like any other secret.
/// - **Isolated text.** The text is a JSON string in one line between delimiters with a nonce.
///   Characters that form delimiters, quotes, tags or the control tokens of chat templates are
///   escaped. The text can neither end its region nor start another message.
/// - **Constrained answer.** The request asks for a strict schema (`response_format`),
///   `temperature` 0 and few tokens. The judge accepts only one choice that stopped normally,
///   without tool calls, whose content is one JSON object. The object has one of 3 verdicts and a
///   code that was drawn for this request.
/// - **Whole text.** A text that is too long for its requests is not judged, and no part of it is
///   sent.
/// - **No leaks.** The judge extracts the verdict and discards the rest of the response. Errors
///   contain none of it.
///
/// It does not promise that the model is right. A text can persuade the model, and a wrong `clean`
/// looks like a right one. An instruction that spans the edge of a part, and is longer than the
/// overlap, is seen in two halves.
///
/// Failed requests are not retried, except once with another value of a rejected credential. Each
/// request sets `temperature` and `max_tokens`, so the model must support them.
pub struct ChatJudge {
    url: String,
    model: String,
    /// The name of the credential, or the reason for sending none.
    credential: Result<String, String>,
    connection: Connection,
    deadline: Duration,
    most_characters: usize,
    most_requests: usize,
    permits: Semaphore,
    /// Set when the guard is built.
    connected: Option<JudgeConnection>,
}

impl ChatJudge {
    /// Starts building a judge. The base URL has `https`, a host name, an optional port and an
    /// optional path. `/chat/completions` is appended.
    ///
    /// ```
    /// let builder = secure_tool::judge::ChatJudge::builder("https://models.example/v1");
    /// # let _ = builder;
    /// ```
    pub fn builder(url: impl Into<String>) -> ChatJudgeBuilder {
        ChatJudgeBuilder::new(url.into())
    }

    async fn decide(&self, case: &Case<'_>) -> Result<Verdict, Unjudged> {
        let connection = self.connected.as_ref().ok_or(Unjudged::Other)?;
        let parts = windows(case.text, self.most_characters, self.most_requests)
            .ok_or(Unjudged::TooLong)?;
        // A text waits for at most half of the deadline.
        let permit = tokio::time::timeout(self.deadline / 2, self.permits.acquire()).await;
        let _permit = permit.map_err(|_| Unjudged::Busy)?.map_err(|_| Unjudged::Other)?;
        let mut worst = Verdict::Clean;
        for (number, part) in parts.iter().enumerate() {
            let part = request::Part { text: part, number: number + 1, of: parts.len() };
            worst = worst.max(self.ask(connection, case, &part).await?);
            if worst == Verdict::Injection(Confidence::Strong) {
                break; // the worst verdict
            }
        }
        Ok(worst)
    }

    async fn ask(
        &self,
        server: &JudgeConnection,
        case: &Case<'_>,
        part: &request::Part<'_>,
    ) -> Result<Verdict, Unjudged> {
        // The mark delimits the text, and the code authenticates the answer. Both are drawn after
        // the text was written.
        let (mark, code) = nonce::<8>().zip(nonce::<8>()).ok_or(Unjudged::Other)?;
        let response =
            server.exchange(request::body(&self.model, case, part, &mark, &code)).await?;
        answer::verdict(&response, &code)
    }
}

impl Judge for ChatJudge {
    fn judge<'a>(&'a self, case: &'a Case<'a>) -> Judging<'a> {
        Box::pin(self.decide(case))
    }

    fn deadline(&self) -> Duration {
        self.deadline
    }

    fn open(&mut self, context: &JudgeContext<'_>) -> Result<(), Error> {
        let name = self.credential.as_deref().ok();
        self.connected =
            Some(JudgeConnection::open(&self.url, name, &self.connection, self.deadline, context)?);
        Ok(())
    }

    fn connections(&self) -> Vec<OwnConnection> {
        let described = self.connected.iter().map(JudgeConnection::described);
        described
            .map(|own| match &self.credential {
                Ok(_) => own,
                Err(reason) => own.weaker("the judge is called without a credential", reason),
            })
            .collect()
    }

    fn reconnect(&self) {
        if let Some(connection) = &self.connected {
            connection.reconnect();
        }
    }

    fn describe(&self) -> String {
        format!("model `{}` by chat completions", self.model)
    }
}

impl fmt::Debug for ChatJudge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL is left out: it can contain a password until the guard has checked it.
        f.debug_struct("ChatJudge")
            .field("model", &self.model)
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}
