//! Parses the responses of Vault's HTTP API into tokens and secret versions. Errors name the kind
//! of failure and contain nothing that Vault returned.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, SystemTime};

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use serde::de::{Deserializer, IgnoredAny, Visitor};
use serde::{Deserialize, de};

use crate::transport::{Failure, Response};

/// The kind of a failed Vault request, for the operator.
#[derive(Debug)]
pub(super) enum VaultError {
    /// Status 403.
    Denied,
    /// Status 404, and the path never had a version.
    Missing,
    /// Status 404, and the newest version was deleted.
    Deleted,
    /// Status 404 or 200, and the newest version was destroyed.
    Destroyed,
    /// Status 429.
    Throttled,
    /// Status 503.
    Sealed,
    /// Any other 4xx status.
    Rejected,
    /// Any other status.
    Failed,
    /// A success status with a body that does not match the API.
    Malformed,
    /// The request failed below HTTP.
    Exchange(Failure),
}

impl VaultError {
    /// Returns whether the next request would fail in the same way.
    pub(super) fn affects_all(&self) -> bool {
        matches!(self, Self::Throttled | Self::Sealed | Self::Exchange(_))
    }

    /// Returns whether the value no longer exists.
    pub(super) fn is_gone(&self) -> bool {
        matches!(self, Self::Missing | Self::Deleted | Self::Destroyed)
    }
}

impl fmt::Display for VaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Denied => "denied (403)",
            Self::Missing => "the path does not exist (404)",
            Self::Deleted => "the newest version was deleted (404)",
            Self::Destroyed => "the newest version was destroyed (404)",
            Self::Throttled => "too many requests (429)",
            Self::Sealed => "Vault is sealed or in maintenance (503)",
            Self::Rejected => "Vault rejected the request (4xx)",
            Self::Failed => "Vault failed (5xx or an unexpected status)",
            Self::Malformed => "the response does not match Vault's API",
            Self::Exchange(failure) => return write!(f, "{}: {}", failure.rule, failure.detail),
        })
    }
}

/// A token that Vault issued, and its lease.
pub(super) struct Issued {
    pub(super) token: SecretString,
    /// `None` for a token without expiry.
    pub(super) lasts: Option<Duration>,
    pub(super) renewable: bool,
}

/// The newest version of an entry in a KV engine, version 2.
pub(super) struct Version {
    pub(super) fields: BTreeMap<String, Field>,
    pub(super) number: u64,
    pub(super) created: SystemTime,
    /// The time when Vault deletes the version.
    pub(super) ends: Option<SystemTime>,
}

/// A field of an entry: its text, or `None` if its value is not a string.
pub(super) struct Field(pub(super) Option<SecretString>);

/// Parses the response to a login or a renewal.
pub(super) fn issued(response: Result<Response, Failure>) -> Result<Issued, VaultError> {
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
    let Answer { auth } = serde_json::from_slice(&body).map_err(|_| VaultError::Malformed)?;
    let token = auth.client_token.0.ok_or(VaultError::Malformed)?;
    let lasts = (auth.lease_duration > 0).then(|| Duration::from_secs(auth.lease_duration));
    Ok(Issued { token, lasts, renewable: auth.renewable })
}

/// Parses the response to a read of the newest version.
pub(super) fn version(response: Result<Response, Failure>) -> Result<Version, VaultError> {
    let body = match response {
        Ok(response) if response.status == 404 => return Err(gone(&Zeroizing::new(response.body))),
        other => success(other)?,
    };
    let Entry { data } = serde_json::from_slice(&body).map_err(|_| VaultError::Malformed)?;
    let EntryData { data, metadata } = data;
    if metadata.destroyed {
        return Err(VaultError::Destroyed);
    }
    Ok(Version {
        fields: data.ok_or(VaultError::Malformed)?,
        number: metadata.version,
        created: time(&metadata.created_time).ok_or(VaultError::Malformed)?,
        ends: if metadata.deletion_time.is_empty() {
            None
        } else {
            Some(time(&metadata.deletion_time).ok_or(VaultError::Malformed)?)
        },
    })
}

#[derive(Deserialize)]
struct Entry {
    data: EntryData,
}

#[derive(Deserialize)]
struct EntryData {
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

/// Returns why an entry is missing. Vault returns metadata with a deleted or destroyed version.
fn gone(body: &[u8]) -> VaultError {
    match serde_json::from_slice(body) {
        Ok(Entry { data: EntryData { metadata, .. } }) if metadata.destroyed => {
            VaultError::Destroyed
        }
        Ok(_) => VaultError::Deleted,
        Err(_) => VaultError::Missing,
    }
}

/// Returns the body of a successful response. It is wiped on drop.
fn success(response: Result<Response, Failure>) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let response = response.map_err(VaultError::Exchange)?;
    let body = Zeroizing::new(response.body);
    match response.status {
        200 => Ok(body),
        403 => Err(VaultError::Denied),
        404 => Err(VaultError::Missing),
        429 => Err(VaultError::Throttled),
        503 => Err(VaultError::Sealed),
        400..=499 => Err(VaultError::Rejected),
        _ => Err(VaultError::Failed),
    }
}

/// Parses an RFC 3339 time with any number of fractional digits.
fn time(text: &str) -> Option<SystemTime> {
    text.parse::<jiff::Timestamp>().ok().map(SystemTime::from)
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Text)
    }
}

/// Accepts a string, and skips any other value without building it.
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
