//! Letters of other scripts that are drawn like Latin ones: a folded character in, the Latin letter
//! it passes for out.
//!
//! A choice of the obvious ones, by how they look in common fonts; it is not Unicode's list of
//! confusables, which has thousands that nobody mistakes.

use std::sync::LazyLock;

/// Pairs of a Latin letter and what resembles it, after NFKD, without marks and in lower case.
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

/// The same, sorted by the look-alike.
static SORTED: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
    let mut sorted: Vec<(char, char)> = LOOKALIKES
        .iter()
        .flat_map(|(latin, all)| all.chars().map(|lookalike| (lookalike, *latin)))
        .collect();
    sorted.sort_by_key(|(lookalike, _)| *lookalike);
    sorted.dedup_by_key(|(lookalike, _)| *lookalike);
    sorted
});

/// The Latin letter that a character passes for.
pub(crate) fn latin(c: char) -> Option<char> {
    let at = SORTED.binary_search_by_key(&c, |(lookalike, _)| *lookalike).ok()?;
    SORTED.get(at).map(|(_, latin)| *latin)
}

/// Whether a letter is drawn just like a Latin one, so that a word of such letters alone is taken
/// for a Latin word.
pub(crate) fn is_identical(c: char) -> bool {
    "аеорсхуіјѕԁһԛԝӏѵοανιρυ".contains(c)
}
