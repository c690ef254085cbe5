//! Values that would change the path, the query or the headers of a request.

use super::{Payload, payload};

/// Values for a whole path segment.
pub(crate) const SEGMENT: &[Payload] = &[
    payload("the parent segment", "..", "the request reaches the parent of the resource"),
    payload(
        "the current segment",
        ".",
        "the segment disappears, and the request reaches the collection",
    ),
    payload("an empty segment", "", "the segment disappears where servers merge slashes"),
];

/// Values for a path segment or a part of one.
pub(crate) const PATH: &[Payload] = &[
    payload("another branch", "{v}/../../admin", "the request reaches another resource"),
    payload("one more segment", "{v}/delete", "the request reaches an action below the resource"),
    payload("a query", "{v}?admin=true", "the request gets an undeclared pair"),
    payload("a fragment", "{v}#", "the rest of the template is lost"),
    payload("a backslash", "{v}\\..\\admin", "URL parsers treat it as a slash"),
    payload("an encoded slash", "{v}%2fadmin", "a server that decodes it finds another segment"),
    payload("encoded dots", "%2e%2e", "URL parsers decode them, and select the parent"),
    payload(
        "encoded twice",
        "%252e%252e%252fadmin",
        "the second decoding after a proxy selects the parent",
    ),
    payload("an encoded NUL byte", "{v}%00.json", "C strings end there"),
    payload("a line break", "{v}\r\nx-injected: 1", "the rest becomes a header"),
];

/// Values for a query pair.
pub(crate) const QUERY: &[Payload] = &[
    payload("another pair", "{v}&role=admin", "the request gets an undeclared pair"),
    payload(
        "the same name again",
        "{v}&{name}=other",
        "the guard and the API may read different ones",
    ),
    payload("a fragment", "{v}#", "later pairs are lost"),
    payload(
        "an encoded separator",
        "{v}%26role=admin",
        "a server that decodes before it splits finds another pair",
    ),
    payload("a plus", "{v}+or+more", "a server reads a space instead of a plus"),
    payload("an encoded NUL byte", "{v}%00", "C strings end there"),
    payload(
        "an encoded line break",
        "{v}%0d%0ax-injected: 1",
        "a server that copies it to a header starts another header",
    ),
    payload("a line break", "{v}\r\nx-injected: 1", "the rest becomes a header"),
];

/// Values for a header.
pub(crate) const HEADER: &[Payload] = &[
    payload("a line break", "{v}\r\nx-injected: 1", "the rest becomes a separate header"),
    payload("a line feed alone", "{v}\nx-injected: 1", "lenient servers treat it as a line break"),
    payload(
        "the end of the headers",
        "{v}\r\n\r\nGET /admin HTTP/1.1\r\nhost: x",
        "the rest becomes a separate request",
    ),
    payload("a NUL byte", "{v}\0", "C strings end there"),
];
