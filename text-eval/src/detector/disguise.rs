//! Disguises: takes a text, returns it as an attacker would hide it. A plain attack that is
//! detected must also be detected in each disguise.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// A disguise: its name and its function.
pub type Disguise = (&'static str, fn(&str) -> String);

/// All disguises.
pub const DISGUISES: [Disguise; 23] = [
    ("upper case", |text| text.to_uppercase()),
    ("full width", |text| each(text, |c| shifted(c, '!'..='~', '！'))),
    ("mathematical", mathematical),
    ("look-alikes", |text| each(text, lookalike)),
    ("zero width", |text| joined(text, "\u{200b}")),
    ("soft hyphens", |text| joined(text, "\u{ad}")),
    ("combining marks", |text| {
        text.chars()
            .flat_map(|c| if c.is_alphabetic() { vec![c, '\u{336}', '\u{301}'] } else { vec![c] })
            .collect()
    }),
    ("spaced", |text| joined(text, " ")),
    ("dashed", |text| text.split(' ').map(|word| joined(word, "-")).collect::<Vec<_>>().join(" ")),
    ("dotted", |text| text.split(' ').map(|word| joined(word, ".")).collect::<Vec<_>>().join("  ")),
    ("leet", |text| each(text, leet)),
    ("tags", |text| format!("Fine weather.{}", each(text, |c| shifted(c, ' '..='~', '\u{e0020}')))),
    ("variation selectors", selectors),
    ("base64", |text| STANDARD.encode(text)),
    ("base64 for addresses", |text| URL_SAFE_NO_PAD.encode(text)),
    ("base64 twice", |text| STANDARD.encode(STANDARD.encode(text))),
    ("hex", |text| written(text.bytes(), |byte| format!("{byte:02x}"))),
    ("percent", |text| written(text.bytes(), |byte| format!("%{byte:02X}"))),
    ("JSON escapes", |text| written(text.encode_utf16(), |unit| format!("\\u{unit:04x}"))),
    ("HTML escapes", |text| written(text.chars(), |c| format!("&#{};", u32::from(c)))),
    ("base64 of percent", |text| {
        STANDARD.encode(written(text.bytes(), |byte| format!("%{byte:02x}")))
    }),
    ("rot13", |text| each(text, rot13)),
    ("reversed", |text| text.chars().rev().collect()),
];

fn written<T>(units: impl Iterator<Item = T>, as_text: fn(T) -> String) -> String {
    units.map(as_text).collect::<Vec<_>>().concat()
}

fn each(text: &str, turn: fn(char) -> char) -> String {
    text.chars().map(turn).collect()
}

fn joined(text: &str, between: &str) -> String {
    text.chars().map(String::from).collect::<Vec<_>>().join(between)
}

fn shifted(c: char, from: std::ops::RangeInclusive<char>, to: char) -> char {
    if !from.contains(&c) {
        return c;
    }
    char::from_u32(u32::from(c) - u32::from(*from.start()) + u32::from(to)).unwrap_or(c)
}

fn mathematical(text: &str) -> String {
    each(text, |c| shifted(shifted(c, 'a'..='z', '\u{1d41a}'), 'A'..='Z', '\u{1d400}'))
}

fn lookalike(c: char) -> char {
    match c {
        'a' => 'а',
        'c' => 'с',
        'e' => 'е',
        'i' => 'і',
        'o' => 'о',
        'p' => 'р',
        's' => 'ѕ',
        'y' => 'у',
        'x' => 'х',
        other => other,
    }
}

fn leet(c: char) -> char {
    match c {
        'a' | 'A' => '4',
        'e' | 'E' => '3',
        'i' | 'I' => '1',
        'o' | 'O' => '0',
        's' | 'S' => '5',
        't' | 'T' => '7',
        other => other,
    }
}

fn selectors(text: &str) -> String {
    let selector = |byte: u8| {
        let base = if byte < 16 { 0xfe00 } else { 0xe0100 - 16 };
        char::from_u32(base + u32::from(byte)).unwrap_or_default()
    };
    format!("Fine weather.{}", text.bytes().map(selector).collect::<String>())
}

fn rot13(c: char) -> char {
    match c {
        'a'..='m' | 'A'..='M' => char::from_u32(u32::from(c) + 13).unwrap_or(c),
        'n'..='z' | 'N'..='Z' => char::from_u32(u32::from(c) - 13).unwrap_or(c),
        other => other,
    }
}
