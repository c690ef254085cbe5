//! The shipped recognizers of entities beside memchr and memcpy on the same text: `cargo bench
//! --bench entities`.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::fmt::Write;
use std::hint::black_box;
use std::time::Duration;

use benches::{SIZE, filled, floor, page, page_with, prose, search};
use secure_tool_text::entities::Entities;

/// Texts that make the most work for their length.
const HOSTILE: [(&str, &str); 30] = [
    ("digits", "4"),
    ("digits and spaces", "1 "),
    ("groups of four", "4111 "),
    ("groups of three", "555-"),
    ("cards that fail", "4111111111111112 "),
    ("cards that hold", "4111111111111111 "),
    ("near addresses", "1.2.3.4.5."),
    ("near phone numbers", "+49 30 "),
    ("phones and words", "phone 5551234 "),
    ("social security", "123-45-6789 "),
    ("near account numbers", "DE89 3704 0044 "),
    ("account numbers in one piece", "DE89370400440532013001"),
    ("at signs", "@"),
    ("near e-mails", "a@a"),
    (
        "long local parts",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@",
    ),
    ("credentials in addresses", "://a:b@"),
    ("colons", ":"),
    ("near IPv6", "ab:cd::"),
    ("near hardware addresses", "aa-bb-cc-dd-ee-fg-"),
    ("prefixes", "sk-"),
    ("prefixes and random", "sk-a1B2c3D4e5F6g7H8-"),
    ("many prefixes", "ghp_xoxb-AKIA-hf_"),
    ("near GitHub keys", "ghp_wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUy "),
    ("base64", "QWxhZGRpbjpvcGVuIHNlc2FtZQ+/"),
    ("headers of tokens", "eyJhbGciOiJIUzI1NiJ9."),
    ("starts of tokens", "eyJ-"),
    ("starts of private keys", "-----BEGIN PRIVATE KEY-----"),
    ("dashes", "-"),
    ("assignments", "a_token=Ab1Cd2Ef3Gh4Ij5Kl6="),
    ("names of secrets", "password=token=secret="),
];

/// One of each in turn.
const FINDINGS: [&str; 5] = [
    " ann@shop.example ",
    " 4111 1111 1111 1111 ",
    " +49 30 901820 ",
    " 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 ",
    " 203.0.113.7 ",
];

fn numbers() -> String {
    let mut text = String::from("[");
    let mut value = 7_u64;
    while text.len() < SIZE {
        value =
            value.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (id, time, price) =
            (value >> 40, 1_700_000_000 + (value >> 50), (value >> 44) % 100_000);
        let _ = write!(
            text,
            "{{\"id\":{id},\"at\":{time},\"price\":{}.{:02},\"stock\":{},\"day\":\"2024-0{}-1{}\"}},",
            price / 100,
            price % 100,
            value % 50,
            value % 9 + 1,
            value % 10
        );
    }
    text
}

fn main() {
    let entities = Entities::new();
    let find = |text: &str| {
        black_box(entities.find(text));
    };
    let json = page(SIZE);
    let prose = prose();
    floor(&json);
    println!("entities");
    search("JSON", &json, 200, find);
    search("prose", &prose, 200, find);
    search("JSON full of numbers", &numbers(), 100, find);
    search("one finding per KB", &page_with(&FINDINGS), 100, find);
    let short: Vec<&str> =
        prose.as_bytes().chunks(64).filter_map(|chunk| std::str::from_utf8(chunk).ok()).collect();
    search("prose in texts of 64 bytes", &prose, 50, |_| short.iter().for_each(|text| find(text)));
    println!("hostile texts");
    let mut worst = ("", Duration::ZERO);
    for (what, unit) in HOSTILE {
        let time = search(what, &filled(unit, SIZE), 10, find);
        if time > worst.1 {
            worst = (unit, time);
        }
    }
    println!("growth");
    let small = search("64 KB of the worst", &filled(worst.0, SIZE), 10, find);
    let large = search("1 MB of it", &filled(worst.0, 16 * SIZE), 5, find);
    println!("  1 MB over 64 KB: ×{:.1}", large.as_secs_f64() / small.as_secs_f64());
    let small = search("64 KB of JSON", &json, 100, find);
    let large = search("1 MB of it", &page(16 * SIZE), 20, find);
    println!("  1 MB over 64 KB: ×{:.1}", large.as_secs_f64() / small.as_secs_f64());
}
