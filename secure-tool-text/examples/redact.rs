//! Redacts a text with the built-in recognizers and one more: `cargo run -p secure-tool-text
//! --example redact`.
#![expect(clippy::print_stdout, reason = "an example prints what it finds")]

use std::collections::BTreeMap;

use secure_tool_text::entities::{Class, Entities, Found, Kind, Kinds, Label, Recognizer};
use secure_tool_text::redact;

const TEXT: &str = "Ann (ann@shop.example, badge B-123456) paid with 4111 1111 1111 1111; \
                    see postgres://app:s3cr3tpw@db.example/shop.";

static BADGE: Label = Label::new("badge", Class::Identity, "[badge removed]");

/// Recognizes badges: `B-` and six digits.
#[derive(Debug)]
struct Badges;

impl Recognizer for Badges {
    fn find(&self, text: &str, found: &mut Found) {
        for (at, prefix) in text.match_indices("B-") {
            let digits =
                text.bytes().skip(at + prefix.len()).take(7).take_while(u8::is_ascii_digit).count();
            if digits == 6 {
                found.add(Kind::of(&BADGE), at..at + prefix.len() + digits);
            }
        }
    }
}

fn main() {
    let redacted = redact(TEXT);
    println!("built-in recognizers, all kinds:\n  {}", redacted.text);
    for entity in &redacted.entities {
        println!("  {:?} at bytes {}..{}", entity.kind, entity.span.start, entity.span.end);
    }

    // Contact data stays; badges are removed too.
    let recognizers = Entities::new().and(Badges);
    let kinds = Kinds::of(&[Class::Identity, Class::Credential]);
    let mut counts = BTreeMap::new();
    let text = recognizers.redact(TEXT, &kinds, &mut counts);
    println!("identity and credentials only, with badges:\n  {text}\n  {counts:?}");
}
