//! HTTP message signatures ([RFC 9421](https://www.rfc-editor.org/rfc/rfc9421)): takes a message
//! and a key, returns the two header fields; or takes a signed message, returns what was verified.

mod component;
mod digest;
mod fields;
mod signer;
mod verifier;

use sfv::{BareItem, Dictionary, FieldType, InnerList, Item, Key, ListEntry, Parameters};

use self::component::{Component, Subject, one_line};
pub use self::digest::ContentDigest;
pub use self::signer::{Rfc9421Signer, Rfc9421SignerBuilder};
pub use self::verifier::{Rfc9421Verifier, Rfc9421VerifierBuilder};
use super::key::{SigningKey, VerifyingKey};
use super::unverified::Unverified;
use super::verifier::{Acceptance, Replay, Window};
use crate::error::Error;
use crate::spec::headers::{CONTENT_DIGEST, SIGNATURE, SIGNATURE_INPUT};

/// The maximum number of signatures of one message.
const SIGNATURES: usize = 8;
/// The maximum number of components of one signature.
const COMPONENTS: usize = 64;
/// All supported parameters.
const PARAMETERS: [&str; 6] = ["created", "expires", "nonce", "alg", "keyid", "tag"];

/// The requirements of a verifier for every signature.
#[derive(Debug)]
struct Policy {
    keys: Vec<VerifyingKey>,
    tag: Option<String>,
}

impl Policy {
    fn key(&self, id: &str) -> Result<&VerifyingKey, Unverified> {
        self.keys.iter().find(|key| key.id == id).ok_or(Unverified::UnknownKey)
    }
}

/// Parses a component as configurations write it.
fn component(name: &str) -> Result<Component, Error> {
    Component::named(name)
        .map_err(|_| Error::configuration(format!("`{name}` is not a component of a signature")))
}

/// The parameters of a signature.
#[derive(Debug, Default)]
struct Statement<'a> {
    created: u64,
    expires: Option<u64>,
    nonce: Option<&'a str>,
    /// Whether the signature names its algorithm.
    alg: bool,
    tag: Option<&'a str>,
}

/// Returns the fields `signature-input` and `signature` for these components.
fn sign(
    key: &SigningKey,
    label: &str,
    components: &[Component],
    statement: &Statement<'_>,
    subject: Subject<'_>,
) -> Result<[(&'static str, String); 2], Unverified> {
    let list = InnerList {
        items: components.iter().map(|component| component.item.clone()).collect(),
        params: parameters(key, statement)?,
    };
    let base = base(components, &list, subject)?;
    let label = Key::from_string(label.to_owned()).map_err(|_| Unverified::Malformed)?;
    let signature = ListEntry::Item(Item::new(key.sign(base.as_bytes())));
    let one = |member: ListEntry| {
        Dictionary::from([(label.clone(), member)]).serialize().unwrap_or_default()
    };
    Ok([(SIGNATURE_INPUT, one(ListEntry::InnerList(list))), (SIGNATURE, one(signature))])
}

fn parameters(key: &SigningKey, statement: &Statement<'_>) -> Result<Parameters, Unverified> {
    let mut params = Parameters::new();
    let mut set =
        |name: &'static str, value: BareItem| params.insert(sfv::key_ref(name).to_owned(), value);
    set("created", seconds(statement.created)?);
    if let Some(expires) = statement.expires {
        set("expires", seconds(expires)?);
    }
    if let Some(nonce) = statement.nonce {
        set("nonce", string(nonce)?);
    }
    if statement.alg {
        set("alg", string(key.algorithm())?);
    }
    set("keyid", string(&key.id)?);
    if let Some(tag) = statement.tag {
        set("tag", string(tag)?);
    }
    Ok(params)
}

fn string(text: &str) -> Result<BareItem, Unverified> {
    sfv::String::from_string(text.to_owned())
        .map(BareItem::String)
        .map_err(|_| Unverified::Malformed)
}

fn seconds(seconds: u64) -> Result<BareItem, Unverified> {
    sfv::Integer::try_from(seconds).map(BareItem::Integer).map_err(|_| Unverified::Malformed)
}

/// Returns the signature base (RFC 9421, section 2.5): one line for each component, and the
/// parameters.
fn base(
    components: &[Component],
    list: &InnerList,
    subject: Subject<'_>,
) -> Result<String, Unverified> {
    let mut base = String::new();
    for (at, component) in components.iter().enumerate() {
        if components.iter().take(at).any(|other| other.is(component)) {
            return Err(Unverified::Component);
        }
        base.push_str(&component.identifier());
        base.push_str(": ");
        base.push_str(&one_line(component.value(subject)?)?);
        base.push('\n');
    }
    base.push_str("\"@signature-params\": ");
    base.push_str(&fields::inner_list_text(list.clone()));
    Ok(base)
}

/// Verifies one signature of a message: the first one that has a known key and meets the policy.
fn verify(
    policy: &Policy,
    required: &[Component],
    window: &Window,
    subject: Subject<'_>,
) -> Result<Acceptance, Unverified> {
    let message = subject.message();
    let (inputs, signatures) =
        match (message.combined(SIGNATURE_INPUT)?, message.combined(SIGNATURE)?) {
            (Some(inputs), Some(signatures)) => {
                (fields::dictionary(&inputs)?, fields::dictionary(&signatures)?)
            }
            _ => return Err(Unverified::Absent),
        };
    if inputs.len() > SIGNATURES
        || inputs.len() != signatures.len()
        || !inputs.keys().all(|label| signatures.contains_key(label))
    {
        return Err(Unverified::Malformed);
    }
    let mut why = Unverified::Absent;
    for (label, input) in &inputs {
        let (ListEntry::InnerList(input), Some(ListEntry::Item(signature))) =
            (input, signatures.get(label))
        else {
            return Err(Unverified::Malformed);
        };
        let signature = signature.bare_item.as_byte_sequence().ok_or(Unverified::Malformed)?;
        if policy.tag.is_some() && fields::string(&input.params, "tag")? != policy.tag.as_deref() {
            continue;
        }
        match verify_one(&Requirements { policy, required, window }, input, signature, subject) {
            Ok(accepted) => return Ok(accepted),
            // A failure of a signature with a known key is more informative than an unknown key.
            Err(error) if error != Unverified::UnknownKey || why == Unverified::Absent => {
                why = error;
            }
            Err(_) => {}
        }
    }
    Err(why)
}

/// The requirements of one verification.
struct Requirements<'a> {
    policy: &'a Policy,
    required: &'a [Component],
    window: &'a Window,
}

fn verify_one(
    requirements: &Requirements<'_>,
    input: &InnerList,
    signature: &[u8],
    subject: Subject<'_>,
) -> Result<Acceptance, Unverified> {
    let params = &input.params;
    if input.items.len() > COMPONENTS
        || !params.keys().all(|key| PARAMETERS.contains(&key.as_str()))
    {
        return Err(Unverified::Malformed);
    }
    let key =
        requirements.policy.key(fields::string(params, "keyid")?.ok_or(Unverified::UnknownKey)?)?;
    if fields::string(params, "alg")?.is_some_and(|algorithm| algorithm != key.algorithm()) {
        return Err(Unverified::Algorithm);
    }
    let created = fields::seconds(params, "created")?.ok_or(Unverified::NotCovered)?;
    let fresh = requirements.window.dated(created, fields::seconds(params, "expires")?)?;
    let components =
        input.items.iter().cloned().map(Component::of).collect::<Result<Vec<_>, _>>()?;
    if !requirements
        .required
        .iter()
        .all(|required| components.iter().any(|component| component.covers(required)))
    {
        return Err(Unverified::NotCovered);
    }
    let base = base(&components, input, subject)?;
    key.verify(base.as_bytes(), signature)?;
    check_body(&components, subject)?;
    let replay = match fields::string(params, "nonce")? {
        Some(nonce) => Replay::Nonce(nonce.as_bytes()),
        // A response without a nonce may legitimately equal another one. It is bound to its request
        // instead.
        None if matches!(subject, Subject::Response(..)) => Replay::BoundToRequest,
        None => Replay::Signed(base.as_bytes()),
    };
    Acceptance::new(key.id.clone(), fresh, replay)
}

/// Checks that the signature covers the digest of the body, which no policy can disable.
fn check_body(components: &[Component], subject: Subject<'_>) -> Result<(), Unverified> {
    let message = subject.message();
    let digest = Component::named(CONTENT_DIGEST)?;
    if components.iter().any(|component| component.covers(&digest)) {
        digest::check(
            &message.combined(CONTENT_DIGEST)?.ok_or(Unverified::Component)?,
            message.body,
        )
    } else if message.body.is_empty() {
        Ok(())
    } else {
        Err(Unverified::NotCovered)
    }
}

/// Returns the components that a signer covers by default. For a request: method, URL, all its
/// header fields, and the digest of its body. For a response: its status, header fields and digest,
/// and the request.
fn components(subject: Subject<'_>) -> Result<Vec<Component>, Unverified> {
    let mut components = required(subject)?;
    let message = subject.message();
    let digest = (!message.body.is_empty()).then_some(CONTENT_DIGEST);
    for name in message.fields.iter().map(|(name, _)| *name).chain(digest) {
        let component = Component::named(&name.to_ascii_lowercase())?;
        if !components.iter().any(|other| other.is(&component)) {
            components.push(component);
        }
    }
    Ok(components)
}

/// Returns the components that a verifier requires by default. A response to a signed request must
/// cover each signature of the request, which is unique.
fn required(subject: Subject<'_>) -> Result<Vec<Component>, Unverified> {
    let mut required = named(match subject {
        Subject::Request(_) => &REQUEST,
        Subject::Response(..) => &RESPONSE,
    })?;
    if let Subject::Response(_, request) = subject
        && let Some(signatures) = request.message.combined(SIGNATURE)?
    {
        for label in fields::dictionary(&signatures)?.keys() {
            required.push(Component::named(&format!("{SIGNATURE};req;key=\"{label}\""))?);
        }
    }
    Ok(required)
}

const REQUEST: [&str; 4] = ["@method", "@authority", "@path", "@query"];
const RESPONSE: [&str; 5] = ["@status", "@method;req", "@authority;req", "@path;req", "@query;req"];

fn named(names: &[&str]) -> Result<Vec<Component>, Unverified> {
    names.iter().map(|name| Component::named(name)).collect()
}

/// Returns the digest field of a message, if the message has a body.
fn content_digest(subject: Subject<'_>, with: ContentDigest) -> Option<String> {
    let body = subject.message().body;
    (!body.is_empty()).then(|| with.field(body))
}
