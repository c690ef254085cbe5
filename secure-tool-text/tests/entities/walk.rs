//! Overlaps, kinds, positions and floods: the promises of the scan for any text.

use std::borrow::Cow;
use std::collections::BTreeMap;

use secure_tool_text::entities::{Class, Entities, Found, Kind, Kinds, Label, Recognizer};

use crate::found;

#[test]
fn overlaps_become_one_entity_and_nothing_found_remains_in_part() {
    static LONG: Label = Label::new("long", Class::Contact, "[long removed]");
    static SAME: Label = Label::new("same", Class::Credential, "[same removed]");
    #[derive(Debug)]
    struct Own;
    impl Recognizer for Own {
        fn find(&self, text: &str, found: &mut Found) {
            for (kind, word) in [
                (Kind::of(&LONG), "to ann@shop.example"),
                (Kind::of(&SAME), "bob@shop.example"),
                (Kind::of(&SAME), "é"),
                (Kind::of(&LONG), ""),
            ] {
                for (at, _) in text.match_indices(word) {
                    found.add(kind, at..at + word.len());
                }
            }
            found.add(Kind::of(&SAME), 1..2); // within a character
            found.add(Kind::of(&SAME), text.len()..text.len() + 7);
        }
    }
    assert_eq!(
        found("https://ann:4111111111111111@shop.example"),
        [("url_credentials", "ann:4111111111111111")]
    );
    let entities = Entities::new().and(Own);
    let mut counts = BTreeMap::new();
    let text = "üto ann@shop.example, bob@shop.example";
    assert_eq!(
        entities.redact(text, &Kinds::all(), &mut counts),
        "ü[long removed], [same removed]"
    );
    assert_eq!(counts, BTreeMap::from([("long", 1), ("same", 1)]));
    assert_eq!(
        entities.redact(text, &Kinds::of(&[Class::Credential]), &mut counts),
        "üto ann@shop.example, [same removed]"
    );
}

#[test]
fn only_the_selected_kinds_are_removed() {
    let text = "ann@shop.example, 4111 1111 1111 1111, 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";
    let of = |kinds: &Kinds| Entities::new().redact(text, kinds, &mut BTreeMap::new()).into_owned();
    assert_eq!(
        of(&Kinds::of(&[Class::Credential])),
        "ann@shop.example, 4111 1111 1111 1111, [github key removed]"
    );
    assert_eq!(
        of(&Kinds::of(&[Class::Identity]).with(Kind::EMAIL)),
        "[email removed], [card removed], 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"
    );
    assert!(matches!(
        Entities::new().redact("nothing here", &Kinds::all(), &mut BTreeMap::new()),
        Cow::Borrowed("nothing here")
    ));
}

#[test]
fn an_entity_is_found_at_any_position() {
    // Blocks and pages of the walk end at each place of it once.
    for entity in [
        "ann@shop.example",
        "4111 1111 1111 1111",
        "1.1.1.1",
        "fe80::1",
        "RSSMRA85T10A562S",
        "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",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        "GB82 WEST 1234 5698 7654 32",
        "AB123456C",
    ] {
        for before in (0..200).chain(960..1_110) {
            let text = format!(
                "{} {entity} and so on",
                "x,".repeat(before / 2) + if before % 2 == 0 { "" } else { "," }
            );
            assert_eq!(
                found(&text).iter().map(|(_, text)| *text).collect::<Vec<_>>(),
                [entity],
                "behind {before}"
            );
        }
    }
}

#[test]
fn huge_and_hostile_texts_are_scanned_in_bounded_time() {
    for unit in [
        "4",
        "1 ",
        "4111 ",
        "1.2.3.4.",
        "@",
        "a@a",
        "://a:b@",
        ":",
        "ab:",
        "aa-bb-",
        "sk-",
        "ghp_",
        "eyJ-",
        "eyJhbGciOiJIUzI1NiJ9.",
        "-----BEGIN PRIVATE KEY-----",
        "-",
        "a_token=Ab1Cd2Ef3Gh4Ij5Kl6=",
        "token token ",
        "QWxh",
        "é",
        "DE89 ",
    ] {
        let text = unit.repeat(400_000 / unit.len());
        assert!(found(&text).len() <= text.len() / 6, "{unit}");
    }
    let long = "a".repeat(10 << 20);
    assert_eq!(found(&long), []);
    for _ in 0..100_000 {
        assert_eq!(found("ok"), []);
    }
}
