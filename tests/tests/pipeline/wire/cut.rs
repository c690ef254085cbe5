//! A server that ends the connection after each byte of its response, in each possible way.

use secure_tool::Rule;
use secure_tool_testkit::hostile::{Ending, Response};
use tests::{Bench, rule};

use super::{GOOD, careless, next_works, over_http2, taken};

const ENDINGS: [Ending; 3] = [Ending::Close, Ending::HangUp, Ending::Reset];
const HEAD: &str = "HTTP/1.1 200 \r\ncontent-type: application/json\r\n";

/// Returns the outcome for each prefix of a response, and the length of the prefix.
async fn of_each_beginning(
    bench: &Bench,
    answer: &str,
    ending: Ending,
) -> Vec<(usize, Result<String, Rule>)> {
    let mut all = Vec::new();
    for n in 0..=answer.len() {
        bench.shop.clear();
        bench.shop.respond(Response::raw(answer).cut_after(n as u64, ending));
        let taken = taken(bench).await;
        assert_eq!(bench.shop.requests().len(), 1, "not retried, {n} {ending:?}");
        all.push((n, taken));
        if n % 8 == 0 {
            next_works(bench, &format!("{n} bytes and {ending:?}")).await;
        }
    }
    all
}

#[tokio::test]
async fn a_truncated_response_is_rejected() {
    let bench = Bench::new().await;
    for framing in [
        format!("{HEAD}content-length: 10\r\n\r\n{GOOD}"),
        format!(
            "{HEAD}transfer-encoding: chunked\r\n\r\n4\r\n{{\"go\r\n6\r\nod\":1}}\r\n0\r\n\r\n"
        ),
    ] {
        for ending in ENDINGS {
            for (n, taken) in of_each_beginning(&bench, &framing, ending).await {
                match taken {
                    Ok(text) => assert!(
                        n == framing.len() && text.contains("good"),
                        "{n} bytes and {ending:?}: {text}"
                    ),
                    // A reset can overtake the last bytes.
                    Err(rule) => assert!(
                        rule == Rule::Exchange && (n < framing.len() || ending == Ending::Reset),
                        "{n} {ending:?} {rule}"
                    ),
                }
            }
        }
    }
}

#[tokio::test]
async fn a_response_without_a_length_ends_only_with_a_tls_close_notify() {
    let bench = Bench::new().await;
    // Each prefix of a number is a number.
    let answer = format!("{HEAD}connection: close\r\n\r\n12345678");
    let head = answer.len() - 8;
    for ending in [Ending::HangUp, Ending::Reset] {
        bench.shop.respond(Response::raw(answer.as_str()).cut_after(head as u64 + 4, ending));
        if ending == Ending::HangUp {
            assert_eq!(
                careless(&bench.shop).await,
                "1234",
                "the balance that a careless client would read"
            );
        }
        for (n, taken) in of_each_beginning(&bench, &answer, ending).await {
            assert_eq!(taken, Err(Rule::Exchange), "{n} bytes and {ending:?}");
        }
    }
    // The close notify is authenticated: only the server can send it.
    for (n, taken) in of_each_beginning(&bench, &answer, Ending::Close).await {
        match n.checked_sub(head) {
            None => assert_eq!(taken, Err(Rule::Exchange), "{n}"),
            Some(0) => assert_eq!(taken, Err(Rule::Drift), "{n}"),
            Some(digits) => assert_eq!(taken, Ok("12345678"[..digits].to_owned()), "{n}"),
        }
    }
}

#[tokio::test]
async fn a_truncated_http2_response_is_rejected() {
    let bench = over_http2().await;
    // With a content length and without one.
    for (answer, endings) in [
        (Response::json(GOOD), [Ending::Close, Ending::Reset]),
        (Response::json(GOOD).chunked(), [Ending::HangUp, Ending::Close]),
    ] {
        for ending in endings {
            let mut whole = 0;
            for n in 0..110 {
                bench.shop.clear();
                bench.shop.respond(answer.clone().cut_after(n, ending));
                let taken = taken(&bench).await;
                assert_eq!(bench.shop.requests().len(), 1, "not retried, {n} {ending:?}");
                match taken {
                    Ok(text) => {
                        assert!(text.contains("good"), "{n} {ending:?}: {text}");
                        whole += 1;
                    }
                    // The library's own frames can come in between.
                    Err(rule) => assert!(
                        rule == Rule::Exchange && (n < 90 || ending == Ending::Reset),
                        "{n} {ending:?} {rule}"
                    ),
                }
                if n % 10 == 0 {
                    next_works(&bench, &format!("{n} bytes and {ending:?}")).await;
                }
            }
            assert!(whole > 0 || ending == Ending::Reset, "{ending:?}: it is shorter than that");
        }
    }
}

#[tokio::test]
async fn an_effect_with_a_truncated_response_is_unknown() {
    for bench in [Bench::new().await, over_http2().await] {
        for n in (0..120).step_by(3) {
            bench.clock.advance(std::time::Duration::from_mins(1));
            bench.shop.clear();
            bench.shop.respond(Response::json("[]").cut_after(n, Ending::HangUp));
            let outcome = bench.session().call("place_order", r#"{"product":"KT-2041"}"#).await;
            assert_eq!(bench.shop.requests().len(), 1, "{n}");
            assert!(
                matches!(rule(&outcome), None | Some(Rule::EffectUnknown)),
                "{n}: {:?}",
                rule(&outcome)
            );
        }
    }
}
