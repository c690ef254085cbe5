//! A bank account number: an IBAN with valid check digits.

use std::borrow::Cow;

use secure_tool_text::internal::mod_97;

use crate::spec::{Kind, Named, SecureValue, Shape};

/// An international bank account number ([ISO 13616](https://www.iso.org/standard/81090.html)):
/// country, check digits and account, at most 34 letters and digits. Spaces between groups of four
/// are allowed. The check digits are verified (modulo 97). The country's length is not verified.
///
/// ```
/// use secure_tool::value::Iban;
///
/// assert!("DE89 3704 0044 0532 0130 00".parse::<Iban>().is_ok());
/// assert!("DE89 3704 0044 0532 0130 01".parse::<Iban>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Iban(String);

impl Iban {
    const MAX_LENGTH: u32 = 42; // 34 and the spaces between groups
    pub(crate) const PATTERN: Option<&'static str> = Some("[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){10,30}");

    fn parse(text: &str) -> Option<Self> {
        is_iban(text).then(|| Self(text.to_owned()))
    }
}

crate::value::text_value!(Iban, None);

pub(crate) fn is_iban(text: &str) -> bool {
    if text.len() > Iban::MAX_LENGTH as usize
        || text.starts_with(' ')
        || text.ends_with(' ')
        || text.contains("  ")
    {
        return false;
    }
    let plain = canonical(text);
    let (Some(country), Some(check), Some(account)) =
        (plain.get(..2), plain.get(2..4), plain.get(4..))
    else {
        return false;
    };
    (14..=34).contains(&plain.len())
        && country.bytes().all(|b| b.is_ascii_uppercase())
        && check.bytes().all(|b| b.is_ascii_digit())
        && account.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && mod_97(account.bytes().chain(country.bytes()).chain(check.bytes())) == 1
}

pub(crate) fn canonical(text: &str) -> Cow<'_, str> {
    if text.contains(' ') { text.replace(' ', "").into() } else { text.into() }
}

impl SecureValue for Iban {
    const SHAPE: &'static Shape = &Shape::Named(&Named {
        kind: Kind::Iban,
        name: "Iban",
        pattern: Self::PATTERN,
        max_length: Some(Self::MAX_LENGTH),
        closed: true,
        accepts: Some(is_iban),
        canonical: Some(canonical),
        ..Named::DEFAULT
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_check_digits_are_rejected() {
        for good in ["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "NO9386011117947"] {
            assert!(is_iban(good), "{good}");
        }
        for bad in [
            "DE89370400440532013001",
            "de89370400440532013000",
            "DE8937040044",
            " DE89370400440532013000",
            "DE89  370400440532013000",
            "DE89370400440532013000é",
        ] {
            assert!(!is_iban(bad), "{bad}");
        }
    }
}
