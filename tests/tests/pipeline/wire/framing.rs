//! The length of a response: stated twice, wrongly or in an unknown form. An ambiguous length is
//! rejected.

use secure_tool::Rule;
use secure_tool_testkit::hostile::{Ending, Response};
use tests::{Bench, rule};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{EVIL, GOOD, careless, connected, next_works, plain, plainly, taken};

/// Framing headers, the data after the headers, and whether a plain client accepts it.
type Case = (&'static str, &'static str, &'static str, bool);

/// Each of these is rejected.
const UNCLEAR: &[Case] = &[
    ("two lengths", "content-length: 10\r\ncontent-length: 20", r#"{"evil":1}{"evil":2}"#, false),
    ("two lengths in a list", "content-length: 10, 20", r#"{"evil":1}{"evil":2}"#, false),
    ("a signed length", "content-length: +10", r#"{"evil":1}"#, false),
    ("a negative length", "content-length: -10", r#"{"evil":1}"#, false),
    ("a length in hexadecimal", "content-length: 0xa", r#"{"evil":1}"#, false),
    ("a length with a fraction", "content-length: 10.0", r#"{"evil":1}"#, false),
    ("no length in the length", "content-length: ", r#"{"evil":1}"#, false),
    ("a length that overflows", "content-length: 18446744073709551626", r#"{"evil":1}"#, false),
    ("the longest length", "content-length: 18446744073709551615", r#"{"evil":1}"#, false),
    (
        "a length with chunks",
        "content-length: 3\r\ntransfer-encoding: chunked",
        "a\r\n{\"evil\":1}\r\n0\r\n\r\n",
        true,
    ),
    (
        "chunks with a length",
        "transfer-encoding: chunked\r\ncontent-length: 10",
        "a\r\n{\"evil\":1}\r\n0\r\n\r\n",
        true,
    ),
    ("an unknown coding", "transfer-encoding: xchunked", r#"{"evil":1}"#, true),
    ("the coding that is none", "transfer-encoding: identity", r#"{"evil":1}"#, true),
    ("`identity` after `chunked`", "transfer-encoding: chunked, identity", r#"{"evil":1}"#, true),
    (
        "`identity` before `chunked`",
        "transfer-encoding: identity, chunked",
        "a\r\n{\"evil\":1}\r\n0\r\n\r\n",
        true,
    ),
    (
        "`chunked` twice",
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked",
        "a\r\n{\"evil\":1}\r\n0\r\n\r\n",
        true,
    ),
    ("a coding in quotes", "transfer-encoding: \"chunked\"", r#"{"evil":1}"#, true),
    (
        "a vertical tab before the coding",
        "transfer-encoding: \x0bchunked",
        "a\r\n{\"evil\":1}\r\n0\r\n\r\n",
        false,
    ),
    (
        "a space before the colon",
        "transfer-encoding : chunked",
        "a\r\n{\"evil\":1}\r\n0\r\n\r\n",
        false,
    ),
    (
        "a coding on a folded line",
        "transfer-encoding:\r\n chunked",
        "a\r\n{\"evil\":1}\r\n0\r\n\r\n",
        false,
    ),
    ("a negative chunk", "transfer-encoding: chunked", "-a\r\n{\"evil\":1}\r\n0\r\n\r\n", false),
    ("a signed chunk", "transfer-encoding: chunked", "+a\r\n{\"evil\":1}\r\n0\r\n\r\n", false),
    (
        "a chunk with a prefix",
        "transfer-encoding: chunked",
        "0xa\r\n{\"evil\":1}\r\n0\r\n\r\n",
        false,
    ),
    (
        "a chunk that overflows",
        "transfer-encoding: chunked",
        "1000000000000000a\r\n{\"evil\":1}\r\n0\r\n\r\n",
        false,
    ),
    ("no size of a chunk", "transfer-encoding: chunked", "\r\n{\"evil\":1}\r\n0\r\n\r\n", false),
    (
        "a chunk longer than its stated size",
        "transfer-encoding: chunked",
        "9\r\n{\"evil\":1}\r\n0\r\n\r\n",
        false,
    ),
    (
        "a chunk shorter than its stated size",
        "transfer-encoding: chunked",
        "b\r\n{\"evil\":1}\r\n0\r\n\r\n",
        false,
    ),
    (
        "a line feed in an extension of a chunk",
        "transfer-encoding: chunked",
        "a;x\n=y\r\n{\"evil\":1}\r\n0\r\n\r\n",
        false,
    ),
    (
        "bare line feeds between chunks",
        "transfer-encoding: chunked",
        "a\n{\"evil\":1}\n0\n\n",
        false,
    ),
    ("chunks without a last one", "transfer-encoding: chunked", "a\r\n{\"evil\":1}\r\n", false),
    (
        "an unterminated last chunk",
        "transfer-encoding: chunked",
        "a\r\n{\"evil\":1}\r\n0\r\n",
        false,
    ),
    (
        "unterminated trailers",
        "transfer-encoding: chunked",
        "a\r\n{\"evil\":1}\r\n0\r\nx: y\r\n",
        false,
    ),
];

fn raw(framing: &str, rest: &str) -> Response {
    Response::raw(format!(
        "HTTP/1.1 200 \r\ncontent-type: application/json\r\n{framing}\r\n\r\n{rest}"
    ))
}

#[tokio::test]
async fn a_response_with_an_ambiguous_length_is_rejected() {
    let bench = Bench::new().await;
    for (what, framing, rest, plain_takes) in UNCLEAR {
        bench.shop.respond(raw(framing, rest));
        assert_eq!(careless(&bench.shop).await, *rest, "{what}: it is on the wire");
        assert_eq!(
            plainly(&plain(&bench.shop), &bench.shop).await.is_ok(),
            *plain_takes,
            "{what}: of a plain client"
        );
        assert_eq!(taken(&bench).await, Err(Rule::Exchange), "{what}");
        next_works(&bench, what).await;
    }
}

#[tokio::test]
async fn an_unambiguous_response_is_read_as_the_standard_defines() {
    let bench = Bench::new().await;
    for (what, framing, rest) in [
        ("one length twice", "content-length: 10\r\ncontent-length: 10", GOOD),
        ("capitals", "Transfer-Encoding: Chunked", "a\r\n{\"good\":1}\r\n0\r\n\r\n"),
        (
            "extensions of chunks",
            "transfer-encoding: chunked",
            "4;a=b\r\n{\"go\r\n6;c=\"d\"\r\nod\":1}\r\n0;e\r\n\r\n",
        ),
        (
            "zeros before a size",
            "transfer-encoding: chunked",
            "000a\r\n{\"good\":1}\r\n000\r\n\r\n",
        ),
        ("no length at all", "connection: close", GOOD),
    ] {
        bench.shop.respond(raw(framing, rest));
        let taken = taken(&bench).await;
        assert!(taken.as_ref().is_ok_and(|text| text.contains("good")), "{what}: {taken:?}");
        next_works(&bench, what).await;
    }
}

#[tokio::test]
async fn a_second_response_after_the_first_is_discarded() {
    let bench = Bench::new().await;
    let second = format!(
        "HTTP/1.1 200 \r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{EVIL}"
    );
    let behind = |body: &str| format!("{body}{second}");
    let first = Response::json(behind(GOOD)).header("content-length", "10");
    // A client that sends another request on the same connection and keeps reading would receive
    // the wrong response.
    bench.shop.respond_in_turn([first, Response::json(GOOD)]);
    let mut stream = connected(&bench.shop).await;
    let request = b"GET /v1/documents HTTP/1.1\r\nhost: api.shop.example\r\n\r\n";
    stream.write_all(request).await.expect("written");
    let mut read = Vec::new();
    while !read.ends_with(GOOD.as_bytes()) {
        read.push(stream.read_u8().await.expect("the first answer"));
    }
    stream.write_all(request).await.expect("written");
    let mut next = vec![0; second.len()];
    stream.read_exact(&mut next).await.expect("an answer");
    assert!(next.ends_with(EVIL.as_bytes()));

    for round in 0..20 {
        for (what, first) in [
            ("a length", Response::json(behind(GOOD)).header("content-length", "10")),
            (
                "chunks",
                Response::json(behind("a\r\n{\"good\":1}\r\n0\r\n\r\n"))
                    .header("transfer-encoding", "chunked"),
            ),
            ("no content", Response::json(behind("")).status(204).header("content-length", "0")),
            ("not modified", Response::json(behind("")).status(304).header("content-length", "10")),
            (
                "a protocol upgrade",
                Response::json(behind(""))
                    .status(101)
                    .header("upgrade", "x")
                    .header("connection", "upgrade"),
            ),
        ] {
            bench.shop.respond(first);
            let taken = taken(&bench).await;
            assert!(!taken.is_ok_and(|text| text.contains("evil")), "{what}, round {round}");
            next_works(&bench, what).await;
        }
    }
}

#[tokio::test]
async fn an_invalid_status_line_is_rejected() {
    let bench = Bench::new().await;
    let head = "content-type: application/json\r\ncontent-length: 10\r\n\r\n";
    for line in [
        "HTTP/0.9 200 \r\n",
        "HTTP/2.0 200 \r\n",
        "HTTP/1.2 200 \r\n",
        "http/1.1 200 \r\n",
        "ICY 200 \r\n",
        "HTTP/1.1  200 \r\n",
        "HTTP/1.1 20 \r\n",
        "HTTP/1.1 2000 \r\n",
        "HTTP/1.1 +20 \r\n",
        "HTTP/1.1 099 \r\n",
        "HTTP/1.1 200 \0\r\n",
        "HTTP/1.1 200 \r\n \r\n",
        "{\"evil\":1}\r\n",
    ] {
        bench.shop.respond(Response::raw(format!("{line}{head}{EVIL}")));
        assert_eq!(taken(&bench).await, Err(Rule::Exchange), "{line:?}");
        next_works(&bench, line).await;
    }
    // HTTP/1.0 has no chunks.
    bench.shop.respond(Response::raw(
        "HTTP/1.0 200 \r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\na\r\n{\"evil\":1}\r\n0\r\n\r\n",
    ));
    assert_eq!(taken(&bench).await, Err(Rule::Exchange));
}

#[tokio::test]
async fn invalid_bytes_in_response_headers_are_harmless() {
    let bench = Bench::new().await;
    for (what, header) in [
        ("a zero byte", "x: a\0b"),
        ("a carriage return", "x: a\rcontent-length: 3"),
        ("no colon", "what is this"),
        ("no name", ": x"),
        ("a name in another script", "c\u{f6}ntent-length: 3"),
        ("a space in a name", "content length: 3"),
    ] {
        bench.shop.respond(raw(&format!("{header}\r\ncontent-length: 10"), EVIL));
        assert_eq!(taken(&bench).await, Err(Rule::Exchange), "{what}");
        next_works(&bench, what).await;
    }
    // A bare line feed may count as a line break (RFC 9112, 2.2): the length is then stated twice.
    bench.shop.respond(raw("x: a\ncontent-length: 3\r\ncontent-length: 10", EVIL));
    assert_eq!(taken(&bench).await, Err(Rule::Exchange));
}

#[tokio::test]
async fn an_effect_with_an_ambiguous_response_is_unknown_and_not_retried() {
    let bench = Bench::new().await;
    for (what, framing, rest, _) in UNCLEAR {
        bench.clock.advance(std::time::Duration::from_mins(1));
        bench.shop.clear();
        bench.shop.respond(raw(framing, rest));
        let outcome = bench.session().call("place_order", r#"{"product":"KT-2041"}"#).await;
        assert_eq!(
            (rule(&outcome), bench.shop.requests().len()),
            (Some(Rule::EffectUnknown), 1),
            "{what}"
        );
    }
    bench.clock.advance(std::time::Duration::from_mins(1));
    bench.shop.clear();
    bench.shop.respond(Response::json("[]").cut_after(0, Ending::Close));
    let outcome = bench.session().call("place_order", r#"{"product":"KT-2041"}"#).await;
    assert_eq!((rule(&outcome), bench.shop.requests().len()), (Some(Rule::EffectUnknown), 1));
}
