//! The way of one call: text of the model in, an answer that it may read out, or a refusal.
//!
//! | # | stage | gives | refuses |
//! |--|--|--|--|
//! | 1 | `admit` | `Admitted` | a tool that is unknown, not granted, above the clearance or switched off; too many attempts |
//! | 2 | `arguments` | `Arguments` | text that is too long, too deep, or no sound JSON |
//! | 3 | `validate` | `Validated` | what the closed schema does not allow |
//! | 4 | `ground` | `Grounded` | a value that came neither from the user nor from a trusted source |
//! | 5 | `limit` | `Permitted` | what is over a quota |
//! | 6 | `confirm` | `Confirmed` | what a person does not approve |
//! | 7 | `send` | `Reply` | what can't be sent or answered within the limits |
//! | 8 | `check` | `Checked` | an answer that is not what was declared |
//! | 9 | `redact` | `Redacted` | nothing |
//! | 10 | `inspect` | `Inspected` | what seems to give orders, where a declaration says so |
//! | 11 | `neutralise` | `Neutral` | nothing but a session that is full |
//!
//! A stage takes the proof of the one before and gives its own, which only its own file can make. A
//! proof owns the call and is not `Clone`: a stage that is skipped, reordered, forged or used twice
//! does not compile. Nothing here is generic: a tool's types end at `Code`.

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

/// All of a call.
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
