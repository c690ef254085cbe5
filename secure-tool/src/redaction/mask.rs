//! Masks: a value and how much of it is kept in, the value with `*` in the place of the rest out.

/// All but the first and last few characters as `*`; a value that is not longer than what is kept,
/// throughout.
pub(super) fn mask(value: &str, keep_first: usize, keep_last: usize) -> String {
    let count = value.chars().count();
    let kept =
        |at: usize| count > keep_first + keep_last && (at < keep_first || at >= count - keep_last);
    value.chars().enumerate().map(|(at, c)| if kept(at) { c } else { '*' }).collect()
}

/// Nothing of it but its length.
pub(super) fn throughout(value: &str) -> String {
    mask(value, 0, 0)
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn a_mask_keeps_no_more_than_it_says() {
        assert_eq!(mask("+49 30 1234567", 0, 4), "**********4567");
        assert_eq!(mask("äöüß", 1, 1), "ä**ß");
        assert_eq!(mask("1234", 0, 4), "****");
        assert_eq!(mask("", 2, 2), "");
    }
}
