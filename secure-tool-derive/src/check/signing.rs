//! The rules of `sign(…)` and `verify(…)`.

use proc_macro2::Ident;
use syn::LitStr;

use super::api::secret_name;
use super::{one_of, positive, reason};
use crate::attr;
use crate::attr::words::Written;
use crate::codes;
use crate::diagnostics::{Errors, TextRule};
use crate::model::{Algorithm, Header, Sign, Verify};

/// The components that a response's signature must cover, unless a reason says why not. The
/// runtime's verifier has the same list.
const COVERED: [&str; 5] = ["@status", "@method;req", "@authority;req", "@path;req", "@query;req"];
/// The components that include several others.
const WHOLES: [(&str, &[&str]); 2] = [
    ("@target-uri;req", &["@authority;req", "@path;req", "@query;req"]),
    ("@request-target;req", &["@path;req", "@query;req"]),
];
/// The derived components of a request.
const OF_REQUEST: [&str; 8] = [
    "@method",
    "@target-uri",
    "@authority",
    "@scheme",
    "@request-target",
    "@path",
    "@query",
    "@query-param",
];

pub(super) fn sign(said: &Written<attr::Sign>, errors: &mut Errors) -> Option<Sign> {
    let written = said.as_ref().ok()?;
    let algorithm = algorithm(&written.word, &written.algorithm, attr::SIGN, errors);
    let secret = match &written.secret {
        Written::Present(literal) => secret_name(literal, errors),
        said => absent(
            &written.word,
            said,
            "`secret`",
            "the signing key is unknown",
            attr::SIGN,
            errors,
        ),
    };
    let key_id = match &written.key_id {
        Written::Present(literal) => key_id(literal, attr::SIGN, errors),
        said => absent(
            &written.word,
            said,
            "`key_id`",
            "a receiver can't tell the new key from the old one during a rotation",
            attr::SIGN,
            errors,
        ),
    };
    let tag = tag(&written.tag, "sign", attr::SIGN, errors);
    Some(Sign { algorithm: algorithm?, secret: secret?, key_id: key_id?, tag })
}

/// Checks `verify`. `signed` says whether requests are signed, so that a response can name its
/// request.
pub(super) fn verify(
    said: &Written<attr::Verify>,
    signed: bool,
    errors: &mut Errors,
) -> Option<Verify> {
    let written = said.as_ref().ok()?;
    let algorithm = algorithm(&written.word, &written.algorithm, attr::VERIFY, errors);
    let keys = match &written.keys {
        Written::Present(_) => keys(written, errors),
        said => absent(
            &written.word,
            said,
            "`keys`",
            "no response could be verified",
            attr::VERIFY,
            errors,
        ),
    };
    let tag = tag(&written.tag, "verify", attr::VERIFY, errors);
    let (covers, reason) = covers(written, signed, errors);
    let seconds = |said: &Written<syn::LitInt>, what: &str, errors: &mut Errors| match said {
        Written::Present(literal) => positive::<u32>(literal, what, attr::VERIFY, errors),
        _ => None,
    };
    let max_age = seconds(&written.max_age, "the age of a signature", errors);
    let skew = seconds(&written.skew, "the skew of clocks", errors);
    Some(Verify { algorithm: algorithm?, keys: keys?, tag, covers, reason, max_age, skew })
}

/// Rejects headers of the API that a signature adds.
pub(super) fn headers(headers: &[Header], errors: &mut Errors) {
    for header in headers {
        errors.defer(header.span, TextRule::SignatureField, &header.name);
    }
}

/// Rejects a key that is also sent as the credential.
pub(super) fn one_job(written: &attr::Api, errors: &mut Errors) {
    let Written::Present(attr::Auth::Bearer { secret } | attr::Auth::Header { secret, .. }) =
        &written.auth
    else {
        return;
    };
    let mut names = Vec::new();
    if let Written::Present(attr::Sign { secret: Written::Present(name), .. }) = &written.sign {
        names.push(name);
    }
    if let Written::Present(attr::Verify { keys: Written::Present(keys), .. }) = &written.verify {
        names.extend(keys.items.iter().map(|pair| &pair.value));
    }
    for name in names.into_iter().filter(|name| name.value() == secret.value()) {
        errors.at(name, codes::two_jobs());
    }
}

fn algorithm(
    word: &Ident,
    written: &Written<Ident>,
    usage: &str,
    errors: &mut Errors,
) -> Option<Algorithm> {
    match written {
        Written::Present(algorithm) => one_of(algorithm, Algorithm::WORDS, errors),
        said => {
            absent(word, said, "`rfc9421`", "the signature algorithm is unknown", usage, errors)
        }
    }
}

/// Reports an absent word. A malformed word is already reported.
fn absent<T, U>(
    word: &Ident,
    said: &Written<T>,
    what: &str,
    why: &str,
    write: &str,
    errors: &mut Errors,
) -> Option<U> {
    if said.is_absent() {
        errors.at(word, codes::missing(what, why, write));
    }
    None
}

fn keys(written: &attr::Verify, errors: &mut Errors) -> Option<Vec<(String, String)>> {
    let list = written.keys.as_ref().ok()?;
    if list.items.is_empty() {
        errors
            .at(&list.word, codes::missing("a key", "no response could be verified", attr::VERIFY));
        return None;
    }
    let mut keys: Vec<(String, String)> = Vec::new();
    for pair in &list.items {
        let (id, secret) =
            (key_id(&pair.name, attr::VERIFY, errors), secret_name(&pair.value, errors));
        let (Some(id), Some(secret)) = (id, secret) else { continue };
        if keys.iter().any(|(other, _)| *other == id) {
            errors.at(&pair.name, codes::repeated(&id));
        } else {
            keys.push((id, secret));
        }
    }
    Some(keys)
}

fn tag(said: &Written<LitStr>, word: &str, usage: &str, errors: &mut Errors) -> String {
    let Written::Present(literal) = said else { return String::new() };
    let tag = literal.value();
    if tag.is_empty() || !tag.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        errors.at(literal, codes::malformed(word, usage));
    }
    tag
}

/// Returns the covered components, and the reason for covering less than the default.
fn covers(written: &attr::Verify, signed: bool, errors: &mut Errors) -> (Vec<String>, String) {
    let given = reason(&written.reason);
    let Written::Present(list) = &written.covers else {
        if let (Written::Present(literal), Written::Absent) = (&written.reason, &written.covers) {
            errors.at(
                literal,
                codes::signature("this reason has no effect, because nothing is left out"),
            );
        }
        return (Vec::new(), String::new());
    };
    let mut names = Vec::new();
    for literal in &list.items {
        match component(&literal.value()) {
            Err(why) => errors.at(literal, codes::signature(why)),
            Ok(name) if names.contains(&name) => errors.at(literal, codes::repeated(&name)),
            Ok(name) => names.push(name),
        }
    }
    let covered = |wanted: &str| {
        names.iter().any(|name| {
            name == wanted
                || WHOLES.iter().any(|(whole, parts)| name == whole && parts.contains(&wanted))
        })
    };
    let names_the_request = !signed
        || names.iter().any(|name| name == "signature;req" || name == "signature;req;key=\"sig1\"");
    let left_out = COVERED
        .iter()
        .find(|wanted| !covered(wanted))
        .or((!names_the_request).then_some(&"signature;req"));
    match (left_out, &given) {
        (Some(left_out), None) if !matches!(written.reason, Written::Malformed) => {
            let what = format!(
                "this leaves out `{left_out}`, so a response to another request or with another status would pass, and there is no `reason`"
            );
            errors.at(&list.word, codes::signature(&what));
        }
        (None, Some(_)) => errors.at(
            &list.word,
            codes::signature("its `reason` has no effect, because nothing is left out"),
        ),
        _ => {}
    }
    (names, given.unwrap_or_default())
}

/// Reads a component of a response: `@status`, a header field or, with `;req`, a part of the
/// request.
fn component(text: &str) -> Result<String, &'static str> {
    let mut parts = text.split(';');
    let name = parts.next().unwrap_or_default();
    let params: Vec<&str> = parts.collect();
    let of_request = params.contains(&"req");
    let quoted = |param: &str, key: &str| {
        param
            .strip_prefix(key)
            .and_then(|rest| rest.strip_prefix('"')?.strip_suffix('"'))
            .is_some_and(|value| !value.contains(['"', '\\']))
    };
    let known = |param: &&str| {
        matches!(*param, "req" | "sf" | "bs") || quoted(param, "key=") || quoted(param, "name=")
    };
    let is_field = !name.is_empty()
        && name.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_'
        });
    if !params.iter().all(known) {
        return Err("this is not a parameter of a component");
    }
    match (name, of_request) {
        ("@status", false) => Ok(text.to_owned()),
        ("@status", true) => Err("a request has no status"),
        (name, true) if OF_REQUEST.contains(&name) => Ok(text.to_owned()),
        (name, false) if OF_REQUEST.contains(&name) => {
            Err("a response has no such part; for the part of its request, append `;req`")
        }
        _ if is_field => Ok(text.to_owned()),
        _ => Err("this is not a component of a response, so every response would be refused"),
    }
}

/// Reads a key id, which must need no escaping in a header, in a line of the signature base and in
/// a structured field.
fn key_id(literal: &LitStr, usage: &str, errors: &mut Errors) -> Option<String> {
    let id = literal.value();
    let fits = (1..=128).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-:/@+=".contains(&byte));
    if !fits {
        errors.at(literal, codes::malformed("key_id", usage));
    }
    fits.then_some(id)
}
