//! Context of a number: takes a position, returns whether a word of a topic is near.
//!
//! A number with a weak check digit counts only near such a word. Words are read once, from left to
//! right, for all queries. Positions must not decrease between queries.

use std::sync::LazyLock;

use super::bytes::at;

/// A set of topics.
pub(super) type Topics = u32;

/// How far before a number a word counts, in bytes.
const BEFORE: usize = 48;

/// How far after a number a word counts, in bytes.
const BEHIND: usize = 20;

macro_rules! topics {
    ($($(#[$doc:meta])* $name:ident = $bit:literal: [$($word:literal)*];)*) => {
        $($(#[$doc])* pub(super) const $name: Topics = 1 << $bit;)*

        /// Each word with its topic. A word with several topics occurs several times.
        const WORDS: &[(&str, Topics)] = &[$($(($word, $name)),*),*];
    };
}

const MANY: usize = 26;

/// The size of the hash table of words: about four slots for each word.
const PLACES: usize = 512;

/// The length of the longest word, in bytes.
const LONGEST: usize = 28;

topics! {
    CARD = 0: ["card" "cards" "cc" "credit" "debit" "visa" "mastercard" "maestro" "amex" "diners" "jcb" "discover" "pan" "tarjeta" "karte" "kreditkarte" "carte" "carta"];
    /// Words for telephones only.
    PHONE = 1: ["phone" "phones" "tel" "telephone" "mobile" "cell" "cellphone" "fax" "whatsapp" "sms" "dial" "hotline" "msisdn" "telefono" "telefon" "telefone" "celular" "movil" "handy" "mobil" "handynummer" "telefonnummer" "telephonic" "gsm" "portable" "call" "desk"];
    /// Words near telephone numbers and elsewhere.
    TALK = 2: ["office" "messages" "message" "answering" "contact" "reach" "ring" "calling" "calls" "called" "text" "texts" "home" "work" "landline" "extension"];
    SSN = 3: ["ssn" "social" "ssns"];
    NHS = 4: ["nhs"];
    PESEL = 5: ["pesel"];
    CPF = 6: ["cpf"];
    CNPJ = 7: ["cnpj"];
    BSN = 8: ["bsn" "burgerservicenummer" "sofinummer"];
    AADHAAR = 9: ["aadhaar" "aadhar" "adhaar" "uidai"];
    STEUER = 10: ["steuer" "steueridentifikationsnummer" "steuernummer" "idnr" "tin" "steuerid" "identifikationsnummer" "tax"];
    TFN = 11: ["tfn" "tax"];
    ABN = 12: ["abn" "business"];
    MEDICARE = 13: ["medicare"];
    SIN = 14: ["sin" "insurance" "nas"];
    TCKN = 15: ["tckn" "kimlik" "tc"];
    IL_ID = 16: ["teudat" "zehut" "israeli"];
    ZA_ID = 17: ["south" "rsa" "african" "said"];
    PERSONNUMMER = 18: ["personnummer" "personal" "samordningsnummer"];
    NIR = 19: ["nir" "insee" "vitale"];
    NINO = 20: ["nino" "insurance" "ni"];
    RRN = 21: ["rrn" "resident" "registration"];
    /// Words before versions, which look like IP addresses.
    VERSION = 22: ["version" "versions" "v" "ver" "release" "build" "firmware"];
    NIF = 23: ["nif" "contribuinte"];
    BANK = 24: ["routing" "aba"];
    MRN = 25: ["mrn"];
}

/// Returns the slot of a word in the table, before probing.
fn place_of(word: &[u8]) -> usize {
    let hash = word.iter().fold(word.len() as u64, |hash, byte| {
        (hash.rotate_left(5) ^ u64::from(*byte)).wrapping_mul(0x517c_c1b7_2722_0a95)
    });
    (hash >> 40) as usize % PLACES
}

static TABLE: LazyLock<[(&str, Topics); PLACES]> = LazyLock::new(|| {
    let mut table = [("", 0); PLACES];
    for (word, topics) in WORDS {
        let places = (place_of(word.as_bytes())..PLACES).chain(0..PLACES);
        for place in places {
            match table.get_mut(place) {
                Some(entry) if entry.0.is_empty() || entry.0 == *word => {
                    *entry = (word, entry.1 | topics);
                    break;
                }
                _ => {}
            }
        }
    }
    table
});

/// By the low bits of the first letter: the possible second letters, and the possible lengths.
static BEGINNINGS: LazyLock<[(u32, u32); 32]> = LazyLock::new(|| {
    let mut beginnings = [(0, 0); 32];
    for (word, _) in WORDS {
        let bytes = word.as_bytes();
        if let Some((seconds, lengths)) = beginnings.get_mut(usize::from(at(bytes, 0) & 31)) {
            *seconds |= 1 << if bytes.len() > 1 { at(bytes, 1) & 31 } else { 0 };
            *lengths |= 1 << bytes.len();
        }
    }
    beginnings
});

/// Returns whether a word can be in the table, by its first two letters and its length. A cheap
/// check.
fn may_be(first: u8, second: u8, length: usize) -> bool {
    let second = if length > 1 { second & 31 } else { 0 };
    BEGINNINGS.get(usize::from(first & 31)).is_some_and(|(seconds, lengths)| {
        length <= LONGEST && seconds >> second & lengths >> length & 1 == 1
    })
}

fn topics_of(word: &[u8]) -> Topics {
    let mut place = place_of(word);
    loop {
        match TABLE.get(place % PLACES) {
            Some((known, topics)) if known.as_bytes() == word => return *topics,
            Some((known, _)) if !known.is_empty() => place += 1,
            _ => return 0,
        }
    }
}

/// The words of a text, as far as they were read.
pub(super) struct Context<'t> {
    bytes: &'t [u8],
    read: usize,
    last: [usize; MANY], // the end of the last word of each topic; 0 if none
}

impl<'t> Context<'t> {
    pub(super) const fn new(bytes: &'t [u8]) -> Self {
        Self { bytes, read: 0, last: [0; MANY] }
    }

    /// Returns whether a word of one of the topics is near the range from `start` to `end`. Starts
    /// must not decrease between calls.
    pub(super) fn near(&mut self, topics: Topics, start: usize, end: usize) -> bool {
        let from = start.saturating_sub(BEFORE);
        self.read_to((end + BEHIND).min(self.bytes.len()), from);
        let mut rest = topics;
        while rest != 0 {
            if self.last.get(rest.trailing_zeros() as usize).is_some_and(|last| *last > from) {
                return true;
            }
            rest &= rest - 1;
        }
        false
    }

    fn read_to(&mut self, to: usize, from: usize) {
        let mut place = self.read.max(from);
        while let Some(skipped) =
            self.bytes.get(place..to).and_then(|part| part.iter().position(u8::is_ascii_alphabetic))
        {
            let start = place + skipped;
            let mut last = 0;
            // A word ends where letters end, or where a capital follows a lower-case letter.
            let ends = |byte: &u8| {
                let end = !byte.is_ascii_alphabetic()
                    || (byte.is_ascii_uppercase() && u8::is_ascii_lowercase(&last));
                last = *byte;
                end
            };
            let rest = self.bytes.get(start..).unwrap_or_default();
            place = start + rest.iter().position(ends).unwrap_or(rest.len());
            self.note(start, place);
        }
        place = place.max(to);
        self.read = self.read.max(place);
    }

    fn note(&mut self, start: usize, end: usize) {
        if !may_be(at(self.bytes, start), at(self.bytes, start + 1), end - start) {
            return;
        }
        let mut word = [0; LONGEST];
        let Some((letters, word)) = self.bytes.get(start..end).zip(word.get_mut(..end - start))
        else {
            return;
        };
        for (to, from) in word.iter_mut().zip(letters) {
            *to = from.to_ascii_lowercase();
        }
        let mut topics = topics_of(word);
        // The words of a placeholder say nothing about the text beside it.
        if topics != 0 && self.bytes.get(end..).is_some_and(|rest| rest.starts_with(b" removed]")) {
            return;
        }
        while topics != 0 {
            if let Some(last) = self.last.get_mut(topics.trailing_zeros() as usize) {
                *last = end;
            }
            topics &= topics - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_count_near_a_number_only() {
        let near = |text: &str| {
            Context::new(text.as_bytes()).near(
                PHONE,
                text.find('7').unwrap(),
                text.find('7').unwrap() + 1,
            )
        };
        assert!(
            near("phone: 7")
                && near("workPhone 7")
                && near("TEL 7")
                && near("7 (fax)")
                && near("phone_number=7")
        );
        assert!(!near("telephony 7") && !near("7 and so on, and more of it; fax"));
        assert!(!near(&format!("phone {} 7", "x ".repeat(30))));
    }
}
