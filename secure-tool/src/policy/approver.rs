//! Who is asked before an effect: a question in, a decision out.

use std::fmt;
use std::future::Future;
use std::io::{BufRead, Write};
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use crate::spec::Effect;

/// What a person is asked. Made of typed fields of the call, never of a text that the model wrote
/// as a whole.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Question {
    /// Names this very call: the digest that the approval is bound to.
    pub digest: String,
    /// The agent.
    pub agent: String,
    /// The tool.
    pub tool: &'static str,
    /// What a call of it changes.
    pub effect: Effect,
    /// Where it goes.
    pub destination: String,
    /// Its arguments, whole.
    pub arguments: Vec<Shown>,
    /// Why a person is asked, where an argument is the reason.
    pub why: Vec<String>,
}

/// One argument as a person sees it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Shown {
    /// The argument.
    pub name: String,
    /// Its value as JSON, with everything outside of printable characters escaped.
    pub value: String,
    /// Where it comes from: the user, a trusted answer, or nowhere that is known.
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
            writeln!(f, "  asked because {why}")?;
        }
        Ok(())
    }
}

/// What a person decided.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// This very call may be made, once. The name of who approved stands in the audit.
    Approved {
        /// Who.
        by: String,
    },
    /// It may not.
    Denied,
    /// The answer comes later, by [`Session::decide`](crate::Session::decide); until then the call
    /// is pending.
    Later,
}

impl Decision {
    /// Approved by this person.
    #[must_use]
    pub fn approved_by(who: impl Into<String>) -> Self {
        Self::Approved { by: who.into() }
    }
}

/// Who is asked. Closures from a question to a decision are approvers; without an approver, the
/// answer is no.
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
    /// Decides. It may take its time: the call waits, the session does not.
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

/// Asks on the terminal: the question on standard error, `yes` or anything else on standard input.
/// For local programs.
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
            // A terminal blocks: not on the runtime's thread. If it can't be read, the answer is
            // no.
            tokio::task::spawn_blocking(move || ask_terminal(&text))
                .await
                .unwrap_or(Decision::Denied)
        })
    }
}

/// One question at a time: a `yes` is for the one that was shown last.
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
