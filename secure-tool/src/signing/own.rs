//! The scheme of our own: a message and a key of HMAC in, its four fields out; or a signed message
//! in, what was verified out.
//!
//! `scheme.md` has the layout for others to implement: thirteen lines, none of which can hold a
//! line feed.

use ring::digest;

use super::canonical::canonical;
use super::component::Subject;
use super::key::{SigningKey, is_key_id};
use super::message::text as plain;
use super::policy::{Accepted, Policy, mark};
use super::unverified::Unverified;
use crate::keys::hex;

pub(super) const SIGNATURE: &str = "x-signature";
pub(super) const TIMESTAMP: &str = "x-signature-timestamp";
pub(super) const NONCE: &str = "x-signature-nonce";
pub(super) const KEY_ID: &str = "x-signature-key-id";
/// The first line.
const SCHEME: &str = "secure-tool-hmac-sha256-v1";

/// The parts of a signature that stand in header fields.
struct Statement<'a> {
    key_id: &'a str,
    timestamp: u64,
    nonce: &'a str,
}

/// The fields that sign a message.
pub(super) fn sign(
    key: &SigningKey,
    now: u64,
    nonce: &str,
    subject: Subject<'_>,
) -> Result<[(&'static str, String); 4], Unverified> {
    let statement = Statement { key_id: &key.id, timestamp: now, nonce };
    let (text, _) = text(&statement, subject)?;
    let signature = format!("v1={}", hex(&key.sign(text.as_bytes())));
    Ok([
        (KEY_ID, key.id.clone()),
        (TIMESTAMP, now.to_string()),
        (NONCE, nonce.to_owned()),
        (SIGNATURE, signature),
    ])
}

/// Verifies the signature of a message.
pub(super) fn verify(
    policy: &Policy,
    now: u64,
    subject: Subject<'_>,
) -> Result<Accepted, Unverified> {
    let message = subject.message();
    let (key_id, timestamp) = (message.once(KEY_ID)?, message.once(TIMESTAMP)?);
    let (nonce, signature) = (message.once(NONCE)?, message.once(SIGNATURE)?);
    let (Some(key_id), Some(timestamp), Some(nonce), Some(signature)) =
        (key_id, timestamp, nonce, signature)
    else {
        let any = key_id.or(timestamp).or(nonce).or(signature).is_some();
        return Err(if any { Unverified::Malformed } else { Unverified::Absent });
    };
    let timestamp = seconds(timestamp)
        .filter(|_| is_key_id(key_id) && is_nonce(nonce))
        .ok_or(Unverified::Malformed)?;
    let signature = signature.strip_prefix("v1=").and_then(unhex).ok_or(Unverified::Malformed)?;
    let key = policy.key(key_id)?;
    let until = policy.window(timestamp, None, now)?;
    let (text, body) = text(&Statement { key_id, timestamp, nonce }, subject)?;
    key.verify(text.as_bytes(), &signature)?;
    let mark = Some(mark(&[b"own", key_id.as_bytes(), nonce.as_bytes()]));
    Ok(Accepted { key_id: key.id.clone(), created: timestamp, until, mark, body })
}

/// The thirteen lines, and the body as it is signed.
fn text(statement: &Statement<'_>, subject: Subject<'_>) -> Result<(String, Vec<u8>), Unverified> {
    let (direction, request, status, answers) = match subject {
        Subject::Request(request) => ("request", request, String::new(), ""),
        Subject::Response(response, request) => {
            let answers = request.message.once(SIGNATURE)?.unwrap_or_default();
            ("response", request, format!("{:03}", response.status), answers)
        }
    };
    let address = request.address()?;
    let (kind, body) = body(subject)?;
    let (timestamp, query) = (
        statement.timestamp.to_string(),
        address.query.map(|query| format!("?{query}")).unwrap_or_default(),
    );
    let digest = hex(digest::digest(&digest::SHA256, &body).as_ref());
    let lines: [&str; 13] = [
        SCHEME,
        direction,
        statement.key_id,
        &timestamp,
        statement.nonce,
        request.method,
        &address.authority,
        address.path,
        &query,
        &status,
        answers,
        kind,
        &digest,
    ];
    for line in lines {
        plain(line.as_bytes())?;
    }
    Ok((lines.join("\n"), body))
}

/// What the body is, and what of it is signed.
fn body(subject: Subject<'_>) -> Result<(&'static str, Vec<u8>), Unverified> {
    let message = subject.message();
    if message.body.is_empty() {
        Ok(("none", Vec::new()))
    } else if message.is_json()? {
        let form = std::str::from_utf8(message.body).ok().and_then(canonical);
        form.map(|form| ("json", form)).ok_or(Unverified::Component)
    } else {
        Ok(("bytes", message.body.to_vec()))
    }
}

/// Digits only, so that a time has one form.
fn seconds(text: &str) -> Option<u64> {
    let sound = (1..=12).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| sound)
}

fn is_nonce(text: &str) -> bool {
    (16..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// 64 lower-case digits.
fn unhex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 64 {
        return None;
    }
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    text.as_bytes()
        .chunks_exact(2)
        .map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.last()?)?))
        .collect()
}
