//! Telephone numbers: takes groups of digits, returns the range of a number.
//!
//! Three forms count alone: `+` with a country code, the usual North American forms, and a trunk
//! `0` with the usual grouping. Other groups and bare digits count only near a word such as
//! `phone`.

use super::bytes::{ALNUM, DIGIT, at, before, is, run_end};
use super::context::{Context, PHONE, TALK};
use super::groups::Groups;

/// Returns the range of a number that starts with the first group, including characters before it.
pub(super) fn phone_at(groups: &Groups<'_>, context: &mut Context<'_>) -> Option<(usize, usize)> {
    let first = groups.start(0);
    // A single digit starts a number only after `+`, or as a `1` before an area code.
    if groups.length(0) == 1 && before(groups.bytes, first) != b'+' && groups.length(1) != 3 {
        return None;
    }
    let open = before(groups.bytes, first) == b'(' && groups.gap(0).first() == Some(&b')');
    let start = if open { first - 1 } else { first };
    let plus = before(groups.bytes, start) == b'+';
    let start = if plus { start - 1 } else { start };
    if !bounded_before(groups.bytes, start) {
        return None;
    }
    let count = if plus {
        international(groups, 0)
    } else {
        north_american(groups)
            .or_else(|| trunk(groups, open))
            .or_else(|| near_word(groups, open, context))
    }?;
    let end = groups.stop(count - 1);
    bounded_behind(groups.bytes, end).map(|end| (start, end))
}

fn bounded_before(bytes: &[u8], start: usize) -> bool {
    match before(bytes, start) {
        b'-' | b'.' | b'/' | b'=' | b'#' => {
            !is(start.checked_sub(2).map_or(0, |place| at(bytes, place)), ALNUM)
                || before(bytes, start) == b'='
        }
        b'_' | b'$' => false,
        byte => !is(byte, ALNUM) && byte < 0x80,
    }
}

/// Returns the end of the number with its extension. `None` if other characters continue it.
fn bounded_behind(bytes: &[u8], end: usize) -> Option<usize> {
    if let Some(end) = extension(bytes, end) {
        return Some(end);
    }
    let (next, after) = (at(bytes, end), at(bytes, end + 1));
    let goes_on = is(next, ALNUM)
        || matches!(next, b'_' | b'%')
        || (matches!(next, b'-' | b'.' | b'/' | b':') && is(after, DIGIT));
    (!goes_on).then_some(end)
}

/// Returns the end of an extension: `x123`, ` x123`, ` ext. 123`.
fn extension(bytes: &[u8], end: usize) -> Option<usize> {
    let rest = bytes.get(end..)?;
    let rest_of = rest.strip_prefix(b" ").unwrap_or(rest);
    let digits = [b"ext. ".as_slice(), b"ext.", b"ext ", b"ext", b"x"]
        .iter()
        .find_map(|word| rest_of.strip_prefix(*word))?;
    let from = bytes.len() - digits.len();
    let to = run_end(bytes, from, DIGIT);
    ((1..=5).contains(&(to - from)) && !is(at(bytes, to), ALNUM)).then_some(to)
}

/// Matches `+` and a country code: 8 to 15 digits (E.164) in any groups. A trunk zero in
/// parentheses may follow the country code.
fn international(groups: &Groups<'_>, from: usize) -> Option<usize> {
    let code = groups.bytes.get(groups.start(from)..groups.stop(from))?;
    let most = match code {
        [b'1', ..] => 11,
        [b'2'..=b'9', _, ..] => 15,
        _ => return None,
    };
    let (mut total, mut best) = (groups.length(from), None);
    let mut group = from;
    loop {
        if total > most {
            break;
        }
        if total >= 8 && (most == 15 || total == 11) {
            best = Some(group + 1);
        }
        let short = matches!(
            groups.gap(group),
            [b' ' | b'-' | b'.' | b'/' | b')'] | [b' ' | b'-', b'('] | [b')', b' ' | b'-'] | b"("
        );
        // After a complete number and a space, another number starts.
        if !short
            || (total >= 11 && groups.separator(group) == b' ' && groups.length(group + 1) > 4)
        {
            break;
        }
        group += 1;
        total += groups.length(group);
    }
    best
}

fn joined(groups: &Groups<'_>, from: usize) -> bool {
    matches!(
        (groups.gap(from), groups.separator(from + 1)),
        ([b'-'], b'-')
            | ([b'.'], b'.')
            | ([b' '], b' ' | b'-')
            | ([b')'] | [b')', b' ' | b'-'], b'-' | b' ' | b'.')
    )
}

/// Matches area code, exchange and line, optionally after `1` or `001`. Area code and exchange do
/// not start with 0 or 1 (NANPA).
fn north_american(groups: &Groups<'_>) -> Option<usize> {
    let from = match groups.bytes.get(groups.start(0)..groups.stop(0))? {
        b"1" | b"001" if matches!(groups.gap(0), [b'-' | b' ' | b'.'] | [b' ' | b'-', b'(']) => 1,
        _ => 0,
    };
    let leads = |group| at(groups.bytes, groups.start(group)) > b'1';
    let lengths = [groups.length(from), groups.length(from + 1), groups.length(from + 2)];
    (lengths == [3, 3, 4] && leads(from) && leads(from + 1) && joined(groups, from))
        .then_some(from + 3)
}

/// Matches a trunk zero or an area code in parentheses, and 9 to 12 digits with one separator.
fn trunk(groups: &Groups<'_>, open: bool) -> Option<usize> {
    let zero = at(groups.bytes, groups.start(0)) == b'0';
    // No telephone number starts with three zeros.
    let zeros = groups.bytes.get(groups.start(0)..groups.start(0) + 3) == Some(b"000");
    if !zero && !open || zeros {
        return None;
    }
    let (count, total) = grouped(groups, open)?;
    let lengths: [usize; 5] =
        std::array::from_fn(|group| if group < count { groups.length(group) } else { 0 });
    let usual = match lengths {
        [2, 2, 2, 2, 2] | [2 | 3, 4, 4, 0, 0] => true,
        [3, 2, 4, 0, 0] => false, // an invalid US Social Security number
        [3..=5, second, ..] => second >= 2,
        [2, second, third, ..] => open && second + third >= 7,
        _ => false,
    };
    (usual
        && if open {
            (10..=12).contains(&total) || (zero && total == 9)
        } else {
            zero && (9..=12).contains(&total)
        })
    .then_some(count)
}

/// The maximum number of digits without `+`.
const MOST: usize = 12;

/// Counts the groups with one separator: their number and the number of digits.
fn grouped(groups: &Groups<'_>, open: bool) -> Option<(usize, usize)> {
    let (mut count, mut total) = (1, groups.length(0));
    if open {
        matches!(groups.gap(0), [b')'] | [b')', b' ' | b'-'] | [b')', b' ', b' ']).then_some(())?;
        total += groups.length(1);
        count = 2;
    }
    let separator = groups.separator(count - 1);
    while count < groups.count()
        && count < 6
        && separator != 0
        && groups.separator(count - 1) == separator
    {
        total += groups.length(count);
        count += 1;
        if total > MOST {
            return None;
        }
    }
    (count > 1 && matches!(separator, 0 | b' ' | b'-' | b'.' | b'/')).then_some((count, total))
}

/// Matches ambiguous groups and bare digits near a word.
fn near_word(groups: &Groups<'_>, open: bool, context: &mut Context<'_>) -> Option<usize> {
    let first = groups.length(0);
    if !open
        && (7..=12).contains(&first)
        && (groups.separator(0) == 0 || groups.separator(0) == b' ')
    {
        return context.near(PHONE, groups.start(0), groups.stop(0)).then_some(1);
    }
    if !(2..=7).contains(&first) {
        return None;
    }
    let (count, total) = grouped(groups, open)?;
    if !(7..=12).contains(&total)
        || (0..count).any(|group| !(2..=7).contains(&groups.length(group)))
        || is_date(groups, count)
    {
        return None;
    }
    context.near(PHONE | TALK, groups.start(0), groups.stop(count - 1)).then_some(count)
}

/// Matches dates and ranges of years: `2024-01-31`, `31.01.2024`, `2019-2024`.
fn is_date(groups: &Groups<'_>, count: usize) -> bool {
    let year = |group| {
        groups.length(group) == 4
            && matches!(
                groups.bytes.get(groups.start(group)..groups.start(group) + 2),
                Some(b"19" | b"20")
            )
    };
    match count {
        2 => year(0) && (year(1) || groups.length(1) <= 2),
        3 => {
            year(0) && groups.length(1) == 2
                || year(2) && groups.length(0) <= 2 && groups.length(1) == 2
        }
        _ => year(0) && groups.length(1) == 2,
    }
}
