//! Replacement of spans in a text. The spans may be unordered and may overlap.

use std::ops::Range;

/// Merges overlapping spans.
pub(super) fn merge<T>(
    mut spans: Vec<(Range<usize>, T)>,
    both: impl Fn(T, T) -> T,
) -> Vec<(Range<usize>, T)> {
    spans.sort_by_key(|(range, _)| (range.start, range.end));
    let mut merged: Vec<(Range<usize>, T)> = Vec::with_capacity(spans.len());
    for (range, what) in spans {
        match merged.pop() {
            Some((last, before)) if range.start < last.end => {
                merged.push((last.start..last.end.max(range.end), both(before, what)));
            }
            Some(last) => merged.extend([last, (range, what)]),
            None => merged.push((range, what)),
        }
    }
    merged
}

/// Writes the final part of a text with these spans replaced. A span at the end that is only partly
/// final is not written. Returns the number of input bytes that were processed.
pub(super) fn replace(
    text: &str,
    settled: usize,
    spans: &[(Range<usize>, &str)],
    out: &mut String,
) -> usize {
    let mut from = 0;
    for (range, with) in spans {
        if range.start >= settled {
            break;
        }
        out.push_str(text.get(from..range.start).unwrap_or_default());
        from = range.start;
        if range.end > settled {
            return from;
        }
        out.push_str(with);
        from = range.end;
    }
    out.push_str(text.get(from..settled).unwrap_or_default());
    settled
}
