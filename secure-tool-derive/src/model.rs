//! The checked items: every rule about words is decided, and only the tokens remain to be written.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Expr, Member, Type};

use crate::attr::Position;
use crate::redaction::Redaction;

/// The parts that every item has.
pub(crate) struct Head {
    pub(crate) ident: Ident,
    pub(crate) krate: TokenStream,
    pub(crate) description: String,
}

pub(crate) struct Api {
    pub(crate) head: Head,
    pub(crate) url: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) auth: Auth,
    pub(crate) headers: Vec<Header>,
    pub(crate) receives: Vec<Class>,
    pub(crate) reviewed: String,
    pub(crate) rate: Option<Rate>,
    pub(crate) redirects: Option<Redirects>,
    pub(crate) traffic: Traffic,
    pub(crate) sign: Option<Sign>,
    pub(crate) verify: Option<Verify>,
}

pub(crate) struct Redirects {
    pub(crate) most: u8,
    pub(crate) to: Vec<String>,
}

/// The declared fields of the runtime's `Traffic`.
pub(crate) struct Traffic {
    pub(crate) concurrency: Option<u32>,
    pub(crate) retries: Option<Retries>,
    pub(crate) breaker: Option<Breaker>,
    pub(crate) gzip: bool,
}

pub(crate) struct Retries {
    pub(crate) most: u32,
    pub(crate) base_millis: Option<u64>,
}

pub(crate) struct Breaker {
    pub(crate) failures: u32,
    pub(crate) seconds: u64,
}

/// The signature of requests.
pub(crate) struct Sign {
    pub(crate) algorithm: Algorithm,
    pub(crate) secret: String,
    pub(crate) key_id: String,
    /// Empty without one.
    pub(crate) tag: String,
}

/// The verification of responses.
pub(crate) struct Verify {
    pub(crate) algorithm: Algorithm,
    /// Ids and names of secrets.
    pub(crate) keys: Vec<(String, String)>,
    /// Empty without one.
    pub(crate) tag: String,
    /// Empty for the default.
    pub(crate) covers: Vec<String>,
    /// The reason for covering less than the default.
    pub(crate) reason: String,
    pub(crate) max_age: Option<u32>,
    pub(crate) skew: Option<u32>,
}

/// A header that is sent with every request.
pub(crate) struct Header {
    pub(crate) span: Span,
    pub(crate) name: String,
    pub(crate) value: String,
}

pub(crate) enum Auth {
    None { reason: String },
    Bearer { secret: String },
    Header { header: String, secret: String },
    OAuth2 { token_url: String, client_id: String, client_secret: String, client_auth: ClientAuth },
}

#[derive(Clone, Copy)]
pub(crate) struct Rate {
    pub(crate) count: u32,
    pub(crate) per: Per,
    pub(crate) burst: u32,
}

/// Defines an enum of words: each variant is written in snake case and expands to the runtime's
/// variant of the same name.
macro_rules! words {
    ($($name:ident { $($word:literal => $variant:ident),+ $(,)? })+) => {$(
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $name { $($variant),+ }

        impl $name {
            pub(crate) const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),+];

            /// The variant of the runtime's enum.
            pub(crate) fn ident(self) -> Ident {
                Ident::new(match self { $(Self::$variant => stringify!($variant)),+ }, Span::call_site())
            }
        }
    )+};
}

words! {
    ClientAuth { "client_secret_basic" => Basic, "client_secret_post" => Post }
    Per { "second" => Second, "minute" => Minute, "hour" => Hour, "day" => Day }
    Class { "public" => Public, "internal" => Internal, "pii" => Pii, "secret" => Secret }
    Effect { "read" => Read, "write" => Write, "destructive" => Destructive, "financial" => Financial }
    Trifecta { "confirm" => Confirm, "deny" => Deny }
    Author { "provider" => Provider, "principal" => Principal }
    From { "prompt" => Prompt, "trusted" => Trusted, "handle" => Handle }
    Algorithm { "ed25519" => Ed25519, "hmac" => Hmac }
    Style { "dotted" => Dotted, "nested" => Nested, "top" => Top }
    OnInjection { "mark" => Mark, "redact" => Redact, "quarantine" => Quarantine, "refuse" => Refuse }
    Spotlighting { "markers" => Markers, "datamarking" => Datamarking, "base64" => Base64 }
    Links { "keep" => Keep, "defang" => Defang }
    Method { "get" => Get, "head" => Head, "post" => Post, "put" => Put, "patch" => Patch, "delete" => Delete }
}

pub(crate) struct Tool {
    pub(crate) head: Head,
    pub(crate) name: String,
    pub(crate) work: Work,
    pub(crate) apis: Vec<Type>,
    pub(crate) scopes: Vec<(Span, String)>,
    pub(crate) effect: Effect,
    pub(crate) egress: bool,
    pub(crate) confirm: Confirm,
    pub(crate) rate: Option<Rate>,
    /// The header with the idempotency key.
    pub(crate) idempotency: Option<Header>,
    pub(crate) select: Option<Select>,
    /// Where to report that neither the tool nor its API has a rate limit.
    pub(crate) needs_rate: Option<Span>,
    pub(crate) fields: Vec<Field>,
    pub(crate) response: Type,
    pub(crate) on_injection: OnInjection,
    pub(crate) spotlighting: Spotlighting,
    pub(crate) links: Option<Links>,
    pub(crate) limits: Vec<Limit>,
    pub(crate) escapes: Vec<Escape>,
}

/// The query parameter that names the requested fields.
pub(crate) struct Select {
    pub(crate) span: Span,
    pub(crate) query: String,
    pub(crate) style: Style,
}

/// One field of the runtime's `Limits`.
pub(crate) enum Limit {
    Count(&'static str, u64),
    Seconds(&'static str, u64),
    /// The same, for an optional duration.
    SomeSeconds(&'static str, u64),
}

pub(crate) enum Work {
    Http { method: Method, path: Vec<PathPart>, headers: Vec<Header> },
    Handler,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PathPart {
    Literal(String),
    Field(String),
}

pub(crate) enum Confirm {
    Always,
    WhenUngrounded,
    Never { reason: String },
}

pub(crate) struct Escape {
    pub(crate) code: String,
    pub(crate) field: String,
    pub(crate) reason: String,
}

pub(crate) struct Field {
    pub(crate) member: Member,
    pub(crate) span: Span,
    pub(crate) ty: Type,
    /// The name on the wire.
    pub(crate) name: String,
    pub(crate) required: bool,
    /// Whether the type contains itself, so that the shape is cut here.
    pub(crate) recursive: bool,
    pub(crate) pattern: Option<Pattern>,
    pub(crate) length: Option<(Number, Number)>,
    pub(crate) range: Option<(Number, Number)>,
    pub(crate) class: Class,
    /// The position, which decides the policies: a value has both.
    pub(crate) position: Position,
    pub(crate) argument: ArgumentPolicy,
    pub(crate) response: ResponsePolicy,
    /// The rules about its type.
    pub(crate) asserts: Vec<Assert>,
}

/// The policy of an argument. Words that the position does not allow have their defaults.
pub(crate) struct ArgumentPolicy {
    pub(crate) source: Source,
    pub(crate) place: Place,
    pub(crate) cap: Option<(f64, f64)>,
    /// The allowed domains of a URL.
    pub(crate) domains: Vec<String>,
    /// The response field whose tokens it accepts.
    pub(crate) token: Option<String>,
    pub(crate) credential: bool,
    pub(crate) recipient: bool,
    /// The first word that has an effect on arguments only.
    pub(crate) word: &'static str,
}

/// The policy of a response field. Words that the position does not allow have their defaults.
pub(crate) struct ResponsePolicy {
    pub(crate) integrity: Integrity,
    pub(crate) redaction: Redaction,
    /// The redaction of a map's keys, if it differs.
    pub(crate) keys: Option<Redaction>,
    /// The bound on what the model sees.
    pub(crate) max: Option<u32>,
    /// The name of its tokens.
    pub(crate) tokens: String,
    pub(crate) on_injection: Option<OnInjection>,
    pub(crate) spotlighting: Option<Spotlighting>,
    pub(crate) links: Option<Links>,
    /// The first word that has an effect on responses only.
    pub(crate) word: &'static str,
}

impl Field {
    /// Whether `Debug` must hide it.
    pub(crate) fn is_sensitive(&self) -> bool {
        matches!(self.class, Class::Pii | Class::Secret)
            || !matches!(self.response.redaction, Redaction::Keep)
            || self.response.keys.is_some()
    }
}

/// The pattern that the whole text must match.
#[derive(Clone)]
pub(crate) struct Pattern {
    pub(crate) text: String,
    /// The maximum number of characters of a match.
    pub(crate) max: Option<u32>,
    /// Whether no match contains white space.
    pub(crate) no_white_space: bool,
}

/// An end of a length or a range.
pub(crate) enum Number {
    Literal(f64),
    Constant(Expr),
}

/// A rule about the type of a field: a function of the runtime's `check` module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Assert {
    Bounded,
    /// As [`Assert::Bounded`], but numbers need no range.
    BoundedText,
    Placed,
    HeaderFree,
    NoCredential,
    Sourced,
    Closed,
    Handle,
    Received,
    Fits,
    /// `max` is on a text, a list or a map.
    Cut,
    /// A redaction supports the type.
    Redacted,
    /// No field inside has the name of a credential or, if the tool has an effect, of a recipient.
    Inside {
        acts: bool,
    },
    Number,
    /// Each URL in it has domains.
    Limited,
    /// Domains are on a URL.
    DomainsFit,
    /// The field has text of its own for `on_injection` and `spotlighting`.
    Isolated,
    /// As [`Assert::Sourced`], for a type that directs an effect whatever its name: a URL.
    AddressSourced,
}

pub(crate) enum Integrity {
    Untrusted,
    Trusted(Author),
    TrustedIf { field: String },
    Handle,
}

pub(crate) enum Source {
    Unchecked,
    From(From),
    Free,
    Any { reason: String },
}

pub(crate) enum Place {
    Path,
    Query,
    Body,
    Header(String),
}

pub(crate) struct Value {
    pub(crate) head: Head,
    pub(crate) response: bool,
    pub(crate) body: Body,
    /// Whether the derive writes a redacting `Debug`.
    pub(crate) debug: bool,
}

pub(crate) enum Body {
    Record { fields: Vec<Field> },
    Newtype(Box<Newtype>),
    Choice { names: Vec<String> },
    Variants { tagging: Tagging, variants: Vec<Variant>, skipped: bool },
}

pub(crate) struct Newtype {
    pub(crate) member: Member,
    pub(crate) ty: Type,
    pub(crate) recursive: bool,
    /// The kind. Default: the names of the package and the type.
    pub(crate) kind: Option<String>,
    pub(crate) snake: String,
    pub(crate) handle: bool,
    pub(crate) pattern: Option<Pattern>,
    /// Whether no match of the pattern can contain an instruction.
    pub(crate) closed: bool,
}

pub(crate) enum Tagging {
    External,
    Internal { tag: String },
    Adjacent { tag: String, content: String },
}

pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) name: String,
    pub(crate) body: VariantBody,
}

pub(crate) enum VariantBody {
    Unit,
    Newtype { ty: Box<Type>, recursive: bool },
    Struct(Vec<Field>),
}

pub(crate) struct Toolset {
    pub(crate) head: Head,
    pub(crate) tools: Vec<Type>,
    pub(crate) word: Span,
    pub(crate) trifecta: Option<Trifecta>,
}
