//! A run of digits and what separates them in, its groups of digits out, a few at a time.

use super::bytes::{DIGIT, at, is, run_end};

/// How many groups are looked at together.
pub(super) const MANY: usize = 8;

/// Where a group begins and ends, and the one byte between it and the next, or nought.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    start: usize,
    end: usize,
    separator: u8,
}

/// The next groups of a run, the first of them where the look is.
#[derive(Debug)]
pub(super) struct Groups<'t> {
    pub(super) bytes: &'t [u8],
    end: usize,
    known: [Group; MANY],
    count: usize,
}

impl<'t> Groups<'t> {
    pub(super) fn new(bytes: &'t [u8], start: usize, end: usize) -> Self {
        let mut groups = Self { bytes, end, known: [Group::default(); MANY], count: 0 };
        groups.fill(start);
        groups
    }

    fn fill(&mut self, mut from: usize) {
        while self.count < MANY {
            while from < self.end && !is(at(self.bytes, from), DIGIT) {
                from += 1;
            }
            if from >= self.end {
                return;
            }
            let end = run_end(self.bytes, from, DIGIT);
            if let Some(last) = self.count.checked_sub(1).and_then(|last| self.known.get_mut(last))
                && from == last.end + 1
            {
                last.separator = at(self.bytes, last.end);
            }
            if let Some(slot) = self.known.get_mut(self.count) {
                *slot = Group { start: from, end, separator: 0 };
            }
            self.count += 1;
            from = end;
        }
    }

    /// Goes on to the first group that begins at or after a place, and at least one further.
    pub(super) fn skip_to(&mut self, place: usize) {
        let last = self.known.get(self.count.wrapping_sub(1)).map_or(self.end, |group| group.end);
        let past = self.known.iter().take(self.count).take_while(|group| group.start < place).count().max(1).min(self.count);
        self.known.copy_within(past.., 0);
        self.count -= past;
        self.fill(last.max(place).min(self.end));
    }

    /// How many groups are known from here, at most [`MANY`].
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Where a group begins.
    pub(super) fn start(&self, group: usize) -> usize {
        self.known.get(group).map_or(self.end, |group| group.start)
    }

    /// Where a group ends.
    pub(super) fn stop(&self, group: usize) -> usize {
        self.known.get(group).map_or(self.end, |group| group.end)
    }

    /// How many digits it has; nought if there is none.
    pub(super) fn length(&self, group: usize) -> usize {
        if group < self.count { self.known.get(group).map_or(0, |group| group.end - group.start) } else { 0 }
    }

    /// What stands behind a group, before the next.
    pub(super) fn gap(&self, group: usize) -> &'t [u8] {
        if group + 1 < self.count { self.bytes.get(self.stop(group)..self.start(group + 1)).unwrap_or_default() } else { &[] }
    }

    /// The one byte behind a group, before the next; nought if there are none or more.
    pub(super) fn separator(&self, group: usize) -> u8 {
        if group + 1 < self.count { self.known.get(group).map_or(0, |group| group.separator) } else { 0 }
    }

    /// The digits of the first groups, and how many there are. More than fit are left out.
    pub(super) fn digits(&self, groups: usize) -> ([u8; 24], usize) {
        let (mut digits, mut count) = ([0; 24], 0);
        for group in 0..groups.min(self.count) {
            let from = self.bytes.get(self.start(group)..self.stop(group)).unwrap_or_default();
            for byte in from {
                if let Some(to) = digits.get_mut(count) {
                    *to = *byte;
                    count += 1;
                }
            }
        }
        (digits, count)
    }

    /// Whether groups and separators from here are those of a form such as `3-2-4`: how many groups that is.
    pub(super) fn fits(&self, form: &str) -> Option<usize> {
        let mut group = 0;
        for pair in form.as_bytes().chunks(2) {
            let (length, separator) = (usize::from(at(pair, 0).wrapping_sub(b'0')), at(pair, 1));
            if self.length(group) != length || (separator != 0 && self.separator(group) != separator) {
                return None;
            }
            group += 1;
        }
        Some(group)
    }
}
