//! Responses in other character sets, with cookies, with trailers, compressed.

use secure_tool::Rule;
use secure_tool_testkit::hostile::Response;
use tests::{Bench, SEARCH, page};

use super::{EVIL, GOOD, next_works, over_http2, taken};

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[tokio::test]
async fn only_utf8_responses_are_accepted() {
    let bench = Bench::new().await;
    let (little, big) = (utf16(EVIL, u16::to_le_bytes), utf16(EVIL, u16::to_be_bytes));
    let json = "application/json";
    for (what, content_type, body, refused) in [
        ("declared utf-16", "application/json; charset=utf-16", little.clone(), Rule::ContentType),
        ("utf-16 that does not", json, little, Rule::Drift),
        ("utf-16, the other way round", json, big.clone(), Rule::Drift),
        ("utf-16 that says utf-8", "application/json; charset=utf-8", big, Rule::Drift),
        (
            "utf-16 with a byte order mark",
            json,
            [&[0xff, 0xfe][..], &utf16(EVIL, u16::to_le_bytes)].concat(),
            Rule::Drift,
        ),
        (
            "utf-8 with a byte order mark",
            json,
            [&[0xef, 0xbb, 0xbf][..], EVIL.as_bytes()].concat(),
            Rule::Drift,
        ),
        (
            "utf-7",
            "application/json; charset=utf-7",
            b"+AHsAIg-evil+ACI-:1}".to_vec(),
            Rule::ContentType,
        ),
        (
            "declared latin 1",
            "application/json; charset=iso-8859-1",
            b"\"\xe9vil\"".to_vec(),
            Rule::ContentType,
        ),
        ("latin 1 that does not", json, b"\"\xe9vil\"".to_vec(), Rule::Drift),
        (
            "two character sets",
            "application/json; charset=utf-8; charset=utf-16",
            EVIL.into(),
            Rule::ContentType,
        ),
        ("an overlong slash", json, b"\"\xc0\xaf\"".to_vec(), Rule::Drift),
        ("half of a pair", json, b"\"\xed\xa0\x80\"".to_vec(), Rule::Drift),
        ("a character cut off", json, b"\"\xe2\x82".to_vec(), Rule::Drift),
        ("beyond the last character", json, b"\"\xf4\x90\x80\x80\"".to_vec(), Rule::Drift),
        ("zero bytes after it", json, [EVIL.as_bytes(), &[0; 4]].concat(), Rule::Drift),
    ] {
        bench.shop.respond(Response::new(200, content_type, body));
        assert_eq!(taken(&bench).await, Err(refused), "{what}");
        next_works(&bench, what).await;
    }
}

#[tokio::test]
async fn cookies_are_not_stored() {
    for bench in [Bench::new().await, over_http2().await] {
        let cookies = Response::json(page("fine"))
            .header("set-cookie", "session=evil; Path=/; Domain=shop.example")
            .header("set-cookie", "b=c");
        bench.shop.respond(cookies);
        for _ in 0..3 {
            assert!(bench.session().call("search_products", SEARCH).await.answer().is_some());
            assert!(bench.session().call("read_document", "{}").await.answer().is_some());
        }
        let requests = bench.shop.requests();
        assert_eq!(requests.len(), 6);
        assert!(requests.iter().all(|request| request.header("cookie").is_none()
            && !request.raw().windows(4).any(|window| window == b"evil")));
    }
}

#[tokio::test]
async fn trailers_are_ignored() {
    for bench in [Bench::new().await, over_http2().await] {
        for (name, value) in [
            ("content-length", "3"),
            ("content-type", "text/html"),
            ("content-encoding", "gzip"),
            ("transfer-encoding", "identity"),
            ("set-cookie", "a=evil"),
            ("location", "http://127.0.0.1/"),
            ("x", "y"),
        ] {
            bench.shop.respond(Response::json(GOOD).trailer(name, value));
            // The library may also reject trailers that HTTP/2 forbids.
            let taken = taken(&bench).await;
            assert!(
                taken
                    .as_ref()
                    .map_or_else(|rule| *rule == Rule::Exchange, |text| text.contains("good")),
                "{name}: {taken:?}"
            );
            next_works(&bench, name).await;
        }
        assert!(bench.shop.requests().iter().all(|request| request.header("cookie").is_none()));
    }
}

#[tokio::test]
async fn a_compressed_response_is_rejected_or_within_its_limit_when_decoded() {
    for bench in [Bench::new().await, over_http2().await] {
        for (what, answer) in [
            ("a bomb", Response::bomb(100 << 20)),
            ("a bomb in a bomb", Response::bomb(100 << 20).gzipped()),
            ("a bomb of a page", Response::gzip(page(&"a".repeat(4 << 20)))),
            (
                "a bomb without a content encoding",
                Response::bomb(100 << 20).header("content-encoding", "identity"),
            ),
            ("a bomb of zeros", Response::gzip(vec![0; 4 << 20])),
            ("spaces after the end", Response::gzip(format!("{EVIL}{}", " ".repeat(4 << 20)))),
        ] {
            bench.shop.respond(answer);
            let outcome = super::read(&bench).await;
            // Decoded, each is longer than the limit.
            assert!(outcome.refusal().is_some() && outcome.for_model().len() < 1_000, "{what}");
            next_works(&bench, what).await;
        }
    }
}

#[tokio::test]
async fn an_unrequested_content_encoding_is_rejected() {
    let bench = Bench::new().await;
    for (what, answer) in [
        ("twice", Response::gzip(EVIL).gzipped()),
        ("cut off", Response::gzip(EVIL).hang_up_after(20)),
        ("a coding that it has not", Response::gzip(EVIL).header("content-encoding", "br")),
        (
            "another encoding",
            Response::new(200, "application/json", *b"\x1f\x8b\x08evil")
                .header("content-encoding", "x-gzip"),
        ),
        (
            "compressed without a content encoding",
            Response::new(200, "application/json", *b"\x1f\x8b\x08\0\0\0\0\0\0\xff\xab\xae\x05\0"),
        ),
        (
            "compressed by transfer coding",
            Response::json(*b"\x1f\x8b\x08evil")
                .header("transfer-encoding", "gzip, chunked")
                .chunked(),
        ),
    ] {
        bench.shop.respond(answer);
        let taken = taken(&bench).await;
        assert!(taken.is_err(), "{what}: {taken:?}");
        next_works(&bench, what).await;
    }
}
