//! Generated texts of entities, near misses and separators.

use std::borrow::Cow;
use std::collections::BTreeMap;

use proptest::prelude::*;
use secure_tool_text::entities::{Entities, Kinds};

use crate::{found, redacted};

/// The fragments of generated texts: entities, near misses and separators.
const PIECES: [&str; 34] = [
    "ann@shop.example",
    "4111 1111 1111 1111",
    "4111111111111112",
    "+49 30 901820",
    "phone ",
    "card ",
    "DE89370400440532013000",
    "460-89-9847",
    "203.0.113.7",
    "fe80::1",
    "00:1A:2B:3C:4D:5E",
    "https://a:b@c.example/",
    "sk-",
    "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",
    "eyJhbGciOiJIUzI1NiJ9.",
    "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----",
    "password=",
    "aB3dE6gH9jK2mN5pQ8",
    "é",
    "\u{1f600}",
    " ",
    "\n",
    ".",
    "-",
    "@",
    ":",
    "/",
    "1",
    "23",
    "\"",
    "(",
    "12345678Z",
    "RSSMRA85T10A562S",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn spans_are_ordered_disjoint_and_on_character_boundaries(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40)) {
        let text = pieces.concat();
        let mut last = 0;
        for entity in Entities::new().find(&text) {
            prop_assert!(last <= entity.span.start && entity.span.start < entity.span.end && text.get(entity.span.clone()).is_some());
            last = entity.span.end;
        }
    }

    #[test]
    fn a_redacted_text_contains_no_entity(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40)) {
        // Separated: if digits touch, the rest after a removed number can be another number.
        let text = pieces.join(", ");
        let once = redacted(&text);
        prop_assert_eq!(found(&once), [], "of {:?}", text);
    }

    #[test]
    fn any_text_can_be_scanned(text in "\\PC{0,200}") {
        let _ = redacted(&text);
    }

    #[test]
    fn a_text_without_digits_signs_and_long_words_is_not_copied(text in "([a-zA-Zé]{0,7} ){0,40}") {
        prop_assert!(matches!(Entities::new().redact(&text, &Kinds::all(), &mut BTreeMap::new()), Cow::Borrowed(_)));
    }
}
