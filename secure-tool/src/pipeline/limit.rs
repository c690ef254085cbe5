//! Stage 5: grounded arguments in, a call that a quota was spent on out.

use serde_json::Value;

use super::call::{Call, Grounds, Stop, Typed};
use super::ground::Grounded;
use crate::refusal::Rule;
use crate::spec::Protection;

/// Proof that quotas and caps allow the call, and were charged for it. Only `limit` makes one.
#[derive(Debug)]
pub struct Permitted<'c>((Call<'c>, Typed, Grounds));

impl<'c> Permitted<'c> {
    /// What it proves something about.
    pub(super) fn open(self) -> (Call<'c>, Typed, Grounds) {
        self.0
    }
}

/// Charges the quotas of the tool, then of its APIs, then the caps on amounts.
///
/// # Errors
///
/// A refusal by a rule of [`Stage::Limit`](crate::Stage::Limit).
pub fn limit(grounded: Grounded<'_>) -> Result<Permitted<'_>, Stop> {
    let (call, typed, grounds) = grounded.open();
    match charge(&call, &typed.value) {
        Err(rule) if call.spec().enforces(Protection::Quota) => Err(call.refuse(rule)),
        _ => Ok(Permitted((call, typed, grounds))),
    }
}

fn charge(call: &Call<'_>, arguments: &Value) -> Result<(), Rule> {
    let (quotas, spec, session) = (&call.guard().quotas, call.spec(), call.session);
    quotas.tool(spec.name, session.caller())?;
    for api in spec.apis {
        quotas.api(api.name, &session.agent().tenant)?;
    }
    for field in spec.arguments.fields {
        let (Some(cap), Some(amount)) = (field.cap, arguments.get(field.name)) else { continue };
        // What is no number is above every cap.
        let amount = amount.as_f64().unwrap_or(f64::INFINITY);
        if amount > cap.per_call {
            return Err(Rule::CallCap);
        }
        quotas.spend(format!("{}\0{}\0{}", session.caller(), spec.name, field.name), amount, cap.per_day)?;
    }
    Ok(())
}
