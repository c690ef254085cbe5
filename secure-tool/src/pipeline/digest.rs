//! Digests over canonical arguments: what an approval is bound to and what the audit holds.

use serde_json::Value;

use super::call::Call;
use crate::keys::Purpose;

/// Returns the keyed digest of canonical arguments.
pub(super) fn arguments(call: &Call<'_>, arguments: &Value) -> String {
    call.engine().keys.digest(Purpose::Arguments, &[&canonical(arguments)])
}

/// Returns the digests that an approval of this call is bound to: over session, tenant, agent, tool
/// and its spec, destination, canonical arguments. The first is by the current key; the others are
/// by earlier ones, of which approvals may be outstanding.
pub(super) fn call(call: &Call<'_>, arguments: &Value) -> Vec<String> {
    let conversation = call.conversation;
    let agent = conversation.agent();
    let parts: [&[u8]; 6] = [
        conversation.id().as_bytes(),
        agent.tenant.as_bytes(),
        agent.name.as_bytes(),
        call.tool.digest.as_bytes(),
        call.tool.destination.as_bytes(),
        &canonical(arguments),
    ];
    call.engine().keys.approval_digests(&parts)
}

/// Canonical JSON (RFC 8785), but that integers stay whole: it writes all numbers as a double does,
/// and two orders could share a digest.
fn canonical(value: &Value) -> Vec<u8> {
    let exact = exact(value);
    serde_json_canonicalizer::to_vec(&exact).unwrap_or_else(|_| exact.to_string().into_bytes())
}

/// The value with integers that a double does not hold as texts, behind a character that no
/// argument has.
fn exact(value: &Value) -> Value {
    const WHOLE: u64 = 1 << 53;
    match value {
        Value::Number(number)
            if number
                .as_i64()
                .map(i64::unsigned_abs)
                .or(number.as_u64())
                .is_some_and(|size| size > WHOLE) =>
        {
            Value::String(format!("\0{number}"))
        }
        Value::Array(items) => items.iter().map(exact).collect(),
        Value::Object(members) => {
            members.iter().map(|(key, value)| (key.clone(), exact(value))).collect()
        }
        other => other.clone(),
    }
}
