//! Personal data and numbers: which are found by their rules, and which values of ordinary
//! responses are kept.

use crate::{is_found, is_left_alone};

#[test]
fn contact_data_is_found() {
    for email in [
        "ann@shop.example",
        "a.b+c@x-y.co.uk",
        "o'neil_1@mail.example",
        "jörg@post.example",
        "x@xn--bcher-kva.example",
    ] {
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
    for phone in
        ["451 5986", "60-56-85-91", "699 956 915", "(37) 788-063", "5403926876", "99 668472"]
    {
        is_found("phone", phone, "phone ");
        is_left_alone(phone);
    }
    for ip in [
        "203.0.113.7",
        "10.1.2.3",
        "2001:db8::8a2e:370:7334",
        "6e40:4041:c617:e898:c11:40d2:c669:2eb4",
        "fe80::1",
        "::ffff:192.0.2.128",
    ] {
        is_found("ip", ip, "");
    }
    for mac in ["00:1A:2B:3C:4D:5E", "00-1a-2b-3c-4d-5e", "aa:bb:cc:dd:ee:f0"] {
        is_found("mac", mac, "");
    }
}

#[test]
fn cards_and_accounts_require_valid_check_digits() {
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
    for card in
        ["4222222222222", "30569309025904", "6304000000000000", "501800000009", "3598899323053410"]
    {
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
    for iban in [
        "DE89370400440532013001",
        "DE8937040044053201300",
        "GB82 WEST 1234 5698 7654 33",
        "ZZ89370400440532013000",
    ] {
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

#[test]
fn values_of_ordinary_responses_are_kept() {
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
