//! The specification of one provider.

use serde::Serialize;

use super::{Class, Sign, Traffic, Verify, headers};

/// The specification of one provider, as `#[derive(SecureApi)]` writes it.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct ApiSpec {
    /// The type's name, unique in a guard.
    pub name: &'static str,
    /// The description, from the doc comment.
    pub description: &'static str,
    /// The base URL: https, a host, an optional port and path, without a trailing slash.
    pub url: &'static str,
    /// The scopes that tools of this API may require.
    pub scopes: &'static [&'static str],
    /// How requests authenticate.
    pub auth: Auth,
    /// Headers added to every request.
    pub headers: &'static [(&'static str, &'static str)],
    /// The classes of data that the provider may receive.
    pub receives: &'static [Class],
    /// The date of the last review, as `YYYY-MM-DD`. Empty if none is declared.
    pub reviewed: &'static str,
    /// The provider's quota, shared by all agents and tools.
    pub rate: Option<Rate>,
    /// Which redirects of read requests are followed.
    pub redirects: Redirects,
    /// Concurrency limit, retries and circuit breaker.
    pub traffic: Traffic,
    /// How requests are signed. Default: unsigned.
    pub sign: Option<Sign>,
    /// How response signatures are verified. Default: not verified.
    pub verify: Option<Verify>,
}

impl ApiSpec {
    /// The base of struct literals: an API without scopes that may receive no data.
    pub const DEFAULT: Self = Self {
        name: "",
        description: "",
        url: "",
        scopes: &[],
        auth: Auth::None { reason: "" },
        headers: &[],
        receives: &[],
        reviewed: "",
        rate: None,
        redirects: Redirects::REFUSED,
        traffic: Traffic::DEFAULT,
        sign: None,
        verify: None,
    };

    /// A placeholder that the derive emits next to a compile error. The scope `*`, which no API can
    /// declare, matches every scope, so that tools of a broken API cause no further errors.
    pub const BROKEN: Self = Self {
        scopes: &["*"],
        receives: &[Class::Public, Class::Internal, Class::Pii, Class::Secret],
        rate: Some(Rate { count: 1, per: Per::Day, burst: 1 }),
        ..Self::DEFAULT
    };

    /// Returns whether the API adds a header to every request: its credential, a declared header,
    /// or a field of its signature.
    pub(crate) const fn adds(&self, header: &str) -> bool {
        let mut headers = self.headers;
        while let [(name, _), rest @ ..] = headers {
            if name.eq_ignore_ascii_case(header) {
                return true;
            }
            headers = rest;
        }
        let is_credential = match self.auth {
            Auth::Header { header: name, .. } => name.eq_ignore_ascii_case(header),
            Auth::None { .. } | Auth::Bearer { .. } | Auth::OAuth2 { .. } => false,
        };
        is_credential || self.sign.is_some() && headers::is_one_of(&headers::OF_SIGNATURE, header)
    }
}

/// How requests authenticate. The fields name secrets in a secret store; they never contain values.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
pub enum Auth {
    /// No credential.
    None {
        /// Why the API needs no credential.
        reason: &'static str,
    },
    /// `authorization: Bearer …`.
    Bearer {
        /// The name of the secret.
        secret: &'static str,
    },
    /// A custom header, such as `x-api-key`.
    Header {
        /// The name of the header, in lower case.
        header: &'static str,
        /// The name of the secret.
        secret: &'static str,
    },
    /// `authorization: Bearer …` with an OAuth 2.0 access token, obtained with client credentials
    /// for the scopes of the calling tool.
    OAuth2 {
        /// The token endpoint: https, a host, an optional port and path.
        token_url: &'static str,
        /// The name of the secret with the client ID.
        client_id: &'static str,
        /// The name of the secret with the client secret.
        client_secret: &'static str,
        /// How the client authenticates at the token endpoint.
        client_auth: ClientAuth,
    },
}

/// How a client authenticates at a token endpoint ([RFC
/// 6749](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)).
#[derive(Debug, Clone, Copy, Serialize, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
pub enum ClientAuth {
    /// `client_secret_basic`: in the `authorization` header. The default; every server must support
    /// it.
    Basic,
    /// `client_secret_post`: in the request body.
    Post,
}

impl Auth {
    /// Returns the name of the secret that this scheme needs.
    #[must_use]
    pub const fn secret(&self) -> Option<&'static str> {
        match self {
            Self::None { .. } => None,
            Self::Bearer { secret }
            | Self::Header { secret, .. }
            | Self::OAuth2 { client_secret: secret, .. } => Some(secret),
        }
    }
}

/// Which redirects are followed. Only read requests follow redirects.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Redirects {
    /// The maximum number of redirects in one call; 0 rejects every redirect.
    pub most: u8,
    /// The hosts that a redirect may lead to besides the API's own, over https on port 443.
    pub to: &'static [&'static str],
}

impl Redirects {
    /// No redirects. The default.
    pub const REFUSED: Self = Self { most: 0, to: &[] };
}

/// A rate limit with a burst.
#[derive(Debug, Clone, Copy, Serialize, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Rate {
    /// The number of calls in one `per`; at least 1.
    pub count: u32,
    /// The unit of time.
    pub per: Per,
    /// The maximum number of calls at once; at least 1.
    pub burst: u32,
}

/// A unit of time.
#[derive(Debug, Clone, Copy, Serialize, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "lowercase")]
pub enum Per {
    /// One second.
    Second,
    /// One minute.
    Minute,
    /// One hour.
    Hour,
    /// One day of 24 hours.
    Day,
}

impl Per {
    /// Returns the length in seconds.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }
}
