//! A second model that reads what the first one is about to read: a text in, a verdict out, and
//! never a text ("dual LLM").
//!
//! A [`Judge`] is asked beside the [detectors](crate::detect), and as they it gives a signal.
//! Nothing of this crate's promises about effects rests on what it says: it is a model, and what it
//! reads was written by whoever wants to mislead it. A judge can add a finding and takes none away.
//!
//! | file | does |
//! |--|--|
//! | `terms` | when a judge is asked, what it may be told, what holds where it fails |
//! | `guard_judge` | the judge of one guard: asked within a deadline, of a text without secrets |
//! | `chat/` | [`ChatJudge`], which speaks the chat-completions protocol |
//!
//! ```no_run
//! use secure_tool::judge::{ChatJudge, OnFailure, When};
//! use secure_tool::{Clearance, Guard};
//!
//! # fn example() -> Result<(), secure_tool::Error> {
//! let judge = ChatJudge::builder("https://models.example/v1").model("small-1").secret("JUDGE_API_KEY").build()?;
//! let builder = Guard::builder().judge(judge, When::Flagged.receives(Clearance::Internal).on_failure(OnFailure::Flag));
//! # let _ = builder; Ok(())
//! # }
//! ```

mod chat;
mod guard_judge;
mod terms;

use std::fmt::{self, Debug};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

pub use chat::{ChatJudge, ChatJudgeBuilder};
pub(crate) use guard_judge::GuardJudge;
pub use terms::{OnFailure, Terms, When};

use secure_tool_text::detect::Confidence;

use crate::clock::Clock;
use crate::error::Error;
use crate::posture::OwnConnection;
use crate::secret::Keyring;
use crate::transport::{Pinned, Resolver, Roots};

/// What [`Judge::judge`] gives.
pub type Judging<'a> = Pin<Box<dyn Future<Output = Result<Verdict, Unjudged>> + Send + 'a>>;

/// Says whether a text tries to steer a model.
///
/// ```
/// use std::future;
/// use secure_tool::detect::Confidence;
/// use secure_tool::judge::{Case, Judge, Judging, Verdict};
///
/// /// A list of phrases that our own users fell for.
/// #[derive(Debug)]
/// struct Phrases(Vec<String>);
///
/// impl Judge for Phrases {
///     fn judge<'a>(&'a self, case: &'a Case<'a>) -> Judging<'a> {
///         let is_known = self.0.iter().any(|phrase| case.text.contains(phrase));
///         Box::pin(future::ready(Ok(if is_known { Verdict::Injection(Confidence::Strong) } else { Verdict::Clean })))
///     }
/// }
/// ```
pub trait Judge: Send + Sync + Debug {
    /// Judges a text. Dropped before it ends, it must leave nothing behind: the guard drops it at
    /// its deadline, or with the call.
    ///
    /// # Errors
    ///
    /// Why there is no verdict. A judge that has not read the whole text says so, and does not call
    /// it clean.
    fn judge<'a>(&'a self, case: &'a Case<'a>) -> Judging<'a>;

    /// The longest that one verdict may take; 5 seconds by default. The guard holds it to that, and
    /// to what is left of the tool's own deadline.
    fn deadline(&self) -> Duration {
        DEADLINE
    }

    /// Called once, when the guard is built, with what the guard lends to its judge. A judge that
    /// holds another hands it on. By default there is nothing to do.
    ///
    /// # Errors
    ///
    /// If it can't work so: then there is no guard.
    fn open(&mut self, context: &JudgeContext<'_>) -> Result<(), Error> {
        let _ = context;
        Ok(())
    }

    /// The connections that it makes itself, for [`Guard::posture`](crate::Guard::posture). By
    /// default none.
    fn connections(&self) -> Vec<OwnConnection> {
        Vec::new()
    }

    /// Lets go of its connections; see [`Guard::reconnect`](crate::Guard::reconnect). By default
    /// there is nothing to do.
    fn reconnect(&self) {}

    /// What it is, for the posture. By default the name of the type.
    fn describe(&self) -> String {
        let name = std::any::type_name::<Self>();
        name.rsplit("::").next().unwrap_or(name).to_owned()
    }
}

/// The longest that one verdict takes, where a judge says nothing else.
pub(crate) const DEADLINE: Duration = Duration::from_secs(5);

/// What is to be judged.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Case<'a> {
    /// The name of the tool whose answer it is; empty if it is of none.
    pub tool: &'a str,
    /// What the tool says of itself.
    pub description: &'a str,
    /// The text. Anyone may have written it. Secrets in use are not in it.
    pub text: &'a str,
}

impl<'a> Case<'a> {
    /// A text that is of no tool.
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        Self { tool: "", description: "", text }
    }

    /// As an answer of this tool.
    #[must_use]
    pub const fn of_tool(mut self, name: &'a str, description: &'a str) -> Self {
        (self.tool, self.description) = (name, description);
        self
    }
}

/// Not the text: it may be long, and it is nobody's to log.
impl Debug for Case<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case")
            .field("tool", &self.tool)
            .field("bytes", &self.text.len())
            .finish_non_exhaustive()
    }
}

/// What a judge says of a text. It can't hold a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// It does not try to steer a model. What detectors found in it stays found.
    Clean,
    /// It does, with this confidence. [`Confidence::Strong`] flags the text by itself.
    Injection(Confidence),
}

/// Why a text was not judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unjudged {
    /// It is longer than the judge reads.
    TooLong,
    /// It is of a higher class than the judge may be told.
    Withheld,
    /// The judge has as many texts before it as it takes.
    Busy,
    /// No verdict came in time.
    Timeout,
    /// There is no credential that may be sent, or it was refused.
    Credential,
    /// The judge's host can't be reached, could not prove who it is, or the exchange broke.
    Connection,
    /// It answered with another status than 200.
    Status,
    /// It answered, and not with a verdict in the form that was asked for.
    Malformed,
    /// Its provider does not let it judge this text.
    Declined,
    /// Anything else.
    Other,
}

impl Unjudged {
    /// The stable id, by which it stands among the findings of a call.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::TooLong => "judge.too_long",
            Self::Withheld => "judge.withheld",
            Self::Busy => "judge.busy",
            Self::Timeout => "judge.timeout",
            Self::Credential => "judge.credential",
            Self::Connection => "judge.connection",
            Self::Status => "judge.status",
            Self::Malformed => "judge.malformed",
            Self::Declined => "judge.declined",
            Self::Other => "judge.other",
        }
    }
}

impl fmt::Display for Unjudged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl std::error::Error for Unjudged {}

/// What a guard lends to its judge when it is built: its secret store, its clock, how it connects.
/// What is in it is for the judges of this crate; others hand it on.
pub struct JudgeContext<'a> {
    pub(crate) keyring: &'a Arc<Keyring>,
    pub(crate) clock: &'a Arc<dyn Clock>,
    pub(crate) resolver: &'a Arc<dyn Resolver>,
    pub(crate) roots: &'a Roots,
    pub(crate) pinned: &'a [Pinned],
}

impl Debug for JudgeContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JudgeContext").field("roots", self.roots).finish_non_exhaustive()
    }
}
