//! A final answer loads nothing and links to allowed hosts only, as independent Markdown and HTML
//! parsers read it.

use secure_tool::prelude::*;
use secure_tool::regions;
use secure_tool::value::AnyJson;
use secure_tool_testkit::hostile::Response;
use tests::{Bench, Session, Shop};

use crate::corpus::{HONEST, KNOWN, PIECES};
use crate::readers::{OK, live};

/// The seed of the generated texts.
const SEED: u64 = 0x5eed_11c5;

/// A deterministic pseudorandom number generator.
pub struct Numbers(pub u64);

impl Numbers {
    pub fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).expect("small")
    }

    pub fn text(&mut self, most: usize) -> String {
        let many = 2 + self.below(most);
        (0..many)
            .map(|_| {
                if self.below(12) == 0 {
                    KNOWN[self.below(KNOWN.len())]
                } else {
                    PIECES[self.below(PIECES.len())]
                }
            })
            .collect()
    }
}

pub async fn bench() -> Bench {
    Bench::with(|builder| builder.links([OK])).await
}

fn assert_inert(session: &Session, text: &str) {
    let released = session.release(text);
    let live = live(&released);
    assert!(live.is_empty(), "of {text:?}\nis left {released:?}\nin which are {live:#?}");
    assert_eq!(session.release(&released), released, "twice changes more: {text:?}");
}

#[tokio::test]
async fn known_bypasses_are_defanged() {
    let bench = bench().await;
    let session = bench.session();
    let unseen: Vec<_> = KNOWN.iter().filter(|text| live(text).is_empty()).collect();
    // Only other renderers read these: unclosed tags, tags in task lists, tags in quotes.
    assert!(unseen.len() <= 9, "the readers see nothing in {unseen:#?}");
    for text in KNOWN {
        for (before, after) in [
            ("", ""),
            ("So ", " it is."),
            ("\n", "\n\n"),
            ("[", "]"),
            ("<div>\n", "\n</div>"),
            ("> ", ""),
            ("a", "b"),
            ("x\\", ""),
        ] {
            assert_inert(&session, &format!("{before}{text}{after}"));
        }
        let released = session.release(text);
        // A URL is truncated at its query. An email address is not a URL.
        assert!(
            !released.contains("SECRETDATA") || text.contains("<mailto:"),
            "the data of {text:?} is in {released:?}"
        );
    }
}

#[tokio::test]
async fn generated_bypasses_are_defanged() {
    let bench = bench().await;
    let session = bench.session();
    let mut numbers = Numbers(SEED);
    println!("seed {SEED:#x}");
    for _ in 0..8_000 {
        assert_inert(&session, &numbers.text(24));
    }
}

/// Reads lines, and defangs all links.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/lines", scopes("products:read"), links = defang, response = AnyJson)]
struct ReadLines {}

#[tokio::test]
async fn no_link_in_a_response_is_live_with_links_defang() {
    let bench = Bench::with(|builder| builder.links([OK]).tool(ReadLines::TOOL)).await;
    let mut numbers = Numbers(SEED);
    println!("seed {SEED:#x}");
    let lines: Vec<String> = KNOWN
        .iter()
        .map(|text| (*text).to_owned())
        .chain((0..2_000).map(|_| numbers.text(24)))
        .collect();
    bench.shop.respond(Response::json(serde_json::to_string(&lines).expect("JSON")));
    let outcome = bench.session().call("read_lines", "{}").await;
    let shown: Vec<String> =
        serde_json::from_value(outcome.structured().expect("answered")).expect("lines");
    assert_eq!(shown.len(), lines.len());
    for (shown, sent) in shown.iter().zip(&lines) {
        let region = regions(shown).expect("sound").remove(0);
        let live = live(&region.text);
        assert!(live.is_empty(), "of {sent:?}\nis left {region:?}\nin which are {live:#?}");
    }
}

#[tokio::test]
async fn honest_answers_pass_byte_for_byte() {
    let bench = bench().await;
    let session = bench.session();
    for text in HONEST {
        assert_eq!(session.release(text), *text);
    }
}

#[tokio::test]
async fn the_visible_text_of_a_link_stays() {
    let bench = bench().await;
    let session = bench.session();
    for (text, shown) in [
        (
            "See [the page](https://evil.example/x?q=1 \"t\").",
            "See [the page] (link removed: evil[.]example).",
        ),
        (
            "![a kettle](https://evil.example/x.png?q=1)",
            "![a kettle] (image removed: evil[.]example)",
        ),
        (
            "[![in](//a.evil.example/1)](https://b.evil.example/2)",
            "[![in] (image removed: a[.]evil[.]example)] (link removed: b[.]evil[.]example)",
        ),
        (
            "See https://evil.example/a/b-c.html?q=1#x, or www.evil.example.",
            "See hxxps://evil[.]example/a/b-c.html\u{2026}, or www[.]evil[.]example.",
        ),
        ("(http://evil.example)", "(hxxp://evil[.]example)"),
        (
            "<https://evil.example/?q=1> <mailto:a@evil.example>",
            "(link removed: evil[.]example) < mailto:a@evil.example>",
        ),
        ("[r]: https://evil.example/x?q=1", "[r] : hxxps://evil[.]example/x\u{2026}"),
        (
            "<img src=//evil.example alt='A kettle, blue'> <a href='https://evil.example/'>go</a>",
            "(image removed: A kettle, blue) (link removed: evil[.]example)go</a>",
        ),
        (
            "<script>x()</script><iframe src=x></iframe>",
            "< script>x()</script> (iframe removed)</iframe>",
        ),
        (
            "handlers[name](event), [help](/help)",
            "handlers[name] (link removed), [help] (link removed)",
        ),
        ("git clone ssh://git.example/x", "git clone ssh[:]//git.example/x"),
        ("https&colon;//evil.example/?q=1 is it", "hxxps://evil[.]example/\u{2026} is it"),
    ] {
        assert_eq!(session.release(text), shown, "{text}");
    }
}

#[tokio::test]
async fn without_allowed_hosts_no_link_stays_and_the_posture_lists_the_hosts() {
    let bench = Bench::new().await;
    assert_eq!(
        bench.session().release("[a](https://ok.example/)"),
        "[a] (link removed: ok[.]example)"
    );
    assert!(bench.guard.posture().links.is_empty());
    assert!(bench.guard.posture().to_string().contains("allowed links in final answers: none"));
    let bench = self::bench().await;
    assert_eq!(bench.guard.posture().links, [OK]);
    assert!(bench.guard.posture().weakened.iter().all(|weakness| !weakness.what.contains("link")));
}

#[tokio::test]
async fn floods_take_linear_time() {
    let bench = bench().await;
    let session = bench.session();
    for flood in [
        "[",
        "](",
        "![",
        "]:",
        "<",
        "<a",
        "<a ",
        "<a b=\"",
        "<a b='<c d=\"",
        "&",
        "&#58;",
        "\\:",
        "[a](",
        "[a](x \"",
        "[a](<",
        "[a](x (",
        "(",
        "https://",
        "www.",
        "https://ok.example",
        "https://ok.example:",
        "[\\]:",
        "[a]:",
        "\n[a]: ",
        "[a](  ",
        "a&colon;",
        "<!--",
        "<https:",
        "<img src=",
        "[a](\\",
        "](a",
        "]:a",
        "w",
        "hxxps://",
        "\u{27e6}",
        "#",
        "%25",
        "Sku#",
    ] {
        // A quadratic scan would exceed the time of a test.
        let text = flood.repeat(100_000 / flood.len());
        let released = session.release(&text);
        assert!(released.len() < 8 * text.len(), "{flood}");
    }
}
