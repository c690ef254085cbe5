//! Masking: replaces characters of a value with `*`.

use crate::value::is_email;

/// Masks all but the first and last characters. A value that is not longer than the kept part is
/// masked completely.
pub(super) fn mask(value: &str, keep_first: usize, keep_last: usize) -> String {
    let count = value.chars().count();
    let kept =
        |at: usize| count > keep_first + keep_last && (at < keep_first || at >= count - keep_last);
    value.chars().enumerate().map(|(at, c)| if kept(at) { c } else { '*' }).collect()
}

/// Returns the first character and the domain of an e-mail address, with `***` between them for any
/// length of the local part. Returns `None` if the value is not an e-mail address.
pub(super) fn email(value: &str) -> Option<String> {
    let (local, domain) = value.rsplit_once('@').filter(|_| is_email(value))?;
    let first = local.chars().next()?;
    Some(format!("{first}***@{domain}"))
}

/// Masks every character. Only the length remains.
pub(super) fn throughout(value: &str) -> String {
    mask(value, 0, 0)
}

#[cfg(test)]
mod tests {
    use super::{email, mask};

    #[test]
    fn mask_keeps_at_most_the_declared_characters() {
        assert_eq!(mask("+49 30 1234567", 0, 4), "**********4567");
        assert_eq!(mask("äöüß", 1, 1), "ä**ß");
        assert_eq!(mask("1234", 0, 4), "****");
        assert_eq!(mask("", 2, 2), "");
    }

    #[test]
    fn a_masked_email_keeps_one_character_and_the_domain() {
        for (value, masked) in [
            ("ann.smith@corp.example", Some("a***@corp.example")),
            ("a@corp.example", Some("a***@corp.example")),
            ("ann+shop@Mail.Corp.Example", Some("a***@Mail.Corp.Example")),
            ("ann@corp", None),
            ("Ann <ann@corp.example>", None),
            ("two@ann@corp.example", None),
            ("ann smith", None),
            ("@corp.example", None),
            ("", None),
        ] {
            assert_eq!(email(value).as_deref(), masked, "{value}");
        }
    }
}
