//! The words around a number: a place in, whether a word of some topic is near out.
//!
//! A number whose check digit is weak counts only near such a word. Words are read once, from left to right, however often is asked; places must be asked for in order.

use super::bytes::{LETTER, LOWER, UPPER, at, before, is};

/// A set of topics.
pub(super) type Topics = u32;

/// How far before a number a word counts, in bytes.
const BEFORE: usize = 48;

/// How far behind it.
const BEHIND: usize = 20;

macro_rules! topics {
    ($($(#[$doc:meta])* $name:ident = $bit:literal: [$($word:literal)*];)*) => {
        $($(#[$doc])* pub(super) const $name: Topics = 1 << $bit;)*

        fn topics_of(word: &[u8]) -> Topics {
            $(const { assert!($bit < MANY) };)*
            let mut topics = 0;
            $(if matches!(word, $($word)|*) { topics |= $name; })*
            topics
        }
    };
}

const MANY: usize = 26;

topics! {
    CARD = 0: [b"card" b"cards" b"cc" b"credit" b"debit" b"visa" b"mastercard" b"maestro" b"amex" b"diners" b"jcb" b"discover" b"pan" b"tarjeta" b"karte" b"kreditkarte" b"carte" b"carta"];
    /// Said of telephones alone.
    PHONE = 1: [b"phone" b"phones" b"tel" b"telephone" b"mobile" b"cell" b"cellphone" b"fax" b"whatsapp" b"sms" b"dial" b"hotline" b"msisdn" b"telefono" b"telefon" b"telefone" b"celular" b"movil" b"handy" b"mobil" b"handynummer" b"telefonnummer" b"telephonic" b"gsm" b"portable" b"call" b"desk"];
    /// Said near telephone numbers, and elsewhere.
    TALK = 2: [b"office" b"messages" b"message" b"answering" b"contact" b"reach" b"ring" b"calling" b"calls" b"called" b"text" b"texts" b"home" b"work" b"landline" b"extension"];
    SSN = 3: [b"ssn" b"social" b"ssns"];
    NHS = 4: [b"nhs"];
    PESEL = 5: [b"pesel"];
    CPF = 6: [b"cpf"];
    CNPJ = 7: [b"cnpj"];
    BSN = 8: [b"bsn" b"burgerservicenummer" b"sofinummer"];
    AADHAAR = 9: [b"aadhaar" b"aadhar" b"adhaar" b"uidai"];
    STEUER = 10: [b"steuer" b"steueridentifikationsnummer" b"steuernummer" b"idnr" b"tin" b"steuerid" b"identifikationsnummer" b"tax"];
    TFN = 11: [b"tfn" b"tax"];
    ABN = 12: [b"abn" b"business"];
    MEDICARE = 13: [b"medicare"];
    SIN = 14: [b"sin" b"insurance" b"nas"];
    TCKN = 15: [b"tckn" b"kimlik" b"tc"];
    IL_ID = 16: [b"teudat" b"zehut" b"israeli"];
    ZA_ID = 17: [b"south" b"rsa" b"african" b"said"];
    PERSONNUMMER = 18: [b"personnummer" b"personal" b"samordningsnummer"];
    NIR = 19: [b"nir" b"insee" b"vitale"];
    NINO = 20: [b"nino" b"insurance" b"ni"];
    RRN = 21: [b"rrn" b"resident" b"registration"];
    /// Said before versions, which look like addresses.
    VERSION = 22: [b"version" b"versions" b"v" b"ver" b"release" b"build" b"firmware"];
    NIF = 23: [b"nif" b"contribuinte"];
    BANK = 24: [b"routing" b"aba"];
    MRN = 25: [b"mrn"];
}

/// The words of a text, as far as they were read.
pub(super) struct Context<'t> {
    bytes: &'t [u8],
    read: usize,
    last: [usize; MANY], // where the last word of each topic ends; 0 if there was none
}

impl<'t> Context<'t> {
    pub(super) const fn new(bytes: &'t [u8]) -> Self {
        Self { bytes, read: 0, last: [0; MANY] }
    }

    /// Whether a word of one of the topics is near what stands from `start` to `end`. Starts must not decrease from one question to the next.
    pub(super) fn near(&mut self, topics: Topics, start: usize, end: usize) -> bool {
        let from = start.saturating_sub(BEFORE);
        self.read_to((end + BEHIND).min(self.bytes.len()), from);
        self.last.iter().enumerate().any(|(topic, last)| topics & (1 << topic) != 0 && *last > from)
    }

    fn read_to(&mut self, to: usize, from: usize) {
        let mut place = self.read.max(from);
        while place < to {
            if !is(at(self.bytes, place), LETTER) {
                place += 1;
                continue;
            }
            let start = place;
            place += 1;
            // A word ends where letters end, or where a capital follows a small letter.
            while is(at(self.bytes, place), LETTER) && !(is(at(self.bytes, place), UPPER) && is(before(self.bytes, place), LOWER)) {
                place += 1;
            }
            self.note(start, place);
        }
        self.read = self.read.max(place);
    }

    fn note(&mut self, start: usize, end: usize) {
        let mut word = [0; 28];
        let Some((letters, word)) = self.bytes.get(start..end).zip(word.get_mut(..end - start)) else { return };
        for (to, from) in word.iter_mut().zip(letters) {
            *to = from.to_ascii_lowercase();
        }
        let mut topics = topics_of(word);
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
    fn a_word_counts_near_and_not_afar() {
        let near = |text: &str| Context::new(text.as_bytes()).near(PHONE, text.find('7').unwrap(), text.find('7').unwrap() + 1);
        assert!(near("phone: 7") && near("workPhone 7") && near("TEL 7") && near("7 (fax)") && near("phone_number=7"));
        assert!(!near("telephony 7") && !near("7 and so on, and more of it; fax"));
        assert!(!near(&format!("phone {} 7", "x ".repeat(30))));
    }
}
