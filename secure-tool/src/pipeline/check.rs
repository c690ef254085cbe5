//! Stage 8: checks the API's response and keeps its declared parts. Schema drift is refused. The
//! body of an error response is never returned.

use super::call::{Call, Stop};
use super::draft::Draft;
use super::project::project;
use super::send::Reply;
use super::sent::Sent;
use crate::quota::position_cost;
use crate::refusal::Rule;
use crate::rules::Drift;
use crate::spec::{Protection, Shape};
use crate::transport::Response;

/// Proof that the response matches its declaration. Only `check` creates it.
#[derive(Debug)]
pub struct Checked<'c>((Sent<'c>, Draft));

impl<'c> Checked<'c> {
    /// The call.
    pub(super) fn open(self) -> (Sent<'c>, Draft) {
        self.0
    }
}

/// Checks the signature, status and content type, parses the response as its type, and keeps the
/// declared parts.
///
/// # Errors
///
/// Returns a refusal by a rule of [`Stage::Check`](crate::Stage::Check).
pub fn check(reply: Reply<'_>) -> Result<Checked<'_>, Stop> {
    let (mut sent, response) = reply.open();
    if let Some(why) = response.unverified
        && sent.spec().enforces(Protection::Signature)
    {
        // Without a valid signature, not even the status is known to come from the API.
        return Err(sent.refuse(Rule::Signature, &why.to_string()));
    }
    if sent.spec().enforces(Protection::Status)
        && let Some(rule) = refused_status(&response, sent.spec().response)
    {
        return Err(sent.refuse(rule, ""));
    }
    match read(&mut sent, &response.body) {
        Ok(draft) => {
            sent.trace.record.undeclared_fields = draft.undeclared;
            if draft.undeclared > 0 {
                sent.trace.record.undeclared_names = draft.names.len() as u64;
                sent.trace.record.new_names =
                    sent.tool.fields.add(sent.spec().name, draft.names.iter(), &sent.engine().keys);
            }
            Ok(Checked((sent, draft)))
        }
        Err(Unusable { rule, detail }) => Err(sent.refuse(rule, &detail)),
    }
}

/// Why a response can't be used.
struct Unusable {
    rule: Rule,
    detail: String,
}

impl From<Drift> for Unusable {
    fn from(drift: Drift) -> Self {
        Self { rule: Rule::Drift, detail: format!("{} at {}", drift.code, drift.at) }
    }
}

/// Checks the status and the content type. A handler's response has neither (status 0).
fn refused_status(response: &Response, shape: &Shape) -> Option<Rule> {
    match response.status {
        0 => None,
        204 | 205 => (!matches!(shape, Shape::Empty | Shape::Optional(_))).then_some(Rule::Drift),
        status => Rule::of_status(status).or_else(|| {
            let is_read = !matches!(shape, Shape::Empty);
            (is_read && !response.is_json()).then_some(Rule::ContentType)
        }),
    }
}

fn read(call: &mut Call<'_>, body: &[u8]) -> Result<Draft, Unusable> {
    let (spec, tool, session) = (call.spec(), call.tool, call.conversation);
    let project = |text: &str, shape| {
        project(
            text,
            shape,
            &tool.patterns,
            spec.limits.response_depth,
            session.agent().principal.as_deref(),
        )
    };
    if matches!(spec.response, Shape::Empty)
        || body.is_empty() && matches!(spec.response, Shape::Optional(_))
    {
        // The body is not read.
        return Ok(project("null", &Shape::Optional(&Shape::Empty))?);
    }
    make_room(call, position_cost(body))?;
    if !spec.enforces(Protection::Shape) || !spec.enforces(Protection::Status) {
        let text = String::from_utf8_lossy(body);
        return Ok(project(&text, &Shape::Any).or_else(|_| {
            project(&serde_json::Value::from(text.as_ref()).to_string(), &Shape::Any)
        })?);
    }
    let text = std::str::from_utf8(body)
        .map_err(|error| Drift { code: "utf8", at: format!("byte {}", error.valid_up_to()) })?;
    // Walk first: its drift error names the field.
    let draft = project(text, spec.response)?;
    make_room(call, draft.typed)?;
    (tool.tool.code.check)(text)?;
    Ok(draft)
}

/// Reserves the memory that a response needs besides its text.
fn make_room(call: &mut Call<'_>, bytes: usize) -> Result<(), Unusable> {
    if call.memory.grow(bytes) || !call.spec().enforces(Protection::BodyCap) {
        return Ok(());
    }
    Err(Unusable {
        rule: Rule::AnswerMemory,
        detail: "no memory for the response while other calls run".to_owned(),
    })
}
