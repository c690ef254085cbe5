//! What Vault's HTTP API says: an answer in, a token or a version of a secret out, or a flaw that
//! says its kind and nothing of what Vault wrote.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, SystemTime};

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use serde::de::{Deserializer, IgnoredAny, Visitor};
use serde::{Deserialize, de};

use crate::transport::{Failure, Response};

/// Why Vault gave nothing, for the operator.
#[derive(Debug)]
pub(super) enum Flaw {
    /// 403.
    Denied,
    /// 404, and nothing ever stood there.
    Missing,
    /// 404, and the newest version was deleted.
    Deleted,
    /// 404, and the newest version was destroyed.
    Destroyed,
    /// 429.
    Throttled,
    /// 503.
    Sealed,
    /// Another 4xx.
    Rejected,
    /// Another status.
    Failed,
    /// A status of success, and not what the API gives.
    Unfit,
    /// The exchange failed.
    Exchange(Failure),
}

impl Flaw {
    /// Whether the next request would have the same answer.
    pub(super) fn is_of_all(&self) -> bool {
        matches!(self, Self::Throttled | Self::Sealed | Self::Exchange(_))
    }

    /// Whether there is no value any more.
    pub(super) fn is_gone(&self) -> bool {
        matches!(self, Self::Missing | Self::Deleted | Self::Destroyed)
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Denied => "denied (403)",
            Self::Missing => "there is nothing (404)",
            Self::Deleted => "the newest version was deleted (404)",
            Self::Destroyed => "the newest version was destroyed (404)",
            Self::Throttled => "it wants fewer requests (429)",
            Self::Sealed => "it is sealed, or down for maintenance (503)",
            Self::Rejected => "it rejected the request (4xx)",
            Self::Failed => "it failed (5xx, or a status that no one expects)",
            Self::Unfit => "its answer is not what the API gives",
            Self::Exchange(failure) => return write!(f, "{}: {}", failure.rule, failure.detail),
        })
    }
}

/// A token that was given out, and for how long.
pub(super) struct Issued {
    pub(super) token: SecretString,
    /// `None`: it does not end.
    pub(super) lasts: Option<Duration>,
    pub(super) renewable: bool,
}

/// The newest version of an entry of KV version 2.
pub(super) struct Version {
    pub(super) fields: BTreeMap<String, Field>,
    pub(super) number: u64,
    pub(super) created: SystemTime,
    /// When it will be deleted.
    pub(super) ends: Option<SystemTime>,
}

/// A field of an entry: its text, or nothing if it is none.
pub(super) struct Field(pub(super) Option<SecretString>);

/// Reads the answer to a login or a renewal.
pub(super) fn issued(response: Result<Response, Failure>) -> Result<Issued, Flaw> {
    #[derive(Deserialize)]
    struct Answer {
        auth: Auth,
    }
    #[derive(Deserialize)]
    struct Auth {
        client_token: Field,
        lease_duration: u64,
        renewable: bool,
    }
    let body = success(response)?;
    let Answer { auth } = serde_json::from_slice(&body).map_err(|_| Flaw::Unfit)?;
    let token = auth.client_token.0.ok_or(Flaw::Unfit)?;
    let lasts = (auth.lease_duration > 0).then(|| Duration::from_secs(auth.lease_duration));
    Ok(Issued { token, lasts, renewable: auth.renewable })
}

/// Reads the answer to a read of the newest version.
pub(super) fn version(response: Result<Response, Failure>) -> Result<Version, Flaw> {
    let body = match response {
        Ok(response) if response.status == 404 => return Err(gone(&Zeroizing::new(response.body))),
        other => success(other)?,
    };
    let Entry { data } = serde_json::from_slice(&body).map_err(|_| Flaw::Unfit)?;
    let Kept { data, metadata } = data;
    if metadata.destroyed {
        return Err(Flaw::Destroyed);
    }
    Ok(Version {
        fields: data.ok_or(Flaw::Unfit)?,
        number: metadata.version,
        created: time(&metadata.created_time).ok_or(Flaw::Unfit)?,
        ends: if metadata.deletion_time.is_empty() {
            None
        } else {
            Some(time(&metadata.deletion_time).ok_or(Flaw::Unfit)?)
        },
    })
}

#[derive(Deserialize)]
struct Entry {
    data: Kept,
}

#[derive(Deserialize)]
struct Kept {
    data: Option<BTreeMap<String, Field>>,
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    created_time: String,
    deletion_time: String,
    destroyed: bool,
    version: u64,
}

/// Why there is nothing: with a deleted or destroyed version its metadata come along.
fn gone(body: &[u8]) -> Flaw {
    match serde_json::from_slice(body) {
        Ok(Entry { data: Kept { metadata, .. } }) if metadata.destroyed => Flaw::Destroyed,
        Ok(_) => Flaw::Deleted,
        Err(_) => Flaw::Missing,
    }
}

/// The body of an answer of success, wiped when dropped.
fn success(response: Result<Response, Failure>) -> Result<Zeroizing<Vec<u8>>, Flaw> {
    let response = response.map_err(Flaw::Exchange)?;
    let body = Zeroizing::new(response.body);
    match response.status {
        200 => Ok(body),
        403 => Err(Flaw::Denied),
        404 => Err(Flaw::Missing),
        429 => Err(Flaw::Throttled),
        503 => Err(Flaw::Sealed),
        400..=499 => Err(Flaw::Rejected),
        _ => Err(Flaw::Failed),
    }
}

/// RFC 3339, with as many digits of a second as there are.
fn time(text: &str) -> Option<SystemTime> {
    text.parse::<jiff::Timestamp>().ok().map(SystemTime::from)
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Text)
    }
}

/// Takes a text, and passes over everything else without building it.
struct Text;

impl<'de> Visitor<'de> for Text {
    type Value = Field;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Field, E> {
        Ok(Field(Some(text.to_owned().into())))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Field, E> {
        Ok(Field(Some(text.into())))
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Field, E> {
        Ok(Field(None))
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Field, E> {
        Ok(Field(None))
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Field, E> {
        Ok(Field(None))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Field, E> {
        Ok(Field(None))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Field, E> {
        Ok(Field(None))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Field, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Field(None))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut members: A) -> Result<Field, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Field(None))
    }
}
