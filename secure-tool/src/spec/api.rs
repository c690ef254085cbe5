//! What one provider is, and what may be sent to it.

use serde::Serialize;

use super::{Class, Sign, Traffic, Verify};

/// One provider, as `#[derive(SecureApi)]` describes it.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct ApiSpec {
    /// The type's name, unique in a guard.
    pub name: &'static str,
    /// The doc comment.
    pub description: &'static str,
    /// The base address: https, a host, an optional port and path, without a trailing slash.
    pub url: &'static str,
    /// The scopes that any tool of it may hold.
    pub scopes: &'static [&'static str],
    /// How a request proves who sends it.
    pub auth: Auth,
    /// Headers sent with every request.
    pub headers: &'static [(&'static str, &'static str)],
    /// The classes of data that it may be sent.
    pub receives: &'static [Class],
    /// When someone last looked at this provider, as `YYYY-MM-DD`; empty if nobody said.
    pub reviewed: &'static str,
    /// The provider's own quota, shared by all agents and tools.
    pub rate: Option<Rate>,
    /// Which redirects of reads are followed.
    pub redirects: Redirects,
    /// How requests to it are spread over time, and what is done when they fail.
    pub traffic: Traffic,
    /// How requests are signed.
    pub sign: Option<Sign>,
    /// How answers are verified.
    pub verify: Option<Verify>,
}

impl ApiSpec {
    /// What a literal starts from: an API that may be sent nothing and holds no scope.
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

    /// The stub that stands beside compile errors. Its one scope, which no API can declare, stands
    /// for all of them, so that the tools of a broken API are not reported too.
    pub const BROKEN: Self = Self {
        scopes: &["*"],
        receives: &[Class::Public, Class::Internal, Class::Pii, Class::Secret],
        rate: Some(Rate { count: 1, per: Per::Day, burst: 1 }),
        ..Self::DEFAULT
    };
}

/// How a request proves who sends it. The names are those of secrets in a store, never values.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
pub enum Auth {
    /// No credential; the reason says why that is right.
    None {
        /// Why no credential is needed.
        reason: &'static str,
    },
    /// `authorization: Bearer …`.
    Bearer {
        /// The secret's name.
        secret: &'static str,
    },
    /// A header of the provider's own, such as `x-api-key`.
    Header {
        /// The header's name, in lower case.
        header: &'static str,
        /// The secret's name.
        secret: &'static str,
    },
    /// `authorization: Bearer …` with a token of OAuth 2.0, by client credentials, that grants the
    /// scopes of the calling tool.
    OAuth2 {
        /// The token endpoint: https, a host, an optional port and path.
        token_url: &'static str,
        /// The name of the client's id.
        client_id: &'static str,
        /// The name of the client's secret.
        client_secret: &'static str,
        /// How the client proves at the token endpoint who it is.
        client_auth: ClientAuth,
    },
}

/// How a client proves at a token endpoint who it is ([RFC
/// 6749](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)).
#[derive(Debug, Clone, Copy, Serialize, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
pub enum ClientAuth {
    /// `client_secret_basic`: in the `authorization` header. The default, which every server must
    /// understand.
    Basic,
    /// `client_secret_post`: in the body.
    Post,
}

impl Auth {
    /// The name of the secret that it needs.
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

/// Which redirects are followed, of reads only.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Redirects {
    /// The most steps of one call; 0 refuses every redirect.
    pub most: u8,
    /// The hosts, beside the API's own, that a step may lead to, over https at port 443.
    pub to: &'static [&'static str],
}

impl Redirects {
    /// None is followed. The default.
    pub const REFUSED: Self = Self { most: 0, to: &[] };
}

/// So many in a time, and at most so many at once.
#[derive(Debug, Clone, Copy, Serialize, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Rate {
    /// How many in one `per`; at least one.
    pub count: u32,
    /// The time.
    pub per: Per,
    /// How many may come at once; at least one.
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
    /// Its length in seconds.
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
