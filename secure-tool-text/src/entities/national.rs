//! Identity numbers of digits only: takes groups of digits, returns the kind of number.
//!
//! A number with a distinctive form or two check digits counts alone. A plain run of digits with a
//! weak check digit counts only near a word that names its kind.

use std::sync::LazyLock;

use super::checks::{digit, is_day, luhn, mod_11_10, number, verhoeff, weighted};
use super::context::{self as topic, Context, Topics};
use super::groups::{Form, Groups};
use super::kind::Kind;

/// A kind of number.
struct Number {
    kind: Kind,
    /// The grouped forms.
    forms: &'static [&'static str],
    /// The number of digits without separators, or 0 if that form is not used.
    bare: usize,
    check: fn(&[u8]) -> bool,
    /// A grouped number needs a word of these topics nearby. 0: no word.
    form_needs: Topics,
    /// An ungrouped number needs a word of these topics nearby. 0: no word.
    bare_needs: Topics,
}

macro_rules! numbers {
    ($($kind:ident $forms:expr, $bare:literal, $check:expr, $form_needs:expr, $bare_needs:expr;)*) => {
        &[$(Number { kind: Kind::$kind, forms: &$forms, bare: $bare, check: $check, form_needs: $form_needs, bare_needs: $bare_needs }),*]
    };
}

/// No word is needed.
const NONE: Topics = 0;

#[rustfmt::skip]
static NUMBERS: &[Number] = numbers! {
    // Area rules: SSA, "Social Security number randomization", 2011.
    US_SSN ["3-2-4"], 0, ssn, NONE, NONE;
    US_SSN ["3 2 4", "3.2.4"], 9, ssn, topic::SSN, topic::SSN;
    // Modulus 11: NHS data dictionary, "NHS number".
    UK_NHS ["3 3 4", "3-3-4"], 10, nhs, topic::NHS, topic::NHS;
    // Weights 1 3 7 9: Polish law on the population register, 2010.
    PL_PESEL [], 11, pesel, NONE, topic::PESEL;
    // Two check digits modulo 11: Receita Federal.
    BR_CPF ["3.3.3-2"], 11, cpf, NONE, topic::CPF;
    BR_CNPJ ["2.3.3/4-2"], 14, cnpj, NONE, topic::CNPJ;
    // Modulus 11 ("elfproef"): RvIG.
    NL_BSN ["4.2.3", "3 3 3", "3.3.3"], 9, bsn, topic::BSN, topic::BSN;
    // Date and Luhn: Skatteverket, SKV 704.
    SE_PERSONNUMMER ["6-4", "8-4", "6+4"], 10, personnummer, NONE, topic::PERSONNUMMER;
    SE_PERSONNUMMER [], 12, personnummer, NONE, topic::PERSONNUMMER;
    // Verhoeff, first digit 2 to 9: UIDAI.
    IN_AADHAAR ["4 4 4", "4-4-4"], 12, aadhaar, topic::AADHAAR, topic::AADHAAR;
    // Modulus 97: INSEE.
    FR_NIR ["1 2 2 2 3 3 2", "1.2.2.2.3.3.2"], 15, nir, NONE, topic::NIR | topic::SSN;
    // ISO 7064, one digit occurs two or three times: BZSt.
    DE_STEUER_ID ["2 3 3 3"], 11, steuer, topic::STEUER, topic::STEUER;
    // Weights modulo 11, 89 and 10: Australian Taxation Office, ABR, Services Australia.
    AU_TFN ["3 3 3"], 9, tfn, topic::TFN, topic::TFN;
    AU_ABN ["2 3 3 3"], 11, abn, topic::ABN, topic::ABN;
    AU_MEDICARE ["4 5 1", "4-5-1"], 10, medicare, topic::MEDICARE, topic::MEDICARE;
    // Luhn: Service Canada.
    CA_SIN ["3 3 3", "3-3-3"], 9, sin, topic::SIN, topic::SIN;
    // Modulus 97: Rijksregister.
    BE_NN ["2.2.2-3.2"], 0, belgian, NONE, NONE;
    // EAN-13 with the country code 756: ZAS.
    CH_AHV ["3.4.4.2"], 13, ahv, NONE, NONE;
    // Modulus 11: Ministry of the Interior and Safety. Numbers issued since October 2020 have no
    // check digit.
    KR_RRN ["6-7"], 0, rrn, topic::RRN, NONE;
    // Date and Luhn: Department of Home Affairs.
    ZA_ID ["6 4 3", "6 4 2 1"], 13, south_african, topic::ZA_ID, topic::ZA_ID;
    // Two check digits: NVI.
    TR_TCKN [], 11, tckn, NONE, topic::TCKN;
    IL_ID [], 9, luhn, NONE, topic::IL_ID;
    // Modulus 11: Autoridade Tributária.
    PT_NIF ["3 3 3"], 9, nif, topic::NIF, topic::NIF;
    // ISO 7064, modulus 11,2: GB 11643; `lettered` finds those that end in `X`.
    CN_RESIDENT [], 18, chinese, NONE, NONE;
};

/// A form of a number: its kind, the grouped form or `None` for digits only, and the topics that it
/// needs.
type NumberForm = (&'static Number, Option<Form>, Topics);

/// The forms by the length of their first group.
static NUMBER_FORMS: LazyLock<Vec<Vec<NumberForm>>> = LazyLock::new(|| {
    let mut by_length: Vec<Vec<NumberForm>> = (0..19).map(|_| Vec::new()).collect();
    for of in NUMBERS {
        let forms = of.forms.iter().map(|form| {
            (
                usize::from(form.as_bytes().first().map_or(0, |byte| byte - b'0')),
                Some(Form::new(form)),
                of.form_needs,
            )
        });
        for (first, form, needs) in
            forms.chain((of.bare > 0).then_some((of.bare, None, of.bare_needs)))
        {
            if let Some(by_length) = by_length.get_mut(first) {
                by_length.push((of, form, needs));
            }
        }
    }
    by_length
});

/// Returns the topics of which an ungrouped number of this length needs a word nearby, over all
/// kinds that need one.
pub(super) fn needed(length: usize) -> Topics {
    let by_length = NUMBER_FORMS.get(length).map(Vec::as_slice).unwrap_or_default();
    by_length
        .iter()
        .filter(|(_, form, _)| form.is_none())
        .fold(NONE, |all, (.., needs)| all | needs)
}

/// Returns the number that starts with the first group: its kind, its number of groups, and whether
/// a word that names the kind is near.
pub(super) fn number_at(
    groups: &Groups<'_>,
    context: &mut Context<'_>,
) -> Option<(Kind, usize, bool)> {
    let by_length = NUMBER_FORMS.get(groups.length(0))?;
    let mut best = None;
    for (of, form, needs) in by_length {
        let count = match form {
            Some(form) if groups.fits(*form) => form.count,
            Some(_) => continue,
            None => 1,
        };
        if *needs != NONE && !context.near(*needs, groups.start(0), groups.stop(count - 1)) {
            continue;
        }
        let (digits, length) = groups.digits(count);
        if digits.get(..length).is_some_and(of.check) {
            if *needs != NONE {
                return Some((of.kind, count, true));
            }
            best = best.or(Some((of.kind, count, false)));
        }
    }
    best
}

fn ssn(digits: &[u8]) -> bool {
    let (area, group, serial) = (number(digits, 0, 3), number(digits, 3, 5), number(digits, 5, 9));
    // 078-05-1120 and 219-09-9999 were printed in advertisements.
    area != 0
        && area != 666
        && area < 900
        && group != 0
        && serial != 0
        && digits != b"078051120"
        && digits != b"219099999"
}

fn nhs(digits: &[u8]) -> bool {
    (11 - weighted(digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11 == digit(digits, 9)
}

fn pesel(digits: &[u8]) -> bool {
    let month = number(digits, 2, 4) % 20; // the century is encoded in steps of 20
    is_day(month, number(digits, 4, 6))
        && weighted(digits, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]).is_multiple_of(10)
}

fn all_alike(digits: &[u8]) -> bool {
    digits.windows(2).all(|pair| matches!(pair, [a, b] if a == b))
}

fn cpf(digits: &[u8]) -> bool {
    let check = |weights: &[u32]| weighted(digits, weights) * 10 % 11 % 10;
    !all_alike(digits)
        && check(&[10, 9, 8, 7, 6, 5, 4, 3, 2]) == digit(digits, 9)
        && check(&[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) == digit(digits, 10)
}

fn cnpj(digits: &[u8]) -> bool {
    let check = |weights: &[u32]| match weighted(digits, weights) % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    !all_alike(digits)
        && check(&[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) == digit(digits, 12)
        && check(&[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) == digit(digits, 13)
}

fn bsn(digits: &[u8]) -> bool {
    let sum = weighted(digits, &[9, 8, 7, 6, 5, 4, 3, 2]);
    sum > 0 && sum % 11 == digit(digits, 8)
}

fn personnummer(digits: &[u8]) -> bool {
    let Some(ten) = digits.len().checked_sub(10).and_then(|from| digits.get(from..)) else {
        return false;
    };
    let day = number(ten, 4, 6);
    is_day(number(ten, 2, 4), if day > 60 { day - 60 } else { day }) && luhn(ten)
}

fn aadhaar(digits: &[u8]) -> bool {
    digit(digits, 0) > 1 && verhoeff(digits)
}

fn nir(digits: &[u8]) -> bool {
    let rest = digits
        .get(..13)
        .unwrap_or_default()
        .iter()
        .fold(0, |rest, byte| (rest * 10 + super::checks::value(*byte)) % 97);
    matches!(digit(digits, 0), 1 | 2)
        && matches!(number(digits, 3, 5), 1..=12 | 20..=42 | 50..=99)
        && 97 - rest == number(digits, 13, 15)
}

fn steuer(digits: &[u8]) -> bool {
    let mut times = [0_u8; 10];
    for byte in digits.get(..10).unwrap_or_default() {
        if let Some(count) = times.get_mut(super::checks::value(*byte) as usize) {
            *count += 1;
        }
    }
    let repeated = times.iter().filter(|count| **count > 1).count();
    digit(digits, 0) != 0
        && repeated == 1
        && times.iter().all(|count| *count <= 3)
        && mod_11_10(digits)
}

fn tfn(digits: &[u8]) -> bool {
    let sum = weighted(digits, &[1, 4, 3, 7, 5, 8, 6, 9, 10]);
    sum > 0 && sum.is_multiple_of(11)
}

fn abn(digits: &[u8]) -> bool {
    let sum = weighted(digits, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    digit(digits, 0) > 0 && (sum - 10).is_multiple_of(89)
}

fn medicare(digits: &[u8]) -> bool {
    matches!(digit(digits, 0), 2..=6)
        && weighted(digits, &[1, 3, 7, 9, 1, 3, 7, 9]) % 10 == digit(digits, 8)
}

fn sin(digits: &[u8]) -> bool {
    !matches!(digit(digits, 0), 0 | 8) && luhn(digits)
}

fn belgian(digits: &[u8]) -> bool {
    let nine = number(digits, 0, 9);
    let check = number(digits, 9, 11);
    let since_2000 = (u64::from(nine) + 2_000_000_000) % 97;
    number(digits, 2, 4) <= 12
        && number(digits, 4, 6) <= 31
        && (97 - nine % 97 == check || 97 - since_2000 == u64::from(check))
}

fn ahv(digits: &[u8]) -> bool {
    number(digits, 0, 3) == 756
        && weighted(digits, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]).is_multiple_of(10)
}

fn rrn(digits: &[u8]) -> bool {
    is_day(number(digits, 2, 4), number(digits, 4, 6))
        && matches!(digit(digits, 6), 1..=8)
        && (11 - weighted(digits, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11) % 10
            == digit(digits, 12)
}

fn south_african(digits: &[u8]) -> bool {
    is_day(number(digits, 2, 4), number(digits, 4, 6)) && digit(digits, 10) < 3 && luhn(digits)
}

fn tckn(digits: &[u8]) -> bool {
    let at = |place| digit(digits, place);
    let (odd, even) = (at(0) + at(2) + at(4) + at(6) + at(8), at(1) + at(3) + at(5) + at(7));
    at(0) != 0 && (odd * 7 + 90 - even) % 10 == at(9) && (odd + even + at(9)) % 10 == at(10)
}

fn nif(digits: &[u8]) -> bool {
    let rest = weighted(digits, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    matches!(digit(digits, 0), 1 | 2 | 3 | 5 | 6 | 8 | 9)
        && digit(digits, 8) == if rest < 2 { 0 } else { 11 - rest }
}

/// Checks a Chinese number whose last character is a digit.
fn chinese(digits: &[u8]) -> bool {
    chinese_check(digits) == u8::try_from(digit(digits, 17)).ok().map(|digit| digit + b'0')
}

/// Returns the check character of the first seventeen digits.
pub(super) fn chinese_check(digits: &[u8]) -> Option<u8> {
    let (year, month, day) =
        (number(digits, 6, 10), number(digits, 10, 12), number(digits, 12, 14));
    let sum = weighted(digits, &[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
    let sound = (1900..2100).contains(&year)
        && is_day(month, day)
        && matches!(number(digits, 0, 2), 11..=82);
    sound.then(|| b"10X98765432".get((sum % 11) as usize).copied()).flatten()
}
