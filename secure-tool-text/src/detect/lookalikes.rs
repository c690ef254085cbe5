//! Homoglyphs of Latin letters in other scripts: takes a folded character, returns the Latin letter
//! that it resembles.
//!
//! The list has the obvious homoglyphs in common fonts. Unicode's list of
//! confusables is longer, but readers do not confuse most of its entries.

use std::sync::LazyLock;

/// Pairs of a Latin letter and its homoglyphs, after NFKD, without marks and in lower case.
const LOOKALIKES: [(char, &str); 26] = [
    ('a', "аαɑᴀ∂ⲁꭺδ"),
    ('b', "ьвβƅʙᏼβъ"),
    ('c', "сϲᴄⅽⲥς"),
    ('d', "ԁɗᴅⅾժ"),
    ('e', "еεєҽᴇ℮ɛⲉэ"),
    ('f', "ƒꞙϝғꜰ"),
    ('g', "ɡցɢԍ"),
    ('h', "һհʜнⲏ"),
    ('i', "іιɪıӏⅰɩӀ"),
    ('j', "јϳᴊɉ"),
    ('k', "кκᴋⲕқ"),
    ('l', "ӏʟⅼɭłℓן"),
    ('m', "мᴍⅿⲙ"),
    ('n', "ոпηɴиⲛ"),
    ('o', "оοօᴏσⲟøɵө໐ഠ൦௦"),
    ('p', "рρᴘⲣþ"),
    ('q', "ԛզǫգ"),
    ('r', "гʀᴦⲅɾяř"),
    ('s', "ѕꜱƽʂ"),
    ('t', "тτᴛⲧŧ"),
    ('u', "υսᴜцʊ"),
    ('v', "ѵνᴠⅴ"),
    ('w', "ԝωᴡшɯѡω"),
    ('x', "хχⅹ×ⲭ"),
    ('y', "уγʏүўⲩ"),
    ('z', "ᴢʐƶⲍ"),
];

/// The pairs, sorted by homoglyph.
static SORTED: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
    let mut sorted: Vec<(char, char)> = LOOKALIKES
        .iter()
        .flat_map(|(latin, all)| all.chars().map(|lookalike| (lookalike, *latin)))
        .collect();
    sorted.sort_by_key(|(lookalike, _)| *lookalike);
    sorted.dedup_by_key(|(lookalike, _)| *lookalike);
    sorted
});

/// Returns the Latin letter that a character resembles.
pub(crate) fn latin(c: char) -> Option<char> {
    let at = SORTED.binary_search_by_key(&c, |(lookalike, _)| *lookalike).ok()?;
    SORTED.get(at).map(|(_, latin)| *latin)
}

/// Returns whether a letter looks exactly like a Latin one. A word of such letters only is read as
/// Latin.
pub(crate) fn is_identical(c: char) -> bool {
    "аеорсхуіјѕԁһԛԝӏѵοανιρυ".contains(c)
}
