//! Approval before an effect: approval request, approver and decision.

use std::fmt;
use std::future::Future;
use std::io::{BufRead, Write};
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use crate::spec::Effect;

/// An approval request. It consists of typed fields of the call, and never of free-form text that
/// the model wrote as a whole.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Question {
    /// The digest of the call, which the approval is bound to.
    pub digest: String,
    /// The agent.
    pub agent: String,
    /// The tool.
    pub tool: &'static str,
    /// The effect of a call.
    pub effect: Effect,
    /// The destination of the call.
    pub destination: String,
    /// All arguments, never truncated.
    pub arguments: Vec<Shown>,
    /// The reasons for the request that come from arguments.
    pub why: Vec<String>,
}

/// One argument in an approval request.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Shown {
    /// The name of the argument.
    pub name: String,
    /// The value as JSON, with non-printable characters escaped.
    pub value: String,
    /// The source of the value: the user, a trusted response, or unknown.
    pub origin: &'static str,
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} wants to call {} ({:?}) at {}",
            self.agent, self.tool, self.effect, self.destination
        )?;
        for shown in &self.arguments {
            writeln!(f, "  {} = {}   [{}]", shown.name, shown.value, shown.origin)?;
        }
        for why in &self.why {
            writeln!(f, "  approval needed because {why}")?;
        }
        Ok(())
    }
}

/// The decision on an approval request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// Allows this call once. The audit record contains the approver's name.
    Approved {
        /// The approver.
        by: String,
    },
    /// Denies the call.
    Denied,
    /// Defers the decision to [`Session::decide`](crate::Session::decide). The call is pending
    /// until then.
    Later,
}

impl Decision {
    /// Returns an approval by this person.
    ///
    /// ```
    /// use secure_tool::Decision;
    ///
    /// let decision = Decision::approved_by("ann@corp.example");
    /// # let _ = decision;
    /// ```
    #[must_use]
    pub fn approved_by(who: impl Into<String>) -> Self {
        Self::Approved { by: who.into() }
    }
}

/// Decides on approval requests. A closure from a request to a decision is an approver. Without an
/// approver, calls that need approval are refused.
///
/// ```
/// use secure_tool::{Approver, Decision, Question};
///
/// fn small_amounts_only(question: &Question) -> Decision {
///     if question.tool == "refund" { Decision::approved_by("policy: refunds") } else { Decision::Denied }
/// }
/// # fn is_approver(_: impl Approver) {}
/// # is_approver(small_amounts_only);
/// ```
pub trait Approver: Send + Sync {
    /// Decides. A slow decision delays the call but not the session.
    fn ask<'a>(
        &'a self,
        question: &'a Question,
    ) -> Pin<Box<dyn Future<Output = Decision> + Send + 'a>>;
}

impl<F: Fn(&Question) -> Decision + Send + Sync> Approver for F {
    fn ask<'a>(
        &'a self,
        question: &'a Question,
    ) -> Pin<Box<dyn Future<Output = Decision> + Send + 'a>> {
        let decision = self(question);
        Box::pin(async move { decision })
    }
}

/// Requests approval on the terminal: writes the request to standard error and reads `yes`, or
/// anything else for a denial, from standard input. For local programs.
///
/// ```
/// use secure_tool::{ConsoleApprover, Guard};
///
/// let builder = Guard::builder().approver(ConsoleApprover::default());
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct ConsoleApprover;

impl Approver for ConsoleApprover {
    fn ask<'a>(
        &'a self,
        question: &'a Question,
    ) -> Pin<Box<dyn Future<Output = Decision> + Send + 'a>> {
        let text = format!("{question}Approve? Type yes: ");
        Box::pin(async move {
            // Reading a terminal blocks, so it runs outside of the async runtime's threads. If
            // reading fails, the call is denied.
            tokio::task::spawn_blocking(move || ask_terminal(&text))
                .await
                .unwrap_or(Decision::Denied)
        })
    }
}

/// Only one request at a time, so that a `yes` answers the request shown last.
static TERMINAL: Mutex<()> = Mutex::new(());

fn ask_terminal(text: &str) -> Decision {
    let _alone = TERMINAL.lock().unwrap_or_else(PoisonError::into_inner);
    let mut line = String::new();
    let asked = std::io::stderr()
        .lock()
        .write_all(text.as_bytes())
        .and_then(|()| std::io::stdin().lock().read_line(&mut line));
    if asked.is_ok() && line.trim() == "yes" {
        Decision::approved_by("console")
    } else {
        Decision::Denied
    }
}
