//! Schemes that sign requests: the trait, and the check of the header fields that it returns.

use std::collections::HashSet;
use std::error::Error as StdError;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::SystemTime;

use reqwest::header::{HeaderName, HeaderValue};
use secrecy::SecretString;

use super::message::Request;
use super::unverified::Unverified;
use super::view::RequestView;
use crate::clock::Clock;
use crate::error::Error;

/// The maximum number of header fields of one scheme.
const MOST_HEADERS: usize = 16;
/// The maximum length of one value, in bytes.
const LONGEST_VALUE: usize = 8 * 1024;

/// A scheme that signs requests, such as AWS Signature Version 4.
///
/// [`Rfc9421Signer`](super::Rfc9421Signer) is the scheme of this crate. Implement the trait for the
/// scheme of a provider, and plug it in with [`Connection::signer`](crate::Connection::signer).
///
/// The guard calls [`sign`](Self::sign) once for each exchange, including retries and redirects. If
/// the signer fails, the call is refused as `send.unsendable` and nothing is sent. Failures are an
/// error, a panic, no header field, and an undeclared header field.
///
/// A signer receives no credential and no other secret of the guard. Construct it with the keys
/// that it needs, and return them from [`secrets`](Self::secrets).
///
/// ```
/// use std::time::{SystemTime, UNIX_EPOCH};
///
/// use secure_tool::signing::{Request, RequestView, Signer, SigningError, SigningKey};
/// use secure_tool::{Connection, SecretString};
///
/// /// Signs `timestamp.body` with HMAC-SHA256.
/// struct Timestamped {
///     secret: SecretString,
///     key: SigningKey,
/// }
///
/// impl Timestamped {
///     fn new(secret: SecretString) -> Result<Self, secure_tool::Error> {
///         let key = SigningKey::hmac("main", &secret)?;
///         Ok(Self { secret, key })
///     }
/// }
///
/// impl Signer for Timestamped {
///     fn scheme(&self) -> &str {
///         "timestamped v1"
///     }
///
///     fn headers(&self) -> Vec<&str> {
///         vec!["x-shop-signature"]
///     }
///
///     fn secrets(&self) -> Vec<SecretString> {
///         vec![self.secret.clone()]
///     }
///
///     fn sign(&self, request: &RequestView<'_>, now: SystemTime) -> Result<Vec<(&str, String)>, SigningError> {
///         let since = now.duration_since(UNIX_EPOCH).map_err(|_| SigningError::new("the clock is before 1970"))?;
///         let signed = [since.as_secs().to_string().as_bytes(), b".", request.body()].concat();
///         let value = format!("t={},v1={}", since.as_secs(), self.key.sign_hex(&signed));
///         Ok(vec![("x-shop-signature", value)])
///     }
/// }
///
/// let signer = Timestamped::new("a secret of 32 bytes, or of more".into())?;
/// let request = Request::new("POST", "https://api.shop.example/orders").body(b"{}");
/// let fields = signer.sign(&request.view()?, SystemTime::now())?;
/// assert!(fields[0].1.starts_with("t="));
///
/// let connection = Connection::new().signer(signer);
/// # let _ = connection;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Signer: Send + Sync {
    /// Returns the name of the scheme, which [`Guard::posture`](crate::Guard::posture) shows.
    fn scheme(&self) -> &str;

    /// Returns the names of all header fields that [`sign`](Self::sign) may add. At most 16.
    ///
    /// The guard does not start if one of them is a header of the API, a tool or an argument, the
    /// header of the credential, or a header that the transport writes. `authorization` is allowed
    /// if the credential of the API is not sent there.
    fn headers(&self) -> Vec<&str>;

    /// Returns the keys, as texts that the guard removes from responses, records and errors.
    fn secrets(&self) -> Vec<SecretString>;

    /// Returns the header fields that sign a request, each at most once. `now` is the time of the
    /// guard's clock.
    ///
    /// It runs on a thread of the async runtime, so it must not block.
    ///
    /// # Errors
    ///
    /// Returns the reason why the request can't be signed.
    fn sign(
        &self,
        request: &RequestView<'_>,
        now: SystemTime,
    ) -> Result<Vec<(&str, String)>, SigningError>;
}

/// The reason why a [`Signer`] can't sign a request. It is a constant text, so it contains no key
/// and no part of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningError {
    why: &'static str,
    cause: Option<Unverified>,
}

impl SigningError {
    /// Creates an error with a text for the operator.
    #[must_use]
    pub fn new(why: &'static str) -> Self {
        Self { why, cause: None }
    }
}

impl From<Unverified> for SigningError {
    fn from(cause: Unverified) -> Self {
        Self { why: "the message can't be signed", cause: Some(cause) }
    }
}

impl fmt::Display for SigningError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cause {
            Some(cause) => write!(f, "{}: {cause}", self.why),
            None => f.write_str(self.why),
        }
    }
}

impl StdError for SigningError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_ref().map(|cause| cause as _)
    }
}

/// A signer whose declared header names are checked. It returns only declared header fields.
pub(crate) struct CheckedSigner {
    signer: Arc<dyn Signer>,
    headers: HashSet<HeaderName>,
    clock: Arc<dyn Clock>,
}

impl CheckedSigner {
    pub(crate) fn new(signer: Arc<dyn Signer>, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let wrong = |what: &str| {
            Error::configuration(format!("the signer `{}` declares {what}", signer.scheme()))
        };
        let mut headers = HashSet::new();
        for name in signer.headers() {
            let name = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| wrong("an invalid header name"))?;
            if !headers.insert(name) {
                return Err(wrong("the same header twice"));
            }
        }
        if headers.is_empty() || headers.len() > MOST_HEADERS {
            return Err(wrong("no header or more than 16 headers"));
        }
        Ok(Self { signer, headers, clock })
    }

    pub(crate) fn scheme(&self) -> &str {
        self.signer.scheme()
    }

    /// Returns the declared names in lower case.
    pub(crate) fn headers(&self) -> impl Iterator<Item = &str> {
        self.headers.iter().map(HeaderName::as_str)
    }

    /// Returns the header fields that sign a request. Errors are for the operator and contain no
    /// value.
    pub(crate) fn sign(
        &self,
        request: &Request<'_>,
    ) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
        let view = request.view().map_err(|why| SigningError::from(why).to_string())?;
        if let Some(name) = self
            .headers()
            .find(|name| view.headers().any(|(other, _)| other.eq_ignore_ascii_case(name)))
        {
            return Err(format!(
                "header `{name}` is set by the signer, and the request already has it"
            ));
        }
        let now = self.clock.wall();
        let fields = catch_unwind(AssertUnwindSafe(|| self.signer.sign(&view, now)))
            .map_err(|_| "the signer panicked".to_owned())?
            .map_err(|error| error.to_string())?;
        let mut checked: Vec<(HeaderName, HeaderValue)> = Vec::with_capacity(fields.len());
        for (name, value) in fields {
            let name = HeaderName::from_bytes(name.as_bytes())
                .ok()
                .filter(|name| self.headers.contains(name))
                .ok_or("the signer returned a header that it did not declare")?;
            if checked.iter().any(|(other, _)| *other == name) {
                return Err(format!("the signer returned header `{name}` twice"));
            }
            let value = field_value(&value)
                .ok_or_else(|| format!("the signer returned an invalid value for `{name}`"))?;
            checked.push((name, value));
        }
        if checked.is_empty() {
            return Err("the signer returned no header".into());
        }
        Ok(checked)
    }
}

/// Parses printable ASCII without surrounding spaces, which every receiver reads alike.
fn field_value(text: &str) -> Option<HeaderValue> {
    let is_sound = (1..=LONGEST_VALUE).contains(&text.len())
        && text.trim() == text
        && text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    HeaderValue::from_str(text).ok().filter(|_| is_sound)
}

impl fmt::Debug for CheckedSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedSigner").field("scheme", &self.scheme()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    type Script = fn() -> Fields;
    type Fields = Result<Vec<(&'static str, String)>, SigningError>;

    struct Scripted(&'static [&'static str], fn() -> Fields);

    impl Signer for Scripted {
        fn scheme(&self) -> &'static str {
            "scripted"
        }

        fn headers(&self) -> Vec<&str> {
            self.0.to_vec()
        }

        fn secrets(&self) -> Vec<SecretString> {
            Vec::new()
        }

        fn sign(
            &self,
            _: &RequestView<'_>,
            _: SystemTime,
        ) -> Result<Vec<(&str, String)>, SigningError> {
            (self.1)()
        }
    }

    fn checked(
        headers: &'static [&'static str],
        sign: fn() -> Fields,
    ) -> Result<CheckedSigner, Error> {
        CheckedSigner::new(Arc::new(Scripted(headers, sign)), Arc::new(ManualClock::new()))
    }

    #[test]
    fn invalid_header_names_are_rejected_at_start_up() {
        for headers in [&[][..], &["a b"], &[""], &["x-a", "X-A"], &["x:"]] {
            assert!(checked(headers, || Ok(Vec::new())).is_err(), "{headers:?}");
        }
        assert!(checked(&["X-Signature"], || Ok(Vec::new())).is_ok());
    }

    #[test]
    fn only_valid_values_of_declared_headers_are_returned() {
        let request = Request::new("GET", "https://a.example/").field("x-sent", b"1");
        let outcomes: [(&'static str, Script); 9] = [
            ("no header", || Ok(Vec::new())),
            ("did not declare", || Ok(vec![("authorization", "a".into())])),
            ("twice", || Ok(vec![("x-a", "1".into()), ("X-A", "2".into())])),
            ("invalid value", || Ok(vec![("x-a", "1\r\nhost: b".into())])),
            ("invalid value", || Ok(vec![("x-a", " 1".into())])),
            ("invalid value", || Ok(vec![("x-a", String::new())])),
            ("invalid value", || Ok(vec![("x-a", "x".repeat(LONGEST_VALUE + 1))])),
            ("no body", || Err(SigningError::new("no body"))),
            ("panicked", || panic!("canary")),
        ];
        for (why, sign) in outcomes {
            let error = checked(&["x-a"], sign).unwrap().sign(&request).unwrap_err();
            assert!(error.contains(why) && !error.contains("canary"), "{why}: {error}");
        }
        let sign: fn() -> Fields = || Ok(vec![("X-A", "1".into())]);
        let fields = checked(&["x-a", "x-b"], sign).unwrap().sign(&request).unwrap();
        assert_eq!(fields[0].0.as_str(), "x-a");
        let error = checked(&["x-a", "X-Sent"], sign).unwrap().sign(&request).unwrap_err();
        assert!(error.contains("`x-sent`"), "{error}");
    }
}
