//! Stage 5: grounded arguments in, a call that a quota was spent on out. An API that is left alone
//! for a while costs nothing, and nobody is asked in vain.

use serde_json::Value;

use super::call::{Call, Grounds, Stop, Typed};
use super::digest;
use super::ground::Grounded;
use crate::refusal::Rule;
use crate::rules::visit;
use crate::spec::{Cap, Part, Protection, Record};

/// Proof that quotas and caps allow the call, and were charged for it. Only `limit` makes one.
#[derive(Debug)]
pub struct Permitted<'c>((Call<'c>, Typed, Grounds));

impl<'c> Permitted<'c> {
    /// What it proves something about.
    pub(super) fn open(self) -> (Call<'c>, Typed, Grounds) {
        self.0
    }
}

/// Looks at the circuits of the tool's APIs, then charges the quotas of the tool, then of its APIs,
/// then the caps on amounts.
///
/// # Errors
///
/// A refusal by a rule of [`Stage::Limit`](crate::Stage::Limit).
pub fn limit(grounded: Grounded<'_>) -> Result<Permitted<'_>, Stop> {
    let (mut call, typed, grounds) = grounded.open();
    match charge(&mut call, &typed.value) {
        Err(rule) if call.spec().enforces(Protection::Quota) => Err(call.refuse(rule)),
        _ => Ok(Permitted((call, typed, grounds))),
    }
}

fn charge(call: &mut Call<'_>, arguments: &Value) -> Result<(), Rule> {
    let (quotas, spec, session) = (&call.engine().quotas, call.spec(), call.conversation);
    let mut clients = spec.apis.iter().filter_map(|api| call.engine().clients.get(api.name));
    if clients.any(|client| !client.breaker().admits(session.caller())) {
        return Err(Rule::CircuitOpen);
    }
    quotas.tool(spec.name, session.caller())?;
    for api in spec.apis {
        quotas.api(api.name, &session.agent().tenant)?;
    }
    let capped = amounts(spec.arguments, arguments);
    // The cap is of the call: amounts of one field count together, however many lines they stand
    // in.
    let sum = |name: &str| {
        capped
            .iter()
            .filter(|(field, ..)| *field == name)
            .map(|(.., amount)| amount.max(0.0))
            .sum::<f64>()
    };
    if capped.iter().any(|(field, cap, _)| sum(field) > cap.per_call) {
        return Err(Rule::CallCap);
    }
    if capped.is_empty() {
        return Ok(());
    }
    call.has_spent = true;
    let digest = session.state().approvals.known(digest::call(call, arguments));
    if session.state().approvals.take_deposit(&digest, quotas.today()) {
        return Ok(());
    }
    for (field, cap, amount) in capped {
        quotas.spend(
            format!("{}\0{}\0{field}", session.caller(), spec.name),
            amount,
            cap.per_day,
        )?;
    }
    Ok(())
}

/// The amounts that have caps, wherever they stand. What is absent at the top, or is no number, is
/// above every cap.
fn amounts(record: &'static Record, arguments: &Value) -> Vec<(&'static str, Cap, f64)> {
    let mut is_capped = false;
    record.each_argument(&mut |part| {
        is_capped |= matches!(part, Part::Field(field) if field.policy().cap.is_some());
        true
    });
    if !is_capped {
        return Vec::new();
    }
    let absent =
        record.arguments().filter(|field| arguments.get(field.name()).is_none_or(Value::is_null));
    let mut amounts: Vec<_> = absent
        .filter_map(|field| Some((field.name(), field.policy().cap?, f64::INFINITY)))
        .collect();
    visit(record, &mut arguments.clone(), &mut |_, field, _, value| {
        if let Some(cap) = field.policy().cap {
            amounts.push((field.name(), cap, value.as_f64().unwrap_or(f64::INFINITY)));
        }
    });
    amounts
}
