//! Entities and keys in free text: what is found, what is left alone, and what no text can do to the finding.
#![expect(clippy::print_stderr, reason = "it says what was skipped")]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

use proptest::prelude::*;
use secure_tool::entities::{Class, Entities, Found, Kind, Kinds, Label, Recogniser};

/// The kinds and texts of what is found.
fn found(text: &str) -> Vec<(&'static str, &str)> {
    Entities::new().find(text).into_iter().map(|entity| (entity.kind.id(), &text[entity.span])).collect()
}

fn redacted(text: &str) -> String {
    Entities::new().redact(text, &Kinds::all(), &mut BTreeMap::new()).into_owned()
}

/// Found by itself, in a sentence, in JSON, in quotes and at a line's end, and nothing more or less than it.
#[track_caller]
fn is_found(kind: &str, entity: &str, word: &str) {
    for (before, after) in [
        ("", ""),
        ("", " is it"),
        ("It is ", "."),
        ("{\"value\":\"", "\"}"),
        ("(", ")"),
        ("so:\n", "\nand"),
        ("é ", " é"),
        ("it's '", "', is it?"),
    ] {
        let text = format!("{word}{before}{entity}{after}");
        assert_eq!(found(&text), [(kind, entity)], "in {text:?}");
    }
}

#[track_caller]
fn is_left_alone(text: &str) {
    for text in [text.to_owned(), format!("It is {text}, I think."), format!("{{\"value\":\"{text}\"}}"), format!("{{\"value\":{text}}}")] {
        assert_eq!(found(&text), [], "in {text:?}");
    }
}

/// What a generator with a seed makes of an alphabet.
fn random(seed: u64, alphabet: &str, count: usize) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let alphabet: Vec<char> = alphabet.chars().collect();
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            alphabet[usize::try_from(state >> 33).expect("small") % alphabet.len()]
        })
        .collect()
}

const B62: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const B32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const HEX: &str = "0123456789abcdef";

#[test]
fn contact_data_is_found() {
    for email in ["ann@shop.example", "a.b+c@x-y.co.uk", "o'neil_1@mail.example", "jörg@post.example", "x@xn--bcher-kva.example"] {
        is_found("email", email, "");
    }
    for phone in [
        "+14155552671",
        "+44 20 7946 0958",
        "+49 (0)30 901820",
        "+41 (0)96 471 07 95",
        "+1-903-140-4508x769",
        "(415) 555-2671",
        "415-555-2671",
        "415.555.2671 ext. 12",
        "1-800-555-0199",
        "001-518-640-0854",
        "020 7946 0958",
        "07700 900 982",
        "01.84.17.61.18",
        "030/1234567",
        "(08) 8747 6301",
        "03-1234-5678",
        "(71) 4233-6306",
    ] {
        is_found("phone", phone, "");
    }
    for phone in ["451 5986", "60-56-85-91", "699 956 915", "(37) 788-063", "5403926876", "99 668472"] {
        is_found("phone", phone, "phone ");
        is_left_alone(phone);
    }
    for ip in
        ["203.0.113.7", "10.1.2.3", "2001:db8::8a2e:370:7334", "6e40:4041:c617:e898:c11:40d2:c669:2eb4", "fe80::1", "::ffff:192.0.2.128"]
    {
        is_found("ip", ip, "");
    }
    for mac in ["00:1A:2B:3C:4D:5E", "00-1a-2b-3c-4d-5e", "aa:bb:cc:dd:ee:f0"] {
        is_found("mac", mac, "");
    }
}

#[test]
fn cards_and_accounts_are_found_with_right_check_digits_only() {
    for card in [
        "4111111111111111",
        "4111 1111 1111 1111",
        "5555-5555-5555-4444",
        "378282246310005",
        "3782 822463 10005",
        "6011111111111117",
        "3530111333300000",
        "2223003122003222",
    ] {
        is_found("card", card, "");
        let last = if card.ends_with('7') { "8" } else { "7" };
        is_left_alone(&format!("{}{last}", &card[..card.len() - 1]));
    }
    for card in ["4222222222222", "30569309025904", "6304000000000000", "501800000009"] {
        is_found("card", card, "card ");
        is_left_alone(card);
    }
    for iban in [
        "DE89370400440532013000",
        "DE89 3704 0044 0532 0130 00",
        "GB82 WEST 1234 5698 7654 32",
        "gb42nawi04454264788619",
        "NO9386011117947",
        "FR1420041010050500013M02606",
        "MT84MALT011000012345MTLCAST001S",
    ] {
        is_found("iban", iban, "");
    }
    for iban in ["DE89370400440532013001", "DE8937040044053201300", "GB82 WEST 1234 5698 7654 33", "ZZ89370400440532013000"] {
        is_left_alone(iban);
    }
}

#[test]
fn national_numbers_are_found_by_their_rules() {
    for (kind, number) in [
        ("us_ssn", "460-89-9847"),
        ("es_dni", "12345678Z"),
        ("es_nie", "X1234567L"),
        ("it_codice_fiscale", "RSSMRA85T10A562S"),
        ("uk_nino", "AB123456C"),
        ("uk_nino", "AB 12 34 56 C"),
        ("br_cpf", "529.982.247-25"),
        ("br_cnpj", "11.222.333/0001-81"),
        ("fi_hetu", "131052-308T"),
        ("se_personnummer", "811218-9876"),
        ("fr_nir", "2 55 08 14 168 025 38"),
        ("sg_nric", "S1234567D"),
        ("be_nn", "85.07.30-033.28"),
        ("ch_ahv", "756.9217.0769.85"),
        ("cn_resident", "11010519491231002X"),
    ] {
        is_found(kind, number, "");
    }
    for (kind, number, word) in [
        ("us_ssn", "460899847", "SSN "),
        ("uk_nhs", "401 023 2137", "NHS "),
        ("uk_nhs", "9434765919", "nhs_number "),
        ("pl_pesel", "44051401359", "PESEL "),
        ("br_cpf", "52998224725", "CPF "),
        ("nl_bsn", "111222333", "BSN "),
        ("in_aadhaar", "2341 2341 2346", "Aadhaar "),
        ("de_steuer_id", "86095742719", "Steuer-ID "),
        ("au_tfn", "123 456 782", "TFN "),
        ("au_abn", "51 824 753 556", "ABN "),
        ("au_medicare", "2123 45670 1", "Medicare "),
        ("ca_sin", "130 692 544", "SIN "),
        ("za_id", "8001015009087", "South African "),
        ("tr_tckn", "10000000146", "TC kimlik "),
        ("fr_nir", "255081416802538", "NIR "),
        ("pt_nif", "123456789", "NIF "),
        ("il_id", "123456782", "teudat zehut "),
    ] {
        is_found(kind, number, word);
        is_left_alone(number);
    }
    for wrong in [
        "000-12-3456",
        "666-12-3456",
        "900-12-3456",
        "123-00-4567",
        "123-45-0000",
        "12345678A",
        "X1234567A",
        "RSSMRA85T10A562T",
        "GB123456C",
        "AB123456E",
        "529.982.247-26",
        "11.222.333/0001-82",
        "131052-308U",
        "311352-308T",
        "811218-9877",
        "255081416802539",
        "S1234567E",
        "85.07.30-033.29",
        "756.9217.0769.86",
        "110105194912310021",
    ] {
        is_left_alone(wrong);
    }
}

/// A key of each form that the table of providers has.
fn keys() -> Vec<(&'static str, String)> {
    let b62 = |seed, count| random(seed, B62, count);
    let hex = |seed, count| random(seed, HEX, count);
    vec![
        ("api_key.aws", format!("AKIA{}", random(3, B32, 16))),
        ("api_key.github", "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".to_owned()),
        ("api_key.github", format!("github_pat_{}_{}", b62(1, 22), b62(2, 59))),
        ("api_key.gitlab", format!("glpat-{}", b62(3, 20))),
        ("api_key.slack", format!("xoxb-{}-{}-{}", random(4, "0123456789", 12), random(5, "0123456789", 12), b62(6, 24))),
        ("api_key.slack", format!("hooks.slack.com/services/T{}/B{}/{}", random(4, B32, 8), random(5, B32, 8), b62(6, 24))),
        ("api_key.stripe", format!("sk_live_{}", b62(7, 24))),
        ("api_key.stripe", format!("rk_live_{}", b62(8, 24))),
        ("api_key.openai", format!("sk-proj-{}T3BlbkFJ{}", b62(9, 74), b62(10, 74))),
        ("api_key.openai", format!("sk-{}T3BlbkFJ{}", b62(11, 20), b62(12, 20))),
        ("api_key.anthropic", format!("sk-ant-api03-{}AA", b62(13, 93))),
        ("api_key.google", format!("AIza{}", b62(14, 35))),
        ("api_key.google", format!("ya29.{}", b62(15, 100))),
        ("api_key.google", format!("GOCSPX-{}", b62(16, 28))),
        ("api_key.azure", format!("{}8Q~{}", b62(17, 3), b62(18, 34))),
        ("api_key.pypi", format!("pypi-AgEIcHlwaS5vcmc{}", b62(19, 100))),
        ("api_key.twilio", format!("SK{}", hex(20, 32))),
        ("api_key.sendgrid", format!("SG.{}.{}", b62(21, 22), b62(22, 43))),
        ("api_key.mailgun", format!("key-{}", hex(23, 32))),
        ("api_key.mailchimp", format!("{}-us12", hex(24, 32))),
        ("api_key.digitalocean", format!("dop_v1_{}", hex(25, 64))),
        ("api_key.shopify", format!("shpat_{}", hex(26, 32))),
        ("api_key.square", format!("sq0atp-{}", b62(27, 22))),
        ("api_key.telegram", format!("7213808860:AA{}", b62(28, 33))),
        ("api_key.discord", format!("MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.{}", b62(29, 27))),
        ("api_key.huggingface", format!("hf_{}", b62(30, 34))),
        ("api_key.databricks", format!("dapi{}", hex(31, 32))),
        ("api_key.new relic", format!("NRAK-{}", random(32, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 27))),
        ("api_key.grafana", format!("glsa_{}_{}", b62(33, 32), hex(34, 8))),
        ("api_key.linear", format!("lin_api_{}", b62(35, 40))),
        ("api_key.notion", format!("ntn_{}", b62(36, 46))),
        ("api_key.figma", format!("figd_{}", b62(37, 40))),
        ("api_key.atlassian", format!("ATATT3{}", b62(38, 186))),
        ("api_key.doppler", format!("dp.pt.{}", b62(39, 43))),
        ("api_key.vault", format!("hvs.{}", b62(40, 90))),
        ("api_key.terraform", format!("{}.atlasv1.{}", b62(41, 14), b62(42, 67))),
        ("api_key.dropbox", format!("sl.{}", b62(43, 135))),
        ("api_key.heroku", format!("HRKU-AA{}", b62(44, 58))),
        ("api_key.fly", format!("fo1_{}", b62(45, 43))),
        ("api_key.vercel", format!("vcp_{}", b62(46, 56))),
        ("api_key.netlify", format!("nfp_{}", b62(47, 36))),
        ("api_key.supabase", format!("sbp_{}", hex(48, 40))),
        ("api_key.planetscale", format!("pscale_tkn_{}", b62(49, 43))),
        ("api_key.sentry", format!("sntryu_{}", hex(50, 64))),
        ("api_key.postman", format!("PMAK-{}-{}", hex(51, 24), hex(52, 34))),
        ("api_key.airtable", format!("pat{}.{}", b62(53, 14), hex(54, 64))),
        ("api_key.cloudflare", format!("v1.0-{}-{}", hex(55, 24), hex(56, 146))),
        ("api_key.age", format!("AGE-SECRET-KEY-1{}", random(57, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58))),
        ("api_key.docker", format!("dckr_pat_{}", b62(58, 27))),
        ("api_key.groq", format!("gsk_{}", b62(59, 52))),
        ("api_key.rubygems", format!("rubygems_{}", hex(60, 48))),
    ]
}

#[test]
fn keys_of_more_than_thirty_providers_are_found() {
    let keys = keys();
    let providers: std::collections::BTreeSet<&str> = keys.iter().map(|(kind, _)| *kind).collect();
    assert!(providers.len() >= 40, "{}", providers.len());
    for (kind, key) in &keys {
        is_found(kind, key, "");
        is_found(kind, key, "token=");
        assert_eq!(found(&format!("https://x.example/?k={key}&a=1")), [(*kind, key.as_str())]);
    }
}

#[test]
fn keys_with_a_wrong_checksum_little_entropy_or_another_length_are_left_alone() {
    for text in [
        "ghp_wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUy",
        "npm_000000000000000000000000000000000000",
        "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx",
        "sk-learn-is-a-library-for-machine-learning-in-python",
        "AKIAAAAAAAAAAAAAAAAA",
        "akiaqylpmn5hhhfpzam2",
        "xoxb-your-token-here-please-replace",
        "hf_your_huggingface_token_goes_right_here",
        "SG.not-a-key.at-all",
        "hvs.short",
        "AIzaTooShort12",
        "glpat-aaaaaaaaaaaaaaaaaaaa",
        "key-value-store-for-the-rest-of-us-all",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
        "eyJAAAA.eyJBBB.CCCC",
        "bm90X2pzb24.bm90X2pzb24.SflKxwRJSMeKKF2QT4",
    ] {
        is_left_alone(text);
    }
    // A letter before, or one more behind, is another word.
    is_left_alone("x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");
    is_left_alone("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x");
}

#[test]
fn tokens_private_keys_and_credentials_in_addresses_are_found() {
    let jwt = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";
    is_found("jwt", jwt, "");
    assert_eq!(redacted(&format!("Authorization: Bearer {jwt}")), "Authorization: Bearer [jwt removed]");
    for name in ["PRIVATE KEY", "RSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
        let body = format!("{}\n{}\n", random(1, B62, 64), random(2, B62, 64));
        is_found("pem", &format!("-----BEGIN {name}-----\n{body}-----END {name}-----"), "");
        assert_eq!(redacted(&format!("-----BEGIN {name}-----\n{body} (cut)")), "[private key removed] (cut)", "without an end");
    }
    is_left_alone("-----BEGIN CERTIFICATE----- and -----BEGIN PUBLIC KEY-----");
    assert_eq!(redacted("postgres://app:s3cr3t@db.example:5432/x"), "postgres://[url credentials removed]@db.example:5432/x");
    assert_eq!(redacted("https://user:p@ss@host.example/"), "https://[url credentials removed]@host.example/");
    for text in [
        "https://host.example:8080/@user",
        "https://user:***@host.example",
        "ssh://git@host.example/x.git",
        "git@github.com:octokit/rest.git",
        "@someone and @scope/package",
        "icon@2x.png",
    ] {
        is_left_alone(text);
    }
}

#[test]
fn random_values_of_secret_names_are_found() {
    let value = random(9, B62, 32);
    for text in [
        format!("password={value}"),
        format!("DB_PASSWORD: {value}"),
        format!("\"client_secret\": \"{value}\""),
        format!("apiKey = '{value}'"),
        format!("https://x.example/?access_token={value}&page=2"),
        format!("X-Api-Key: {value}"),
        format!("Authorization: Bearer {value}"),
        format!("Authorization: Basic {value}=="),
        "_authToken=743b294a-cd03-11ec-9d64-0242ac120002".to_owned(),
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKE".to_owned(),
    ] {
        assert_eq!(found(&text).iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), ["secret_assignment"], "{text}");
        assert!(!redacted(&text).contains(&value), "{text}");
    }
    for text in [
        format!("next_page_token={value}"),
        format!("\"etag\": \"{value}\""),
        format!("public_key = {value}"),
        format!("id: {value}"),
        "password=correct-horse-battery-staple".to_owned(),
        "token: string".to_owned(),
        "secret = ${SECRET_FROM_THE_ENVIRONMENT}".to_owned(),
    ] {
        assert_eq!(found(&text), [], "{text}");
    }
}

#[test]
fn what_ordinary_answers_are_full_of_is_left_alone() {
    for text in [
        "123456789",
        "1234567890",
        "1700000000",
        "1700000000000",
        "1503435956.000247",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
        "550e8400-e29b-41d4-a716-446655440000",
        "2024-01-31T12:34:56.789Z",
        "2024-01-31 12:34:56",
        "v1.2.3.4",
        "version 1.2.3.4",
        "1.2.3",
        "120.0.6099.109",
        "978-3-16-148410-0",
        "9783161484100",
        "ISBN 0-306-40615-2",
        "127.0.0.1",
        "0.0.0.0",
        "12:34:56",
        "std::fmt::Debug",
        "ab::cd",
        "::1",
        "order 4111-22-333",
        "1,234,567.89",
        "3.14159265358979",
        "0.4111111111111111",
        "KT-0001",
        "20220719043820995",
        "MDEyOk9yZ2FuaXphdGlvbjMxODk4MTAw",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "acct_1PgafTB7WZ01zgkW",
        "page 3 of 10, items 21-30",
        "1.2.3.4.5.6.7.8",
        "00:00:00:00:00:00",
    ] {
        is_left_alone(text);
    }
}

#[test]
fn overlaps_become_one_entity_and_nothing_found_remains_in_part() {
    assert_eq!(found("https://ann:4111111111111111@shop.example"), [("url_credentials", "ann:4111111111111111")]);
    static LONG: Label = Label::new("long", Class::Contact, "[long removed]");
    static SAME: Label = Label::new("same", Class::Credential, "[same removed]");
    #[derive(Debug)]
    struct Own;
    impl Recogniser for Own {
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
    let entities = Entities::new().and(Own);
    let mut counts = BTreeMap::new();
    let text = "üto ann@shop.example, bob@shop.example";
    assert_eq!(entities.redact(text, &Kinds::all(), &mut counts), "ü[long removed], [same removed]");
    assert_eq!(counts, BTreeMap::from([("long", 1), ("same", 1)]));
    assert_eq!(entities.redact(text, &Kinds::of(&[Class::Credential]), &mut counts), "üto ann@shop.example, [same removed]");
}

#[test]
fn only_the_kinds_that_are_asked_for_are_removed() {
    let text = "ann@shop.example, 4111 1111 1111 1111, 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";
    let of = |kinds: &Kinds| Entities::new().redact(text, kinds, &mut BTreeMap::new()).into_owned();
    assert_eq!(of(&Kinds::of(&[Class::Credential])), "ann@shop.example, 4111 1111 1111 1111, [github key removed]");
    assert_eq!(
        of(&Kinds::of(&[Class::Identity]).with(Kind::EMAIL)),
        "[email removed], [card removed], 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"
    );
    assert!(matches!(Entities::new().redact("nothing here", &Kinds::all(), &mut BTreeMap::new()), Cow::Borrowed("nothing here")));
}

/// Pieces of which texts are put together: entities, near misses, and what stands between.
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
    fn spans_are_in_order_apart_and_between_characters(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40)) {
        let text = pieces.concat();
        let mut last = 0;
        for entity in Entities::new().find(&text) {
            prop_assert!(last <= entity.span.start && entity.span.start < entity.span.end && text.get(entity.span.clone()).is_some());
            last = entity.span.end;
        }
    }

    #[test]
    fn a_redacted_text_holds_no_entity(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40)) {
        // Apart: of digits that touch, what is left when the first number is gone can be a number.
        let text = pieces.join(", ");
        let once = redacted(&text);
        prop_assert_eq!(found(&once), [], "of {:?}", text);
    }

    #[test]
    fn any_text_is_looked_through(text in "\\PC{0,200}") {
        let _ = redacted(&text);
    }

    #[test]
    fn a_text_without_digits_signs_and_long_words_is_not_copied(text in "([a-zA-Zé]{0,7} ){0,40}") {
        prop_assert!(matches!(Entities::new().redact(&text, &Kinds::all(), &mut BTreeMap::new()), Cow::Borrowed(_)));
    }
}

#[test]
fn an_entity_is_found_wherever_it_stands() {
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
            let text = format!("{} {entity} and so on", "x,".repeat(before / 2) + if before % 2 == 0 { "" } else { "," });
            assert_eq!(found(&text).iter().map(|(_, text)| *text).collect::<Vec<_>>(), [entity], "behind {before}");
        }
    }
}

#[test]
fn huge_and_hostile_texts_come_to_an_end() {
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

#[expect(clippy::disallowed_methods, reason = "a test reads where its data is")]
fn data(name: &str) -> Option<String> {
    let root = std::env::var("SECURE_TOOL_DATA")
        .map_or_else(|_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"), PathBuf::from);
    std::fs::read_to_string(root.join(name)).ok()
}

/// Answers of three APIs: what is found there is counted by kind, and no number of a person is among it.
#[test]
fn answers_of_real_apis_are_hardly_touched() {
    for name in ["octokit", "stripe_fixtures", "slack_specs"] {
        let Some(text) = data(&format!("detector/{name}.jsonl")) else {
            eprintln!("{name}: SKIPPED, because the data is not here");
            continue;
        };
        let rows: Vec<String> = text
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok()?["text"].as_str().map(str::to_owned))
            .collect();
        let mut counts = BTreeMap::new();
        let touched = rows.iter().filter(|row| matches!(Entities::new().redact(row, &Kinds::all(), &mut counts), Cow::Owned(_))).count();
        eprintln!("{name}: {touched} of {} rows touched: {counts:?}", rows.len());
        for row in &rows {
            for entity in Entities::new().find(row) {
                let contact_or_key = matches!(entity.kind.class(), Class::Contact | Class::Credential);
                assert!(contact_or_key, "{name}: {:?} in {:?}", entity.kind, &row[entity.span.start.saturating_sub(20)..]);
            }
        }
    }
}
