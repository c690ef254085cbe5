//! A judge that speaks the chat-completions protocol: a text in, a verdict of a model out.
//!
//! | file | does |
//! |--|--|
//! | `builder` | puts one together |
//! | `windows` | cuts a long text into parts that overlap |
//! | `request` | writes a request: what the model is told, the text isolated, the answer constrained |
//! | `line` | sends it over the guard's own transport, with the judge's credential |
//! | `answer` | reads the answer, and takes nothing but a verdict |

mod answer;
mod builder;
mod line;
mod request;
mod windows;

use std::fmt;
use std::time::Duration;

use secure_tool_text::detect::Confidence;
use tokio::sync::Semaphore;

pub use self::builder::ChatJudgeBuilder;
use self::line::Line;
use self::windows::windows;
use super::{Case, Judge, JudgeContext, Judging, Unjudged, Verdict};
use crate::error::Error;
use crate::keys::nonce;
use crate::posture::OwnConnection;
use crate::transport::Connection;

/// A judge that speaks the chat-completions protocol (`POST …/chat/completions`), which most
/// providers and servers of models understand.
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
/// What it promises:
///
/// - It connects as every connection of the guard does: to the one host of its address, at
///   addresses that were checked, over TLS 1.3, without redirects, with deadlines and caps. Its
///   credential comes from the guard's secret store, by name, and is searched for in whatever
///   leaves, as every other.
/// - The text is isolated: it stands as a JSON string in one line between markers with a nonce,
///   with everything escaped of which markers, quotes, tags or the control tokens of a chat
///   template are made. It can neither end its region nor begin another message.
/// - The answer is constrained, by the protocol (`response_format` with a strict schema,
///   `temperature` 0, few tokens) and again here: one choice that stopped by itself, without tool
///   calls, whose content is one JSON object with a verdict of three and with a code that was drawn
///   for this very request. Anything else is no verdict.
/// - A text that is too long for its requests is not judged, rather than judged by its beginning.
///   Nothing is sent of it.
/// - What the server says is read for the verdict and goes nowhere else, errors included.
///
/// What it does not promise: that the model is right. A text may persuade it, as it may persuade
/// any model, and a wrong `clean` looks like a right one. An instruction that is cut in two by the
/// edge of a part, and is longer than the overlap, is seen in halves.
///
/// Its requests are not made again when they fail, but for one with another value of a credential
/// that was refused. `temperature` and `max_tokens` are part of each request: take a model that has
/// them.
pub struct ChatJudge {
    url: String,
    model: String,
    /// The name of its credential, or why it has none.
    credential: Result<String, String>,
    connection: Connection,
    deadline: Duration,
    most_characters: usize,
    most_requests: usize,
    places: Semaphore,
    /// There since the guard was built.
    line: Option<Line>,
}

impl ChatJudge {
    /// Begins a judge at this base address: https, a host name, an optional port and path, such as
    /// `https://models.example/v1`. `/chat/completions` is appended.
    pub fn builder(url: impl Into<String>) -> ChatJudgeBuilder {
        ChatJudgeBuilder::new(url.into())
    }

    async fn decide(&self, case: &Case<'_>) -> Result<Verdict, Unjudged> {
        let line = self.line.as_ref().ok_or(Unjudged::Other)?;
        let parts = windows(case.text, self.most_characters, self.most_requests)
            .ok_or(Unjudged::TooLong)?;
        // Half of the time at most is spent waiting for others.
        let place = tokio::time::timeout(self.deadline / 2, self.places.acquire()).await;
        let _place = place.map_err(|_| Unjudged::Busy)?.map_err(|_| Unjudged::Other)?;
        let mut worst = Verdict::Clean;
        for (number, part) in parts.iter().enumerate() {
            let part = request::Part { text: part, number: number + 1, of: parts.len() };
            worst = worst.max(self.ask(line, case, &part).await?);
            if worst == Verdict::Injection(Confidence::Strong) {
                break; // it can't become worse
            }
        }
        Ok(worst)
    }

    async fn ask(
        &self,
        line: &Line,
        case: &Case<'_>,
        part: &request::Part<'_>,
    ) -> Result<Verdict, Unjudged> {
        // The mark tells where the text ends, the code which answer is ours. They are drawn after
        // the text was written.
        let (mark, code) = nonce::<8>().zip(nonce::<8>()).ok_or(Unjudged::Other)?;
        let response = line.exchange(request::body(&self.model, case, part, &mark, &code)).await?;
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
        self.line = Some(Line::open(&self.url, name, &self.connection, self.deadline, context)?);
        Ok(())
    }

    fn connections(&self) -> Vec<OwnConnection> {
        let described = self.line.iter().map(Line::described);
        described
            .map(|own| match &self.credential {
                Ok(_) => own,
                Err(reason) => own.weaker("the judge is asked without a credential", reason),
            })
            .collect()
    }

    fn reconnect(&self) {
        if let Some(line) = &self.line {
            line.reconnect();
        }
    }

    fn describe(&self) -> String {
        format!("model `{}` by chat completions", self.model)
    }
}

impl fmt::Debug for ChatJudge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the address: it may hold a password until a guard has looked at it.
        f.debug_struct("ChatJudge")
            .field("model", &self.model)
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}
