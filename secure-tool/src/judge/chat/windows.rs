//! Splits a long text into overlapping parts that cover all of it. Returns nothing if that takes
//! too many parts.

/// Each part repeats 1/8 of the previous one.
const OVERLAP: usize = 8;

/// Splits a text into at most `most` parts of at most `longest` characters.
pub(super) fn windows(text: &str, longest: usize, most: usize) -> Option<Vec<&str>> {
    let step = longest - longest / OVERLAP;
    // Rejects a text by its byte length before counting its characters.
    let bytes = longest.saturating_mul(most).saturating_mul(char::MAX_LEN_UTF8);
    if longest == 0 || text.len() > bytes {
        return None;
    }
    let count = 1 + text.chars().count().saturating_sub(longest).div_ceil(step);
    let positions = || text.char_indices().map(|(at, _)| at);
    let ends = positions().skip(longest).step_by(step).chain(std::iter::once(text.len()));
    let starts = positions().step_by(step).chain(std::iter::once(0)); // an empty text is one part
    (count <= most).then(|| {
        starts.zip(ends).take(count).filter_map(|(start, end)| text.get(start..end)).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_cover_the_text_and_respect_the_maximum_length() {
        for length in 0..200 {
            let text: String = "aé日𝄞".chars().cycle().take(length).collect();
            let parts = windows(&text, 16, 100).expect("few enough");
            assert!(parts.iter().all(|part| part.chars().count() <= 16), "{length}");
            // Each part begins 14 characters after the previous one.
            let mut whole = String::new();
            for (number, part) in parts.iter().enumerate() {
                let known = whole.chars().count() - number * 14;
                assert!(number == 0 || known == 2, "an overlap of two: {length}");
                whole.extend(part.chars().skip(known));
            }
            assert_eq!(whole, text);
        }
    }

    #[test]
    fn a_word_on_an_edge_is_whole_in_one_part() {
        let text = format!("{}EDGE{}", "a".repeat(30), "b".repeat(40));
        for longest in 32..40 {
            let parts = windows(&text, longest, 10).expect("few enough");
            assert!(parts.iter().any(|part| part.contains("EDGE")), "{longest}: {parts:?}");
        }
    }

    #[test]
    fn a_text_that_needs_too_many_parts_is_rejected() {
        let longest = 16 + 3 * 14;
        assert_eq!(windows(&"x".repeat(longest), 16, 4).map(|parts| parts.len()), Some(4));
        assert_eq!(windows(&"x".repeat(longest + 1), 16, 4), None);
        assert_eq!(windows(&"𝄞".repeat(16), 16, 1).map(|parts| parts.len()), Some(1));
        assert_eq!(windows(&"x".repeat(1_000_000), 16, 4), None);
    }
}
