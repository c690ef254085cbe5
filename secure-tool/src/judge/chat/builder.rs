//! The builder of a chat judge: takes a URL, a model and the name of a credential.

use std::fmt;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::ChatJudge;
use crate::error::Error;
use crate::transport::Connection;

/// Allows a small model a few parts.
const DEADLINE: Duration = Duration::from_secs(10);
/// About 4,000 tokens of English text.
const MOST_CHARACTERS: usize = 16_000;
/// The minimum characters per request: below this, the prompt is longer than the text.
const FEWEST_CHARACTERS: usize = 256;
const MOST_REQUESTS: usize = 4;
const MOST_AT_ONCE: usize = 8;

/// Builds a [`ChatJudge`].
///
/// ```
/// use secure_tool::judge::ChatJudge;
///
/// # fn main() -> Result<(), secure_tool::Error> {
/// let judge = ChatJudge::builder("https://models.example/v1")
///     .model("small-1")
///     .secret("JUDGE_API_KEY")
///     .build()?;
/// # let _ = judge; Ok(())
/// # }
/// ```
#[must_use = "a builder has no effect until `build` is called"]
pub struct ChatJudgeBuilder {
    url: String,
    model: String,
    credential: Option<Result<String, String>>,
    connection: Connection,
    deadline: Duration,
    most_characters: usize,
    most_requests: usize,
    most_at_once: usize,
}

impl ChatJudgeBuilder {
    pub(super) fn new(url: String) -> Self {
        Self {
            url,
            model: String::new(),
            credential: None,
            connection: Connection::new(),
            deadline: DEADLINE,
            most_characters: MOST_CHARACTERS,
            most_requests: MOST_REQUESTS,
            most_at_once: MOST_AT_ONCE,
        }
    }

    /// Sets the model by the name that its server uses. Required.
    ///
    /// ```
    /// use secure_tool::judge::ChatJudge;
    ///
    /// let builder = ChatJudge::builder("https://models.example/v1").model("small-1");
    /// # let _ = builder;
    /// ```
    pub fn model(mut self, name: impl Into<String>) -> Self {
        self.model = name.into();
        self
    }

    /// Sets the name of the credential in the guard's secret store. The judge sends it as
    /// `authorization: Bearer …`. Required, unless
    /// [`dangerously_without_credential`](Self::dangerously_without_credential) is set.
    ///
    /// ```
    /// use secure_tool::judge::ChatJudge;
    ///
    /// let builder = ChatJudge::builder("https://models.example/v1").secret("JUDGE_API_KEY");
    /// # let _ = builder;
    /// ```
    pub fn secret(mut self, name: impl Into<String>) -> Self {
        self.credential = Some(Ok(name.into()));
        self
    }

    /// Sends no credential, for your own server that requires none.
    /// [`Guard::posture`](crate::Guard::posture) lists this with the reason.
    ///
    /// ```
    /// use secure_tool::judge::ChatJudge;
    ///
    /// let builder = ChatJudge::builder("https://models.corp.example/v1")
    ///     .dangerously_without_credential("our own model server, reachable from this host only");
    /// # let _ = builder;
    /// ```
    pub fn dangerously_without_credential(mut self, reason: impl Into<String>) -> Self {
        self.credential = Some(Err(reason.into()));
        self
    }

    /// Sets trust anchors, pins and the age limit of the credential. Default: the guard's trust
    /// anchors.
    ///
    /// ```
    /// use secure_tool::Connection;
    /// use secure_tool::judge::ChatJudge;
    ///
    /// let builder =
    ///     ChatJudge::builder("https://models.example/v1").connection(Connection::new());
    /// # let _ = builder;
    /// ```
    pub fn connection(mut self, connection: Connection) -> Self {
        self.connection = connection;
        self
    }

    /// Sets the maximum time of one verdict, for all parts of a text together. Default: 10 seconds.
    /// The remaining time of the tool's own deadline also applies.
    ///
    /// ```
    /// use secure_tool::judge::ChatJudge;
    /// use std::time::Duration;
    ///
    /// let builder =
    ///     ChatJudge::builder("https://models.example/v1").deadline(Duration::from_secs(3));
    /// # let _ = builder;
    /// ```
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets the maximum characters of text per request. Default: 16,000. Minimum: 256. A character
    /// takes up to 12 bytes in the request. A longer text is split into parts; each part repeats
    /// the last eighth of the previous part.
    ///
    /// ```
    /// use secure_tool::judge::ChatJudge;
    ///
    /// let builder = ChatJudge::builder("https://models.example/v1").most_characters(4_000);
    /// # let _ = builder;
    /// ```
    pub fn most_characters(mut self, most: usize) -> Self {
        self.most_characters = most;
        self
    }

    /// Sets the maximum number of parts of one text. Default: 4. Each part is one request. A text
    /// that needs more parts is not judged
    /// ([`Unjudged::TooLong`](crate::judge::Unjudged::TooLong)).
    ///
    /// ```
    /// use secure_tool::judge::ChatJudge;
    ///
    /// let builder = ChatJudge::builder("https://models.example/v1").most_requests(8);
    /// # let _ = builder;
    /// ```
    pub fn most_requests(mut self, most: usize) -> Self {
        self.most_requests = most;
        self
    }

    /// Sets the concurrency limit in texts. Default: 8. Further texts wait for at most half of
    /// their deadline.
    ///
    /// ```
    /// use secure_tool::judge::ChatJudge;
    ///
    /// let builder = ChatJudge::builder("https://models.example/v1").most_at_once(2);
    /// # let _ = builder;
    /// ```
    pub fn most_at_once(mut self, most: usize) -> Self {
        self.most_at_once = most;
        self
    }

    /// Builds the judge. It connects when it first judges a text.
    ///
    /// # Errors
    ///
    /// Returns an error if the model or the credential is not set, or a limit is zero or too low.
    /// The URL and the credential are checked when the guard is built.
    ///
    /// ```
    /// use secure_tool::judge::ChatJudge;
    ///
    /// let incomplete = ChatJudge::builder("https://models.example/v1").build();
    /// assert!(incomplete.is_err());
    /// ```
    pub fn build(self) -> Result<ChatJudge, Error> {
        let wrong = |what: &'static str| Error::configuration(format!("judge: {what}"));
        if self.model.is_empty() {
            return Err(wrong("no model is set; add `.model(…)`"));
        }
        let credential =
            self.credential.ok_or_else(|| wrong("no credential is set; add `.secret(…)`"))?;
        if self.most_characters < FEWEST_CHARACTERS {
            return Err(wrong("`most_characters` is below the minimum of 256"));
        }
        if self.most_requests == 0 || self.most_at_once == 0 || self.deadline.is_zero() {
            return Err(wrong("`most_requests`, `most_at_once` and `deadline` must not be zero"));
        }
        Ok(ChatJudge {
            url: self.url.trim_end_matches('/').to_owned(),
            model: self.model,
            credential,
            connection: self.connection,
            deadline: self.deadline,
            most_characters: self.most_characters,
            most_requests: self.most_requests,
            permits: Semaphore::new(self.most_at_once.min(Semaphore::MAX_PERMITS)),
            connected: None,
        })
    }
}

impl fmt::Debug for ChatJudgeBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL is left out: it can contain a password until the guard has checked it.
        f.debug_struct("ChatJudgeBuilder")
            .field("model", &self.model)
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}
