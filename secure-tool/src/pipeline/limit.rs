//! Stage 5: charges the rate limits and spending limits. An API whose circuit breaker is open costs
//! no quota, and no approval is requested.

use serde_json::Value;

use super::call::{Call, Provenance, Stop, TypedArguments};
use super::digest;
use super::ground::Grounded;
use crate::refusal::Rule;
use crate::rules::visit;
use crate::spec::{Cap, Part, Protection, Record};

/// Proof that rate limits and spending limits allow the call and were charged. Only `limit` creates
/// it.
#[derive(Debug)]
pub struct Permitted<'c>((Call<'c>, TypedArguments, Provenance));

impl<'c> Permitted<'c> {
    /// The call.
    pub(super) fn open(self) -> (Call<'c>, TypedArguments, Provenance) {
        self.0
    }
}

/// Checks the circuit breakers of the tool's APIs. Then charges the rate limits of the tool and its
/// APIs, and the spending limits.
///
/// # Errors
///
/// Returns a refusal by a rule of [`Stage::Limit`](crate::Stage::Limit).
pub fn limit(grounded: Grounded<'_>) -> Result<Permitted<'_>, Stop> {
    let (mut call, typed, provenance) = grounded.open();
    match charge(&mut call, &typed.value) {
        Err(rule) if call.spec().enforces(Protection::Quota) => Err(call.refuse(rule)),
        _ => Ok(Permitted((call, typed, provenance))),
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
    // The limit applies to the call: all amounts of one field are added up.
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

/// Returns the amounts with spending limits. A missing or non-numeric amount exceeds every limit.
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
