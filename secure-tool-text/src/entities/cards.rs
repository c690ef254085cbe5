//! Payment cards: takes digits, returns whether they can be a card number, by issuer, length and
//! Luhn.

use super::checks::{luhn, number};

/// The evidence that a card number needs besides its digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Card {
    /// None.
    Sure,
    /// A word such as `card` nearby. The issuer or the length is rare, or other numbers often have
    /// this form.
    NearWord,
}

/// Classifies 12 to 19 digits.
pub(super) fn card(digits: &[u8]) -> Option<Card> {
    let sure = issuer(digits)?;
    luhn(digits).then_some(sure)
}

/// Classifies by issuer range and length (ISO/IEC 7812), from the public tables of the networks.
fn issuer(digits: &[u8]) -> Option<Card> {
    let first = |count| number(digits, 0, count);
    let (two, three, four, six) = (first(2), first(3), first(4), first(6));
    match digits.len() {
        16 if two / 10 == 4
            || matches!(two, 51..=55 | 62 | 65)
            || (222_100..=272_099).contains(&six)
            || matches!(three, 644..=649)
            || four == 6011
            || (3528..=3589).contains(&four)
            // RuPay.
            || matches!(six, 508_500..=508_999 | 606_985..=607_984 | 608_001..=608_500 | 652_150..=653_149)
            || matches!(four, 2200..=2204) =>
        {
            Some(Card::Sure)
        }
        15 if matches!(two, 34 | 37) => Some(Card::Sure),
        14 if matches!(two, 36 | 38 | 39) || matches!(three, 300..=305) || four == 3095 => {
            Some(Card::NearWord)
        }
        // The rest of the JCB block, from before the range above was fixed.
        16 if two == 35 => Some(Card::NearWord),
        13 | 19 if two / 10 == 4 => Some(Card::NearWord),
        15 if matches!(four, 2131 | 1800) => Some(Card::NearWord), // JCB before 1990
        17..=19 if two == 62 => Some(Card::NearWord),
        // Maestro.
        12..=19
            if matches!(two, 50 | 56..=58) || matches!(four, 6304 | 6390 | 6759..=6763 | 604) =>
        {
            Some(Card::NearWord)
        }
        _ => None,
    }
}
