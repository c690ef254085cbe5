//! A server that ends the connection at each byte of its answer, in each way in which a connection
//! ends.

use secure_tool::Rule;
use secure_tool_testkit::hostile::{Ending, Response};
use tests::{Bench, rule};

use super::{GOOD, careless, next_works, over_http2, taken};

const ENDINGS: [Ending; 3] = [Ending::Close, Ending::HangUp, Ending::Reset];
const HEAD: &str = "HTTP/1.1 200 \r\ncontent-type: application/json\r\n";

/// What a guard takes of each beginning of an answer, and how many bytes it had.
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
        assert_eq!(bench.shop.requests().len(), 1, "no second try, {n} {ending:?}");
        all.push((n, taken));
        if n % 8 == 0 {
            next_works(bench, &format!("{n} bytes and {ending:?}")).await;
        }
    }
    all
}

#[tokio::test]
async fn half_an_answer_is_none() {
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
                    // A reset may overtake the last bytes.
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
async fn an_answer_that_says_no_length_ends_with_the_word_of_tls_and_not_before() {
    let bench = Bench::new().await;
    // Each beginning of a number is a number.
    let answer = format!("{HEAD}connection: close\r\n\r\n12345678");
    let head = answer.len() - 8;
    for ending in [Ending::HangUp, Ending::Reset] {
        bench.shop.respond(Response::raw(answer.as_str()).cut_after(head as u64 + 4, ending));
        if ending == Ending::HangUp {
            assert_eq!(
                careless(&bench.shop).await,
                "1234",
                "what a careless client takes for the balance"
            );
        }
        for (n, taken) in of_each_beginning(&bench, &answer, ending).await {
            assert_eq!(taken, Err(Rule::Exchange), "{n} bytes and {ending:?}");
        }
    }
    // The server itself has said that this is all: nobody on the way can.
    for (n, taken) in of_each_beginning(&bench, &answer, Ending::Close).await {
        match n.checked_sub(head) {
            None => assert_eq!(taken, Err(Rule::Exchange), "{n}"),
            Some(0) => assert_eq!(taken, Err(Rule::Drift), "{n}"),
            Some(digits) => assert_eq!(taken, Ok("12345678"[..digits].to_owned()), "{n}"),
        }
    }
}

#[tokio::test]
async fn half_an_answer_in_frames_is_none() {
    let bench = over_http2().await;
    // With a length in its head, and without.
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
                assert_eq!(bench.shop.requests().len(), 1, "no second try, {n} {ending:?}");
                match taken {
                    Ok(text) => {
                        assert!(text.contains("good"), "{n} {ending:?}: {text}");
                        whole += 1;
                    }
                    // The library's own frames may come between.
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
async fn an_effect_of_which_half_an_answer_came_may_have_been_made() {
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
