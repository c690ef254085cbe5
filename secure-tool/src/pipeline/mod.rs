//! The pipeline of one call: from the model's tool call to a response that the model may read, or a
//! refusal.
//!
//! | # | stage | returns | refuses |
//! |--|--|--|--|
//! | 1 | `admit` | `Admitted` | an unknown, forbidden or switched-off tool; too many attempts |
//! | 2 | `arguments` | `Arguments` | text that is too long, too deeply nested or not valid JSON |
//! | 3 | `validate` | `Validated` | arguments that violate the closed schema |
//! | 4 | `ground` | `Grounded` | a value without the required source |
//! | 5 | `limit` | `Permitted` | a call over a rate limit or spending limit |
//! | 6 | `confirm` | `Confirmed` | a call that is not approved |
//! | 7 | `send` | `Reply` | a request or response outside of the limits |
//! | 8 | `check` | `Checked` | a response that does not match its declaration |
//! | 9 | `redact` | `Redacted` | nothing |
//! | 10 | `inspect` | `Inspected` | a suspected prompt injection, if declared |
//! | 11 | `neutralise` | `Neutral` | a response that does not fit the session's limits |
//!
//! A stage takes the previous stage's proof and returns its own, which only its own file can
//! create. A proof owns the call and is not `Clone`. A skipped, reordered, forged or repeated stage
//! does not compile. The stages are not generic: a tool's types end at `Code`.

mod act;
pub mod admit;
pub mod arguments;
mod call;
pub mod check;
pub mod confirm;
mod digest;
mod draft;
mod free_text;
pub mod ground;
pub mod inspect;
mod joined;
mod judged;
pub mod limit;
pub mod neutralise;
mod project;
pub mod redact;
pub mod send;
mod sent;
pub mod validate;

pub(crate) use admit::may_call;
pub use admit::{Admitted, admit};
pub use arguments::{Arguments, arguments};
pub(crate) use call::Input;
pub use call::{Attempt, Call, Stop};
pub use check::{Checked, check};
pub use confirm::{Confirmed, confirm};
pub use ground::{Grounded, ground};
pub use inspect::{Inspected, inspect};
pub use limit::{Permitted, limit};
pub use neutralise::{Neutral, neutralise};
pub use redact::{Redacted, redact};
pub use send::{Reply, send};
pub use validate::{Validated, validate};

use crate::outcome::Answer;

/// Runs all stages of a call.
pub(crate) async fn run(attempt: Attempt<'_>) -> Result<Answer, Stop> {
    let admitted = admit(attempt)?;
    let arguments = arguments(admitted)?;
    let validated = validate(arguments)?;
    let grounded = ground(validated)?;
    let permitted = limit(grounded)?;
    let confirmed = confirm(permitted).await?;
    let reply = send(confirmed).await?;
    let checked = check(reply)?;
    let redacted = redact(checked);
    let inspected = inspect(redacted).await?;
    let neutral = neutralise(inspected)?;
    neutral.into_answer()
}
