//! Digests of canonical arguments, for approvals and audit records.

use serde_json::Value;

use super::call::Call;
use crate::keys::Purpose;

/// Returns the keyed digest of canonical arguments.
pub(super) fn arguments(call: &Call<'_>, arguments: &Value) -> String {
    call.engine().keys.digest(Purpose::Arguments, &[&canonical(arguments)])
}

/// Returns the digests that an approval of this call can be bound to. They cover session, tenant,
/// agent, tool and its specification, destination and canonical arguments. The first uses the
/// current key. The others use earlier keys, for outstanding approvals.
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

/// Returns canonical JSON (RFC 8785), but with exact integers. RFC 8785 writes every number as a
/// double, so two different calls could have the same digest.
fn canonical(value: &Value) -> Vec<u8> {
    let exact = exact(value);
    serde_json_canonicalizer::to_vec(&exact).unwrap_or_else(|_| exact.to_string().into_bytes())
}

/// Returns the value with integers that a double can't represent as texts. The texts start with a
/// character that arguments can't contain.
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
