//! Excessive data before, in and after a response: the call stops at a limit and the client closes
//! the connection.

use std::time::Duration;

use secure_tool::Rule;
use secure_tool_testkit::hostile::{Flood, Response};
use tests::Bench;

use super::{
    GOOD, brought, next_works, over_http2, plain, plainly, read, read_soon, taken, until_given_up,
};

/// Endless or excessive responses, each with its expected rule.
fn endless() -> Vec<(&'static str, Response, &'static [Rule])> {
    let tick = Duration::from_millis(50);
    let good = || Response::json(GOOD);
    vec![
        ("interim answers", good().interim(u64::MAX), &[Rule::Timeout, Rule::Exchange]),
        (
            "a head without an end",
            Response::endless_headers(),
            &[Rule::Exchange, Rule::AnswerTooLarge],
        ),
        ("a body without an end", Response::huge(), &[Rule::AnswerTooLarge]),
        ("silence", Response::silence(), &[Rule::Timeout]),
        ("a late head", good().delayed(Duration::from_mins(1)), &[Rule::Timeout]),
        ("a slow head", good().slow_headers(tick), &[Rule::Timeout]),
        ("a slow body", good().trickled(1, Duration::from_secs(1)), &[Rule::Timeout]),
        ("a slow body without an end", Response::huge().trickled(1, tick), &[Rule::Timeout]),
    ]
}

#[tokio::test]
async fn endless_responses_stop_at_a_limit_and_close_the_connection() {
    let bench = Bench::new().await;
    for (what, answer, rules) in endless() {
        bench.shop.respond(answer);
        let taken = brought(&read_soon(&bench).await);
        assert!(taken.as_ref().is_err_and(|rule| rules.contains(rule)), "{what}: {taken:?}");
        until_given_up(&bench).await;
        next_works(&bench, what).await;
    }
}

#[tokio::test]
async fn endless_http2_responses_stop_at_a_limit_and_the_next_call_reconnects() {
    let bench = over_http2().await;
    for (what, answer, rules) in endless() {
        // In HTTP/2 the headers are one frame.
        if what != "a slow head" {
            bench.shop.clear();
            bench.shop.respond(answer);
            let taken = brought(&read_soon(&bench).await);
            assert!(taken.as_ref().is_err_and(|rule| rules.contains(rule)), "{what}: {taken:?}");
            // A server can keep writing after its stream was reset.
            until_given_up(&bench).await;
            next_works(&bench, what).await;
        }
    }
}

#[tokio::test]
async fn response_headers_are_limited_in_number_and_size() {
    for bench in [Bench::new().await, over_http2().await] {
        for (count, bytes, is_read) in [
            (20, 100, true),
            (1_000, 10, false),
            (1, 1 << 20, false),
            (50_000, 0, false),
            (90, 20_000, false),
        ] {
            bench.shop.respond(Response::json(GOOD).many_headers(count, bytes));
            let taken = taken(&bench).await;
            let expected = if is_read {
                taken.is_ok()
            } else {
                matches!(taken, Err(Rule::Exchange | Rule::AnswerTooLarge))
            };
            assert!(expected, "{count} headers of {bytes}: {taken:?}");
            next_works(&bench, "a large head").await;
        }
    }
}

#[tokio::test]
async fn trailers_are_limited_in_number_and_size() {
    for bench in [Bench::new().await, over_http2().await] {
        let many = (0..20_000).fold(Response::json(GOOD), |answer, number| {
            answer.trailer(format!("x-{number}"), "a")
        });
        for (what, answer) in [
            ("many trailers", many),
            ("a long trailer", Response::json(GOOD).trailer("x", "a".repeat(1 << 20))),
        ] {
            bench.shop.respond(answer);
            let taken = taken(&bench).await;
            assert!(
                matches!(taken, Err(Rule::Exchange | Rule::AnswerTooLarge)),
                "{what}: {taken:?}"
            );
            next_works(&bench, what).await;
        }
    }
}

#[tokio::test]
async fn interim_responses_are_skipped() {
    for bench in [Bench::new().await, over_http2().await] {
        bench.shop.respond(Response::json(GOOD).interim(3));
        assert!(taken(&bench).await.is_ok_and(|text| text.contains("good")));
        bench.shop.respond(Response::json(GOOD).interim(2_000));
        // The library may reject or accept it; either is harmless.
        let taken = taken(&bench).await;
        assert!(
            taken.as_ref().map_or_else(
                |rule| matches!(rule, Rule::Exchange | Rule::Timeout),
                |text| text.contains("good")
            ),
            "{taken:?}"
        );
        next_works(&bench, "interim answers").await;
    }
}

#[tokio::test]
async fn a_body_of_tiny_chunks_stops_at_a_limit() {
    let bench = Bench::new().await;
    let chunks = "1;extension-of-a-chunk\r\n \r\n".repeat(200_000);
    bench.shop.respond(Response::json(chunks.as_str()).header("transfer-encoding", "chunked"));
    let taken = taken(&bench).await;
    assert!(
        matches!(taken, Err(Rule::AnswerTooLarge | Rule::Exchange | Rule::Timeout)),
        "{taken:?}"
    );
    let extension = "a".repeat(1 << 20);
    bench.shop.respond(
        Response::json(format!("1;{extension}\r\n1\r\n0\r\n\r\n"))
            .header("transfer-encoding", "chunked"),
    );
    assert_eq!(
        super::taken(&bench).await,
        Err(Rule::Exchange),
        "the chunk extension is longer than its chunk"
    );
    next_works(&bench, "small chunks").await;
}

#[tokio::test]
async fn floods_of_frames_fail_the_request_or_are_harmless() {
    let bench = over_http2().await;
    let plain = plain(&bench.shop);
    for (flood, is_harmless) in [
        (Flood::Ping, true),
        (Flood::Window, true),
        (Flood::Unknown, true),
        (Flood::EmptyData, false),
        (Flood::Push, false),
        (Flood::Reset, false),
    ] {
        for n in [1, 100, 2_000] {
            bench.shop.respond(Response::json(GOOD).flood(flood, n));
            // The library may reject a flood, but it must accept a few harmless frames.
            let plainly = plainly(&plain, &bench.shop).await;
            assert!(n > 100 || !is_harmless || plainly.is_ok(), "{flood:?} {n}: {plainly:?}");
            let taken = taken(&bench).await;
            let is_fine = taken.as_ref().map_or_else(
                |rule| matches!(rule, Rule::Exchange | Rule::Timeout),
                |text| text.contains("good"),
            );
            assert!(
                is_fine && (n > 100 || !is_harmless || taken.is_ok()),
                "{flood:?} {n}: {taken:?}"
            );
            next_works(&bench, &format!("{n} of {flood:?}")).await;
        }
    }
}

#[tokio::test]
async fn header_compression_bombs_do_not_exhaust_memory() {
    let bench = over_http2().await;
    for headers in [10_000, 1_000_000] {
        bench.shop.respond(Response::header_bomb(headers));
        let outcome = read(&bench).await;
        assert!(
            outcome.refusal().is_some_and(|refusal| matches!(
                refusal.rule(),
                Rule::Exchange | Rule::AnswerTooLarge
            )),
            "{headers}"
        );
        next_works(&bench, "a bomb of headers").await;
    }
}
