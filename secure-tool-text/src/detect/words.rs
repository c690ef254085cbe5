//! Words of a text with their features: takes bytes of folded text, returns a list of hashes for
//! each word.
//!
//! Digits and the letters that resemble them are equal (`1`, `i` and `l` too), so a text and its
//! leet have the same features. In scripts without spaces, each character is a word.

/// The number of features, and of weights in the model.
pub const FEATURES: usize = 1 << 16;

/// The maximum length of a word, in bytes. A longer word has one feature only: that it is long.
const LONGEST: usize = 24;

/// The class of each byte. 0 ends a word.
const CLASSES: [u8; 256] = classes();

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated while compiling, where an index too large is an error"
)]
const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "below 256")]
        let value = byte as u8;
        classes[byte] = match value {
            b'0' => b'o',
            b'1' | b'l' | b'L' | b'|' => b'i',
            b'3' => b'e',
            b'4' | b'@' => b'a',
            b'5' | b'$' => b's',
            b'7' => b't',
            b'2' | b'6' | b'8' | b'9' | b'a'..=b'z' | b'_' | 0x80.. => value,
            b'A'..=b'Z' => value + 32,
            b'\'' => 1, // skipped within a word
            _ => 0,
        };
        byte += 1;
    }
    // `|` and `@` are letters only in leet. They occur far more often as punctuation.
    classes[b'|' as usize] = 0;
    classes
}

fn class(byte: u8) -> u8 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or_default()
}

/// One word: its position and its features.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Word<'a> {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) features: &'a [u16],
}

/// The maximum number of features of a word.
const MOST: usize = LONGEST + 8;

/// The features of one word.
struct Features {
    list: [u16; MOST],
    count: usize,
}

impl Features {
    fn push(&mut self, feature: u16) {
        if let Some(place) = self.list.get_mut(self.count) {
            *place = feature;
            self.count += 1;
        }
    }
}

const MULTIPLY: u32 = 0x9E37_79B1;

fn mix(hash: u32, value: u32) -> u32 {
    (hash.rotate_left(5) ^ value).wrapping_mul(MULTIPLY)
}

const fn bucket(hash: u32) -> u16 {
    (hash.wrapping_mul(0x85EB_CA6B) >> 16) as u16
}

/// The part of a word that forms pairs with later words.
#[derive(Debug, Clone, Copy, Default)]
struct PairParts {
    whole: u32,
    stem: u32,
}

/// Calls `each` for each word of a text.
pub(crate) fn each_word(text: &[u8], mut each: impl FnMut(Word<'_>)) {
    let (mut last, mut before) = (PairParts::default(), PairParts::default());
    let mut features = Features { list: [0; MOST], count: 0 };
    let mut letters = [0_u8; LONGEST];
    let mut at = 0;
    while let Some(found) =
        text.get(at..).and_then(|rest| rest.iter().position(|&byte| class(byte) > 1))
    {
        let start = at + found;
        let (length, end) = letters_of(text, start, &mut letters);
        features.count = 0;
        if !is_technical(text, start, end) {
            let seen =
                features_of(letters.get(..length).unwrap_or_default(), last, before, &mut features);
            (before, last) = (last, seen);
        }
        each(Word {
            start,
            end,
            features: features.list.get(..features.count).unwrap_or_default(),
        });
        at = end;
    }
}

/// Returns whether a word is part of a URL, a path, a parameter or a JSON key. Readers do not read
/// these as instructions, and they are frequent.
fn is_technical(text: &[u8], start: usize, end: usize) -> bool {
    let byte = |at: usize| text.get(at).copied().unwrap_or_default();
    let joins = |byte: u8| matches!(byte, b'/' | b'=' | b'&' | b'@');
    joins(byte(start.wrapping_sub(1)))
        || joins(byte(end))
        || (byte(end) == b'"' && byte(end + 1) == b':')
}

/// Copies the canonical letters of the word at `start`. Returns their number and the end of the
/// word. A word that is too long has no letters.
fn letters_of(text: &[u8], start: usize, letters: &mut [u8; LONGEST]) -> (usize, usize) {
    let rest = text.get(start..).unwrap_or_default();
    let alone = match rest.first() {
        Some(0xe3..=0xef) => 3, // kana, Han, Hangul: each character is a word
        Some(0xf0..) => 4,
        _ => 0,
    };
    let (mut length, mut end) = (0, 0);
    for &byte in rest {
        let class = class(byte);
        if class == 0 || (alone > 0 && end >= alone) || (alone == 0 && byte >= 0xe3) {
            break;
        }
        end += 1;
        if class > 1 {
            if let Some(letter) = letters.get_mut(length) {
                *letter = class;
            }
            length += 1;
        }
    }
    (if length > LONGEST { 0 } else { length }, start + end.max(1))
}

/// Pushes the features of a word that follows two others.
fn features_of(
    word: &[u8],
    last: PairParts,
    before: PairParts,
    features: &mut Features,
) -> PairParts {
    if word.is_empty() || word.iter().all(|letter| matches!(letter, b'2' | b'6' | b'8' | b'9')) {
        features.push(bucket(0xD161));
        return PairParts { whole: 0xD161, stem: 0xD161 };
    }
    let mut whole = 0x811C_9DC5;
    let mut stem = 0;
    for (index, &letter) in word.iter().enumerate() {
        whole = mix(whole, u32::from(letter));
        if index == 4 {
            stem = whole;
        }
    }
    if stem == 0 {
        stem = whole;
    }
    features.push(bucket(whole ^ 0x1111));
    features.push(bucket(mix(last.whole, whole) ^ 0x2222));
    features.push(bucket(mix(before.whole, whole) ^ 0x3333));
    features.push(bucket(mix(last.stem, stem) ^ 0x4444));
    features.push(bucket(mix(mix(before.stem, last.stem), stem) ^ 0x5555));
    if word.len() > 4 {
        for gram in word.windows(4) {
            let gram = gram.iter().fold(0x6666, |hash, &letter| (hash << 8) | u32::from(letter));
            features.push(bucket(mix(0x7777, gram)));
        }
    }
    PairParts { whole, stem }
}
