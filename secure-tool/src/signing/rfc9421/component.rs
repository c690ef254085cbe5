//! Components ([RFC 9421, section 2](https://www.rfc-editor.org/rfc/rfc9421#section-2)): takes an
//! identifier and a message, returns the exact value to sign.
//!
//! Unknown, missing and ambiguous components are rejected. So are trailers (`;tr`).

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sfv::{BareItem, FieldType, Item};

use super::fields;
use crate::signing::message::{Address, Message, Request, Response, text};
use crate::signing::unverified::Unverified;

/// Characters that stay unescaped in a value of `@query-param` ([URL, section
/// 5.2](https://url.spec.whatwg.org/#application-x-www-form-urlencoded-percent-encode-set)).
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');
/// Header fields with a known structured type, which have one strict form (`;sf`).
const DICTIONARIES: [&str; 7] = [
    "content-digest",
    "priority",
    "repr-digest",
    "signature",
    "signature-input",
    "want-content-digest",
    "want-repr-digest",
];
const LISTS: [&str; 3] = ["cache-status", "proxy-status", "accept-ch"];

/// The subject of a signature: a request, or a response with its request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject<'a> {
    Request(&'a Request<'a>),
    Response(&'a Response<'a>, &'a Request<'a>),
}

impl<'a> Subject<'a> {
    pub(super) fn message(self) -> &'a Message<'a> {
        match self {
            Self::Request(request) => &request.message,
            Self::Response(response, _) => &response.message,
        }
    }

    pub(super) fn check(self) -> Result<(), Unverified> {
        match self {
            Self::Request(request) => request.check(),
            Self::Response(response, request) => {
                request.check()?;
                response.message.check()
            }
        }
    }
}

/// One component of a signature.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Component {
    pub(super) item: Item,
    part: Part,
    /// Whether the component belongs to the request of a response (`;req`).
    of_request: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Method,
    TargetUri,
    Authority,
    Scheme,
    RequestTarget,
    Path,
    Query,
    /// The decoded name of the parameter.
    QueryParam(String),
    Status,
    Field(String, Form),
}

/// How the value of a header field is serialized.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    AsItIs,
    /// `;sf`
    Strict,
    /// `;key="…"`, with or without `;sf`.
    Member(String),
    /// `;bs`
    Bytes,
}

impl Component {
    /// Parses a component as configurations write it: `@method`, `content-type`, `@path;req`,
    /// `@query-param;name="id"`.
    pub(super) fn named(name: &str) -> Result<Self, Unverified> {
        let (name, params) =
            name.split_at_checked(name.find(';').unwrap_or(name.len())).unwrap_or((name, ""));
        Self::of(fields::item(&format!("\"{name}\"{params}"))?)
    }

    /// Parses a component as `signature-input` writes it.
    pub(super) fn of(item: Item) -> Result<Self, Unverified> {
        let unknown = || Unverified::Component;
        let name = item.bare_item.as_string().ok_or(Unverified::Malformed)?.as_str().to_owned();
        let params = Params::of(&item)?;
        let form = match (params.strict, params.key, params.bytes) {
            (false, None, false) => Form::AsItIs,
            (true, None, false) => Form::Strict,
            (false, None, true) => Form::Bytes,
            (_, Some(key), false) => Form::Member(key),
            _ => return Err(unknown()),
        };
        let part = match (name.as_str(), params.name) {
            ("@query-param", Some(encoded)) if form == Form::AsItIs => {
                Part::QueryParam(decoded(&encoded)?)
            }
            ("@method", None) => Part::Method,
            ("@target-uri", None) => Part::TargetUri,
            ("@authority", None) => Part::Authority,
            ("@scheme", None) => Part::Scheme,
            ("@request-target", None) => Part::RequestTarget,
            ("@path", None) => Part::Path,
            ("@query", None) => Part::Query,
            ("@status", None) if !params.of_request => Part::Status,
            (field, None) if is_field_name(field) => Part::Field(name, form.clone()),
            _ => return Err(unknown()),
        };
        if !matches!(part, Part::Field(..)) && form != Form::AsItIs {
            return Err(unknown());
        }
        Ok(Self { item, part, of_request: params.of_request })
    }

    /// Returns whether two components are equal, ignoring the order of their parameters.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.part == other.part && self.of_request == other.of_request
    }

    /// Returns whether this component contains another one: a URL contains its parts, and a whole
    /// field contains its members.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let holds = match (&self.part, &other.part) {
            (
                Part::TargetUri,
                Part::Scheme
                | Part::Authority
                | Part::RequestTarget
                | Part::Path
                | Part::Query
                | Part::QueryParam(_),
            )
            | (Part::RequestTarget, Part::Path | Part::Query | Part::QueryParam(_))
            | (Part::Query, Part::QueryParam(_)) => true,
            (
                Part::Field(field, Form::AsItIs | Form::Strict | Form::Bytes),
                Part::Field(other, _),
            ) => field == other,
            (own, other) => own == other,
        };
        holds && self.of_request == other.of_request
    }

    /// Returns the identifier, as the signature base writes it.
    pub(super) fn identifier(&self) -> String {
        self.item.serialize()
    }

    /// Returns the value of the component in a message.
    pub(super) fn value(&self, subject: Subject<'_>) -> Result<String, Unverified> {
        let missing = Unverified::Component;
        match (subject, self.of_request) {
            (Subject::Request(request), false) | (Subject::Response(_, request), true) => {
                match &self.part {
                    Part::Method => Ok(request.method.to_owned()),
                    Part::Status => Err(missing),
                    Part::Field(name, form) => field(&request.message, name, form),
                    part => of_address(part, &request.address()?),
                }
            }
            (Subject::Response(response, _), false) => match &self.part {
                Part::Status => Ok(response.status.to_string()),
                Part::Field(name, form) => field(&response.message, name, form),
                _ => Err(missing),
            },
            (Subject::Request(_), true) => Err(missing),
        }
    }
}

/// The parameters of an identifier.
#[derive(Default)]
struct Params {
    strict: bool,
    bytes: bool,
    of_request: bool,
    key: Option<String>,
    name: Option<String>,
}

impl Params {
    fn of(item: &Item) -> Result<Self, Unverified> {
        let mut params = Self::default();
        for (key, value) in &item.params {
            let text = || value.as_string().map(|text| text.as_str().to_owned());
            match (key.as_str(), value) {
                ("sf", BareItem::Boolean(true)) => params.strict = true,
                ("bs", BareItem::Boolean(true)) => params.bytes = true,
                ("req", BareItem::Boolean(true)) => params.of_request = true,
                ("key", _) => params.key = Some(text().ok_or(Unverified::Component)?),
                ("name", _) => params.name = Some(text().ok_or(Unverified::Component)?),
                _ => return Err(Unverified::Component),
            }
        }
        Ok(params)
    }
}

fn is_field_name(name: &str) -> bool {
    let byte = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&byte)
    };
    !name.is_empty() && name.bytes().all(byte)
}

fn of_address(part: &Part, address: &Address<'_>) -> Result<String, Unverified> {
    Ok(match part {
        Part::TargetUri => {
            format!("{}://{}{}", address.scheme, address.authority, address.target())
        }
        Part::Authority => address.authority.clone(),
        Part::Scheme => address.scheme.to_owned(),
        Part::RequestTarget => address.target(),
        Part::Path => address.path.to_owned(),
        Part::Query => address.query_or_mark(),
        Part::QueryParam(name) => query_param(address.query.unwrap_or_default(), name)?,
        Part::Method | Part::Status | Part::Field(..) => return Err(Unverified::Component),
    })
}

/// Returns the value of the only pair with this name.
fn query_param(query: &str, name: &str) -> Result<String, Unverified> {
    let mut found = None;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        // A pair that is not valid text is an error: another parser may read it as this name.
        if decoded(key)? == name && found.replace(value).is_some() {
            return Err(Unverified::Component);
        }
    }
    let value = decoded(found.ok_or(Unverified::Component)?)?;
    Ok(utf8_percent_encode(&value, FORM).to_string())
}

/// Decodes a part of a form.
fn decoded(text: &str) -> Result<String, Unverified> {
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8().map(Cow::into_owned).map_err(|_| Unverified::Component)
}

fn field(message: &Message<'_>, name: &str, form: &Form) -> Result<String, Unverified> {
    let count = message.all(name).count();
    if count == 0 {
        return Err(Unverified::Component);
    }
    let combined = || message.combined(name)?.ok_or(Unverified::Component);
    match form {
        // The value of a cookie may contain a comma, so combined `set-cookie` fields are ambiguous.
        Form::AsItIs if name == "set-cookie" && count > 1 => Err(Unverified::Component),
        Form::AsItIs => combined(),
        Form::Strict if DICTIONARIES.contains(&name) => {
            fields::dictionary(&combined()?)?.serialize().ok_or(Unverified::Component)
        }
        Form::Strict if LISTS.contains(&name) => {
            fields::list(&combined()?)?.serialize().ok_or(Unverified::Component)
        }
        Form::Strict => Err(Unverified::Component),
        Form::Member(key) => {
            let dictionary = fields::dictionary(&combined()?)?;
            dictionary.get(key.as_str()).map(fields::member_text).ok_or(Unverified::Component)
        }
        Form::Bytes => {
            let encoded: Vec<_> =
                message.all(name).map(|value| format!(":{}:", STANDARD.encode(value))).collect();
            Ok(encoded.join(", "))
        }
    }
}

/// Checks that a value fits on one line of the signature base.
pub(super) fn one_line(value: String) -> Result<String, Unverified> {
    text(value.as_bytes())?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(name: &str, subject: Subject<'_>) -> Result<String, Unverified> {
        Component::named(name)?.value(subject)
    }

    /// The examples of RFC 9421, 2.1 to 2.4.
    #[test]
    fn values_are_those_of_the_rfc() {
        let url = "https://www.Example.com:443/path?param=value&foo=bar&baz=bat%2Dman&qux=";
        let request = Request::new("POST", url)
            .field("X-OWS-Header", b"   Leading and trailing whitespace.   ")
            .field("cache-control", b"max-age=60")
            .field("Cache-Control", b"    must-revalidate")
            .field("example-dict", b" a=1,    b=2;x=1;y=2,   c=(a   b   c), d")
            .field("example-header", b"value, with, lots")
            .field("example-header", b"of, commas")
            .field("priority", b"u=1,   i")
            .field("x-empty", b"");
        for (name, expected) in [
            ("@method", "POST"),
            ("@target-uri", "https://www.example.com/path?param=value&foo=bar&baz=bat%2Dman&qux="),
            ("@authority", "www.example.com"),
            ("@scheme", "https"),
            ("@request-target", "/path?param=value&foo=bar&baz=bat%2Dman&qux="),
            ("@path", "/path"),
            ("@query", "?param=value&foo=bar&baz=bat%2Dman&qux="),
            ("@query-param;name=\"baz\"", "bat-man"),
            ("@query-param;name=\"qux\"", ""),
            ("x-ows-header", "Leading and trailing whitespace."),
            ("cache-control", "max-age=60, must-revalidate"),
            ("example-dict", "a=1,    b=2;x=1;y=2,   c=(a   b   c), d"),
            ("example-dict;key=\"a\"", "1"),
            ("example-dict;key=\"d\"", "?1"),
            ("example-dict;key=\"b\"", "2;x=1;y=2"),
            ("example-dict;key=\"c\"", "(a b c)"),
            ("example-header;bs", ":dmFsdWUsIHdpdGgsIGxvdHM=:, :b2YsIGNvbW1hcw==:"),
            ("priority;sf", "u=1, i"),
            ("x-empty", ""),
        ] {
            assert_eq!(value(name, Subject::Request(&request)).as_deref(), Ok(expected), "{name}");
        }
        let url = "https://www.example.com/parameters?var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something";
        let request = Request::new("GET", url);
        for (name, expected) in [
            ("var", "this%20is%20a%20big%0Amultiline%20value"),
            ("bar", "with%20plus%20whitespace"),
            ("fa%C3%A7ade%22%3A%20", "something"),
        ] {
            let component = format!("@query-param;name=\"{name}\"");
            assert_eq!(
                value(&component, Subject::Request(&request)).as_deref(),
                Ok(expected),
                "{name}"
            );
        }
        let response = Response::new(503).field("content-type", b"text/plain");
        let subject = Subject::Response(&response, &request);
        for (name, expected) in [
            ("@status", "503"),
            ("@method;req", "GET"),
            ("@path;req", "/parameters"),
            ("content-type", "text/plain"),
        ] {
            assert_eq!(value(name, subject).as_deref(), Ok(expected), "{name}");
        }
    }

    #[test]
    fn unknown_and_ambiguous_components_are_rejected() {
        let request = Request::new("GET", "https://a.example/?a=1&a=2&%61=3&b=%FF")
            .field("set-cookie", b"a=1")
            .field("set-cookie", b"b=2, 3")
            .field("x-latin", b"caf\xe9")
            .field("x-odd", b"(");
        for name in [
            "@status",
            "@METHOD",
            "@nothing",
            "@method;sf",
            "@method;name=\"a\"",
            "@query-param",
            "@query-param;name=1",
            "@signature-params",
            "Content-Type",
            "x y",
            "",
            "a;tr",
            "a;sf=?0",
            "a;sf;bs",
            "a;key=\"x\";bs",
            "a;key=x",
            "a;unknown",
            "@path;req",
            "x-missing",
            "x-odd;sf",
            "set-cookie;sf",
            "set-cookie",
            "@query-param;name=\"a\"",
            "@query-param;name=\"b\"",
            "@query-param;name=\"c\"",
            "@query-param;name=\"%FF\"",
        ] {
            assert!(value(name, Subject::Request(&request)).is_err(), "{name}");
        }
        assert_eq!(value("x-latin", Subject::Request(&request)), Err(Unverified::Malformed));
        assert_eq!(value("x-latin;bs", Subject::Request(&request)).as_deref(), Ok(":Y2Fm6Q==:"));
        let response = Response::new(200);
        for name in ["@method", "@path", "@status;req", "content-type", "content-type;req"] {
            assert!(value(name, Subject::Response(&response, &request)).is_err(), "{name}");
        }
    }

    #[test]
    fn whole_components_cover_their_parts_only() {
        let covers = |one: &str, other: &str| {
            Component::named(one).unwrap().covers(&Component::named(other).unwrap())
        };
        for (one, other) in [
            ("@target-uri", "@path"),
            ("@target-uri", "@scheme"),
            ("@request-target", "@query"),
            ("@query", "@query-param;name=\"a\""),
            ("content-digest;bs", "content-digest"),
            ("signature;sf", "signature;key=\"a\""),
            ("a;sf;req", "a;req;sf"),
        ] {
            assert!(covers(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("@path", "@target-uri"),
            ("@request-target", "@authority"),
            ("@path", "@query"),
            ("@path;req", "@path"),
            ("@path", "@path;req"),
            ("content-digest;key=\"sha-256\"", "content-digest"),
            ("a;key=\"x\"", "a;key=\"y\""),
            ("content-type", "content-digest"),
        ] {
            assert!(!covers(one, other), "{one} {other}");
        }
    }
}
