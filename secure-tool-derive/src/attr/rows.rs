//! The words of fields: one row per word, with its usage and its allowed positions.

use crate::redaction;

/// A position of a field's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    /// On a field of `SecureTool`.
    Argument,
    /// On a field of `SecureValue`.
    Value,
    /// On a field of `SecureResponse`.
    Response,
    /// Inside `keys(…)`.
    Keys,
}

/// The direction in which a word on a value's field has an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Argument,
    Response,
    Both,
}

/// One word.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) word: &'static str,
    /// The usage, without the outer backticks.
    pub(crate) usage: &'static str,
    pub(crate) positions: &'static [Position],
    pub(crate) direction: Direction,
}

/// The usage of `keys`.
pub(crate) const KEYS_USAGE: &str =
    "keys(hash)` (or `mask(…)`, `tokenize`, `generalize(prefix = 3)`, `keep";

const FIELDS: &[Position] = &[Position::Argument, Position::Value, Position::Response];
const TOOLS: &[Position] = &[Position::Argument];
const ARGUMENTS: &[Position] = &[Position::Argument, Position::Value];
const RESPONSES: &[Position] = &[Position::Value, Position::Response];
const KEYS: &[Position] = &[Position::Keys];

macro_rules! rows {
    ($($positions:ident $direction:ident: $($word:literal => $usage:expr,)+)+) => {
        /// All words except those of redactions, which have their own rows.
        const ROWS: &[Row] = &[$($(Row {
            word: $word,
            usage: $usage,
            positions: $positions,
            direction: Direction::$direction,
        },)+)+];
    };
}

rows! {
    FIELDS Both:
    "public" => "public",
    "internal" => "internal",
    "pii" => "pii",
    "secret" => "secret",
    "pattern" => "pattern = \"[a-z0-9-]{1,40}\"",

    TOOLS Argument:
    "header" => "header = \"x-name\"",
    "query" => "query",
    "body" => "body",
    "allow" => "allow(ST0012, reason = \"…\")",

    ARGUMENTS Argument:
    "from" => "from = prompt`, `from = trusted` or `from = handle",
    "free" => "free",
    "any" => "any, reason = \"…\"",
    "reason" => "any, reason = \"…\"",
    "cap" => "cap(per_call = 500, per_day = 1_000)",
    "domains" => "domains(\"shop.example\")",
    "token" => "token = \"Product.supplier_email\"",

    // An argument whose type is a handle is a handle with or without the word.
    RESPONSES Both:
    "handle" => "handle",
    "recursive" => "recursive",

    RESPONSES Response:
    "trusted" => "trusted, written_by = provider`, `trusted, written_by = principal` or `trusted(if sender = principal)",
    "written_by" => "written_by = provider` or `written_by = principal",
    "untrusted" => "untrusted",
    "keys" => KEYS_USAGE,
    "max" => "max = 20",
    "on_injection" => "on_injection = mark`, `on_injection = redact`, `on_injection = quarantine` or `on_injection = refuse",
    "spotlighting" => "spotlighting = markers`, `spotlighting = datamarking` or `spotlighting = base64",
    "links" => "links = keep` or `links = defang",

    KEYS Response:
    "keep" => "keep",
}

fn all() -> impl Iterator<Item = &'static Row> {
    ROWS.iter().chain(redaction::ROWS)
}

/// Returns the words that are allowed in a position, each with its usage.
pub(crate) fn words_at(position: Position) -> Vec<(&'static str, &'static str)> {
    all().filter(|row| row.positions.contains(&position)).map(|row| (row.word, row.usage)).collect()
}

/// Returns where a word of fields belongs.
pub(crate) fn place_of(word: &str) -> Option<&'static str> {
    let positions: Vec<Position> =
        all().filter(|row| row.word == word).flat_map(|row| row.positions).copied().collect();
    let is_in = |position| positions.contains(&position);
    match (is_in(Position::Argument), is_in(Position::Value), is_in(Position::Response)) {
        (true, _, true) => Some("on a field"),
        (true, false, false) => Some("on a field of a tool"),
        (true, true, false) => Some("on a field of a tool or of a value in its arguments"),
        (false, _, true) => Some("on a field of a response or of a value in it"),
        (false, true, false) => Some("on a field of a value"),
        (false, false, false) => is_in(Position::Keys).then_some("inside `keys(…)`"),
    }
}

/// Returns the word if it has an effect only in this direction.
pub(crate) fn word_of(direction: Direction, word: &str) -> Option<&'static str> {
    all().find(|row| row.word == word && row.direction == direction).map(|row| row.word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_has_a_place() {
        for row in all() {
            assert!(place_of(row.word).is_some(), "{}", row.word);
        }
        assert_eq!(place_of("from"), Some("on a field of a tool or of a value in its arguments"));
        assert_eq!(place_of("header"), Some("on a field of a tool"));
        assert_eq!(place_of("trusted"), Some("on a field of a response or of a value in it"));
        assert_eq!(place_of("keep"), Some("inside `keys(…)`"));
        assert_eq!(place_of("nonsense"), None);
    }

    #[test]
    fn a_word_has_one_row_for_each_position() {
        for position in [Position::Argument, Position::Value, Position::Response, Position::Keys] {
            let mut words = words_at(position);
            let count = words.len();
            words.sort_unstable();
            words.dedup_by_key(|(word, _)| *word);
            assert_eq!(words.len(), count, "{position:?}");
        }
    }
}
