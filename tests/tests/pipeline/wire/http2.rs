//! Invalid HTTP/2 frames, reset streams, and requests that must not be sent twice.

use std::time::Duration;

use secure_tool::Rule;
use secure_tool_testkit::hostile::Response;
use tests::{SHOP_KEY, rule};

use super::{GOOD, next_works, over_http2, plain, taken};

/// Encodes a frame: type, flags, stream, payload.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let [_, high, middle, low] = u32::try_from(payload.len()).expect("a short one").to_be_bytes();
    [&[high, middle, low, kind, flags][..], &stream.to_be_bytes(), payload].concat()
}

/// Encodes a header literal without Huffman coding.
fn field(name: &str, value: &str) -> Vec<u8> {
    let length = |text: &str| u8::try_from(text.len()).expect("a short one");
    [&[0, length(name)][..], name.as_bytes(), &[length(value)], value.as_bytes()].concat()
}

const STATUS: u8 = 0x88;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;

#[tokio::test]
async fn calls_over_http2_and_http1_are_equivalent() {
    let bench = over_http2().await;
    bench.shop.respond(Response::json(tests::page("A fine kettle.")));
    let outcome = bench.session().call("search_products", tests::SEARCH).await;
    assert!(outcome.for_model().contains("A fine kettle."));
    let requests = bench.shop.requests();
    let [request] = requests.as_slice() else { panic!("one request, not {}", requests.len()) };
    assert!(request.raw().starts_with(b"GET /v1/categories/kettles/products?"));
    assert_eq!(request.header("authorization"), Some(format!("Bearer {SHOP_KEY}").as_str()));
    let mut names: Vec<_> = request.headers().iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["accept", "accept-encoding", "authorization", "host", "user-agent", "x-api-version"]
    );
}

#[tokio::test]
async fn a_reset_stream_is_a_refusal() {
    let bench = over_http2().await;
    // The codes of RFC 9113, 7, and two unknown ones.
    for code in (0..=13).chain([14, u32::MAX]) {
        for answer in [Response::reset_stream(code), Response::json(GOOD).hang_up_after(4)] {
            bench.shop.clear();
            bench.shop.respond(answer);
            assert_eq!(taken(&bench).await, Err(Rule::Exchange), "{code}");
            assert_eq!(bench.shop.requests().len(), 1, "{code}");
            next_works(&bench, "a reset").await;
        }
    }
    for code in [0, 1, 11] {
        bench.shop.clear();
        bench.shop.respond(Response::go_away(code));
        assert_eq!(taken(&bench).await, Err(Rule::Exchange), "{code}");
        assert_eq!(bench.shop.requests().len(), 1, "{code}");
        next_works(&bench, "a server that went away").await;
    }
}

#[tokio::test]
async fn a_request_that_the_server_did_not_process_is_not_resent_by_the_http_library() {
    let bench = over_http2().await;
    let client = plain(&bench.shop);
    for (what, answer) in
        [("refused stream", Response::reset_stream(7)), ("went away", Response::go_away(0))]
    {
        bench.shop.clear();
        bench.shop.respond_in_turn([answer.clone(), Response::json("[]")]);
        let url = format!("https://{}:{}/v1/orders", bench.shop.host(), bench.shop.addr().port());
        assert!(
            client.post(url).body("{}").send().await.is_ok_and(|answer| answer.status() == 200)
        );
        assert_eq!(bench.shop.requests().len(), 2, "{what}: a plain client orders twice");

        bench.shop.clear();
        bench.clock.advance(Duration::from_mins(1));
        bench.shop.respond_in_turn([answer, Response::json("[]")]);
        let outcome = bench.session().call("place_order", r#"{"product":"KT-2041"}"#).await;
        assert_eq!(
            (rule(&outcome), bench.shop.requests().len()),
            (Some(Rule::EffectUnknown), 1),
            "{what}"
        );
    }
}

/// Bytes that a server must not send in response to the first request of a connection.
#[expect(clippy::too_many_lines, reason = "a table")]
fn forbidden() -> Vec<(&'static str, Vec<u8>)> {
    let good = |flags| frame(DATA, flags, 1, br#"{"evil":1}"#);
    let head = |more: &[u8]| {
        frame(
            HEADERS,
            END_HEADERS,
            1,
            &[&[STATUS][..], &field("content-type", "application/json"), more].concat(),
        )
    };
    vec![
        (
            "headers without a status",
            [
                frame(HEADERS, END_HEADERS, 1, &field("content-type", "application/json")),
                good(END_STREAM),
            ]
            .concat(),
        ),
        ("two statuses", [head(&[STATUS]), good(END_STREAM)].concat()),
        (
            "a status of letters",
            [frame(HEADERS, END_HEADERS, 1, &field(":status", "2oo")), good(END_STREAM)].concat(),
        ),
        ("a pseudo header of requests", [head(&field(":path", "/")), good(END_STREAM)].concat()),
        ("an unknown pseudo-header", [head(&field(":evil", "1")), good(END_STREAM)].concat()),
        ("a name in capitals", [head(&field("X-Evil", "1")), good(END_STREAM)].concat()),
        ("a line break in a value", [head(&field("x", "a\r\nb: c")), good(END_STREAM)].concat()),
        ("a connection header", [head(&field("connection", "close")), good(END_STREAM)].concat()),
        (
            "a transfer coding",
            [head(&field("transfer-encoding", "chunked")), good(END_STREAM)].concat(),
        ),
        (
            "a length that is too short",
            [head(&field("content-length", "9")), good(END_STREAM)].concat(),
        ),
        (
            "a length that is too long",
            [head(&field("content-length", "11")), good(END_STREAM)].concat(),
        ),
        (
            "two lengths",
            [
                head(&[field("content-length", "10"), field("content-length", "11")].concat()),
                good(END_STREAM),
            ]
            .concat(),
        ),
        ("no end", [head(&[]), good(0)].concat()),
        (
            "trailers without end of stream",
            [
                head(&[]),
                good(0),
                frame(HEADERS, END_HEADERS, 1, &field("x", "y")),
                good(END_STREAM),
            ]
            .concat(),
        ),
        ("a body before the head", [good(0), head(&[]), good(END_STREAM)].concat()),
        (
            "a response on an unopened stream",
            [frame(HEADERS, END_HEADERS, 3, &[STATUS]), frame(DATA, END_STREAM, 3, b"{}")].concat(),
        ),
        (
            "a response on a server stream",
            [frame(HEADERS, END_HEADERS, 2, &[STATUS]), frame(DATA, END_STREAM, 2, b"{}")].concat(),
        ),
        ("a head on no stream", frame(HEADERS, END_HEADERS, 0, &[STATUS])),
        ("a body on no stream", [head(&[]), frame(DATA, END_STREAM, 0, b"{}")].concat()),
        (
            "more padding than payload",
            [head(&[]), frame(DATA, END_STREAM | PADDED, 1, b"\xff{}")].concat(),
        ),
        (
            "a frame that is too long",
            [head(&[]), frame(DATA, END_STREAM, 1, &[b' '; 16 * 1024 * 4])].concat(),
        ),
        ("a continuation without headers", frame(CONTINUATION, END_HEADERS, 1, &[STATUS])),
        (
            "headers with a body inside",
            [frame(HEADERS, 0, 1, &[STATUS]), good(0), frame(CONTINUATION, END_HEADERS, 1, &[])]
                .concat(),
        ),
        ("a header that the table does not have", head(&[0xff, 0xff, 0x03])),
        (
            "an unterminated integer",
            head(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ),
        ("a text longer than its block", head(&[0x00, 0x7f, 0xff, 0xff, 0x7f, b'x'])),
        ("Huffman's code for the end", head(&[0x00, 0x84, 0xff, 0xff, 0xff, 0xff, 0x01, b'x'])),
        ("a table larger than was allowed", head(&[0x3f, 0xff, 0xff, 0xff, 0x07])),
        ("settings of half a length", frame(SETTINGS, 0, 0, &[0, 4, 0])),
        ("a window that can not be", frame(SETTINGS, 0, 0, &[0, 4, 0xff, 0xff, 0xff, 0xff])),
        ("frames that can not be so long", frame(SETTINGS, 0, 0, &[0, 5, 0xff, 0xff, 0xff, 0xff])),
        ("a server that wants to be pushed to", frame(SETTINGS, 0, 0, &[0, 2, 0, 0, 0, 1])),
        ("a ping of the wrong length", frame(6, 0, 0, b"short")),
        ("a window that overflows", frame(8, 0, 0, &[0x7f, 0xff, 0xff, 0xff])),
        ("a window of nothing", frame(8, 0, 1, &[0; 4])),
        ("a stream that depends on itself", frame(2, 0, 1, &[0, 0, 0, 1, 0])),
        ("a reset of nothing", frame(3, 0, 0, &[0; 4])),
        ("another protocol", b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{\"evil\":1}".to_vec()),
        ("zeros", vec![0; 70_000]),
    ]
}

#[tokio::test]
async fn invalid_frames_are_rejected() {
    for (what, bytes) in forbidden() {
        let bench = over_http2().await;
        bench.shop.respond(Response::raw(bytes));
        let taken = taken(&bench).await;
        assert_eq!(taken, Err(Rule::Exchange), "{what}");
        assert_eq!(bench.shop.requests().len(), 1, "{what}");
        next_works(&bench, what).await;
    }
}

#[tokio::test]
async fn valid_frames_are_accepted() {
    let bench = over_http2().await;
    let head = [&[STATUS][..], &field("content-type", "application/json")].concat();
    let padded = frame(DATA, END_STREAM | PADDED, 1, b"\x03{\"good\":1}\0\0\0");
    let in_two =
        [frame(HEADERS, 0, 1, &head[..3]), frame(CONTINUATION, END_HEADERS, 1, &head[3..]), padded]
            .concat();
    bench.shop.respond(Response::raw(in_two));
    assert!(taken(&bench).await.is_ok_and(|text| text.contains("good")));
    // Trailers are not read, so a second status in them has no effect.
    let bench = over_http2().await;
    let body = frame(DATA, 0, 1, GOOD.as_bytes());
    let trailers = frame(HEADERS, END_HEADERS | END_STREAM, 1, &field(":status", "500"));
    bench
        .shop
        .respond(Response::raw([frame(HEADERS, END_HEADERS, 1, &head), body, trailers].concat()));
    assert!(taken(&bench).await.is_ok_and(|text| text.contains("good")));
}

#[tokio::test]
async fn concurrent_calls_share_a_connection_but_no_response() {
    let bench = over_http2().await;
    // One in three is reset, one in three is delayed: each call receives its own response.
    bench.shop.respond_with(|request| {
        let term = request
            .query_pairs()
            .into_iter()
            .find(|(name, _)| name == "term")
            .map(|(_, value)| value)
            .unwrap_or_default();
        match term.bytes().last().map(|digit| digit % 3) {
            Some(0) => Response::reset_stream(8),
            Some(1) => Response::json(tests::page(&term)).delayed(Duration::from_millis(20)),
            _ => Response::json(tests::page(&term)),
        }
    });
    let session = bench.session();
    let call = |number: u32| {
        let arguments =
            format!(r#"{{"category":"kettles","term":"term number {number}","limit":5}}"#);
        let session = session.clone();
        async move { (number, session.call("search_products", &arguments).await) }
    };
    let calls: Vec<_> = (0..9).map(|number| tokio::spawn(call(number))).collect();
    for call in calls {
        let (number, outcome) = call.await.expect("no panic");
        match number % 3 {
            0 => assert_eq!(rule(&outcome), Some(Rule::Exchange), "{number}"),
            _ => {
                assert!(outcome.for_model().contains(&format!("term number {number}")), "{number}");
            }
        }
    }
}
