//! A calendar date, `YYYY-MM-DD`.

use crate::spec::{Kind, Named, SecureValue, Shape};

/// A calendar date in [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339#section-5.6) form:
/// `2026-09-01`. Other forms are rejected, because `01/09/2026` is ambiguous.
///
/// ```
/// use secure_tool::value::Date;
///
/// assert!("2026-09-01".parse::<Date>().is_ok());
/// assert!("2026-02-30".parse::<Date>().is_err());
/// assert!("01/09/2026".parse::<Date>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Date(String);

impl Date {
    const MAX_LENGTH: u32 = 10;
    pub(crate) const PATTERN: Option<&'static str> = Some("[0-9]{4}-[0-9]{2}-[0-9]{2}");

    fn parse(text: &str) -> Option<Self> {
        is_date(text).then(|| Self(text.to_owned()))
    }
}

crate::value::text_value!(Date, Some("date"));

pub(crate) fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.is_ascii()
        && !text.starts_with('-')
        && text.parse::<jiff::civil::Date>().is_ok()
}

impl SecureValue for Date {
    const SHAPE: &'static Shape = &Shape::Named(&Named {
        kind: Kind::Date,
        name: "Date",
        pattern: Self::PATTERN,
        max_length: Some(Self::MAX_LENGTH),
        closed: true,
        accepts: Some(is_date),
        ..Named::DEFAULT
    });
}
