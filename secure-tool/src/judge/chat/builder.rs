//! A judge by chat completions, put together: an address, a model and a credential's name in, a
//! judge that a guard can open out.

use std::fmt;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::ChatJudge;
use crate::error::Error;
use crate::transport::Connection;

/// Long enough for a small model and a few parts.
const DEADLINE: Duration = Duration::from_secs(10);
/// About 4,000 tokens of English.
const MOST_CHARACTERS: usize = 16_000;
/// The fewest characters of a request: below, what is around a text is longer than the text.
const FEWEST_CHARACTERS: usize = 256;
const MOST_REQUESTS: usize = 4;
const MOST_AT_ONCE: usize = 8;

/// A judge that is being put together. See [`ChatJudge`].
#[must_use = "a builder does nothing before `build`"]
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

    /// The model, as its server names it.
    pub fn model(mut self, name: impl Into<String>) -> Self {
        self.model = name.into();
        self
    }

    /// The name of its credential in the guard's secret store; it is sent as `authorization: Bearer
    /// …`.
    pub fn secret(mut self, name: impl Into<String>) -> Self {
        self.credential = Some(Ok(name.into()));
        self
    }

    /// Sends no credential: for a server of one's own that asks for none. It stands in
    /// [`Guard::posture`](crate::Guard::posture) with the reason.
    pub fn dangerously_without_credential(mut self, reason: impl Into<String>) -> Self {
        self.credential = Some(Err(reason.into()));
        self
    }

    /// How to connect: whom to trust, which keys to expect, how old a credential may be. By default
    /// with the guard's roots.
    pub fn connection(mut self, connection: Connection) -> Self {
        self.connection = connection;
        self
    }

    /// The longest that one verdict may take, all parts of a text together; 10 seconds by default.
    /// What is left of the tool's own deadline may be less.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The most characters of a text that one request holds, 256 at least; 16,000 by default. In
    /// the request a character takes up to twelve bytes. A longer text is cut into parts, of which
    /// each repeats the last eighth of the one before it.
    pub fn most_characters(mut self, most: usize) -> Self {
        self.most_characters = most;
        self
    }

    /// The most parts of one text, each a request; 4 by default. A text that needs more is not
    /// judged ([`Unjudged::TooLong`](crate::judge::Unjudged::TooLong)).
    pub fn most_requests(mut self, most: usize) -> Self {
        self.most_requests = most;
        self
    }

    /// The most texts that are judged at once; 8 by default. Others wait for half of their deadline
    /// at most.
    pub fn most_at_once(mut self, most: usize) -> Self {
        self.most_at_once = most;
        self
    }

    /// Puts it together. It connects when it is asked.
    ///
    /// # Errors
    ///
    /// If it has no model, if nothing was said of its credential, or if a bound is zero or too low
    /// to be of use. The address and the credential are looked at when the guard is built.
    pub fn build(self) -> Result<ChatJudge, Error> {
        let wrong = |what: &'static str| Error::configuration(format!("judge: {what}"));
        if self.model.is_empty() {
            return Err(wrong("no model was named; write `.model(…)`"));
        }
        let credential = self
            .credential
            .ok_or_else(|| wrong("nothing says which credential it has; write `.secret(…)`"))?;
        if self.most_characters < FEWEST_CHARACTERS {
            return Err(wrong("a request holds 256 characters at least"));
        }
        if self.most_requests == 0 || self.most_at_once == 0 || self.deadline.is_zero() {
            return Err(wrong("it may make no request, or has no time for one"));
        }
        Ok(ChatJudge {
            url: self.url.trim_end_matches('/').to_owned(),
            model: self.model,
            credential,
            connection: self.connection,
            deadline: self.deadline,
            most_characters: self.most_characters,
            most_requests: self.most_requests,
            places: Semaphore::new(self.most_at_once.min(Semaphore::MAX_PERMITS)),
            line: None,
        })
    }
}

impl fmt::Debug for ChatJudgeBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the address: nobody has looked yet whether it holds a password.
        f.debug_struct("ChatJudgeBuilder")
            .field("model", &self.model)
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}
