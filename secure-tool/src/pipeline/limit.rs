//! Stage 5: grounded arguments in, a call that a quota was spent on out.

use serde_json::Value;

use super::call::{Call, Stop};
use super::ground::{Grounded, Origin};
use crate::code::Parsed;
use crate::refusal::Rule;
use crate::spec::Protection;

/// Proof that quotas and caps allow the call, and were charged for it. Only [`limit`] makes one.
pub struct Permitted<'c> {
    pub(super) call: Call<'c>,
    pub(super) value: Value,
    pub(super) parsed: Option<Parsed>,
    pub(super) why: Vec<String>,
    pub(super) origins: Vec<(String, Origin)>,
    _proof: (),
}

impl std::fmt::Debug for Permitted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Permitted").field("call", &self.call).finish_non_exhaustive()
    }
}

/// Charges the quotas of the tool, then of its APIs, then the caps on amounts.
///
/// # Errors
///
/// A refusal by a rule of [`Stage::Limit`](crate::Stage::Limit).
pub fn limit(grounded: Grounded<'_>) -> Result<Permitted<'_>, Stop> {
    let Grounded { call, value, parsed, why, origins, .. } = grounded;
    match charge(&call, &value) {
        Err(rule) if call.spec().enforces(Protection::Quota) => Err(call.refuse(rule)),
        _ => Ok(Permitted { call, value, parsed, why, origins, _proof: () }),
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
