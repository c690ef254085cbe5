//! Values that would change which resource a request asks for.

use super::{Payload, payload};

/// In the place of a whole segment of the path.
pub(crate) const SEGMENT: &[Payload] = &[
    payload("one level up", "..", "the request reaches the parent of the resource"),
    payload(
        "the same level",
        ".",
        "the segment disappears, and the request reaches the collection",
    ),
    payload("nothing", "", "the segment disappears where servers fold slashes"),
];

/// In a segment of the path, or in a part of one.
pub(crate) const PATH: &[Payload] = &[
    payload(
        "another branch",
        "{v}/../../admin",
        "the request reaches what the tool was not made for",
    ),
    payload("one more segment", "{v}/delete", "the request reaches an action below the resource"),
    payload("a query", "{v}?admin=true", "the request gets a pair that nobody declared"),
    payload("a fragment", "{v}#", "what follows in the template is cut off"),
    payload("a backslash", "{v}\\..\\admin", "URL parsers take it for a slash"),
    payload("an encoded slash", "{v}%2fadmin", "a server that decodes finds one more segment"),
    payload("encoded dots", "%2e%2e", "URL parsers take them for dots, and go up"),
    payload(
        "encoded twice",
        "%252e%252e%252fadmin",
        "the second decoding, behind a proxy, goes up",
    ),
    payload("an encoded zero byte", "{v}%00.json", "what is written in C stops reading there"),
    payload("a line break", "{v}\r\nx-injected: 1", "what follows would be a header"),
];

/// In a value of the query.
pub(crate) const QUERY: &[Payload] = &[
    payload("another pair", "{v}&role=admin", "the request gets a pair that nobody declared"),
    payload(
        "the same name again",
        "{v}&{name}=other",
        "the guard reads the first and the API the last, or the other way round",
    ),
    payload("a fragment", "{v}#", "the pairs that follow are cut off"),
    payload(
        "an encoded separator",
        "{v}%26role=admin",
        "a server that decodes first finds another pair",
    ),
    payload("a plus", "{v}+or+more", "a server reads a space where a plus was meant"),
    payload("an encoded zero byte", "{v}%00", "what is written in C stops reading there"),
    payload(
        "an encoded line break",
        "{v}%0d%0ax-injected: 1",
        "a server that writes it into a header starts another one",
    ),
    payload("a line break", "{v}\r\nx-injected: 1", "what follows would be a header"),
];

/// In a header.
pub(crate) const HEADER: &[Payload] = &[
    payload("a line break", "{v}\r\nx-injected: 1", "what follows would be a header of its own"),
    payload("a line feed alone", "{v}\nx-injected: 1", "lenient servers take it for a line break"),
    payload(
        "the end of the head",
        "{v}\r\n\r\nGET /admin HTTP/1.1\r\nhost: x",
        "what follows would be a request of its own",
    ),
    payload("a zero byte", "{v}\0", "what is written in C stops reading there"),
];
