//! Groups of digits: takes a run of digits and separators, returns its groups, a few at a time.

use super::bytes::at;

/// The number of groups that are visible together.
pub(super) const MANY: usize = 8;

/// The range of a group.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    start: usize,
    end: usize,
}

/// The form of several groups: one byte for each, with five bits for its length and three for the
/// separator after it. The first group is the lowest byte.
pub(super) type Shape = u64;

/// The maximum group length that a form can express.
const LONGEST: usize = 31;

/// Returns the bits of the one separator between two groups, or of none.
const fn sign(byte: u8) -> Shape {
    match byte {
        b' ' => 1 << 5,
        b'-' => 2 << 5,
        b'.' => 3 << 5,
        b'/' => 4 << 5,
        b'+' => 5 << 5,
        b'(' => 6 << 5,
        b')' => 7 << 5,
        _ => 0,
    }
}

/// A form such as `3-2-4`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    shape: Shape,
    mask: Shape,
    /// The number of groups.
    pub(super) count: usize,
}

impl Form {
    /// Parses a form: one-digit lengths with separators between them.
    pub(super) const fn new(form: &str) -> Self {
        let (mut rest, mut read) = (form.as_bytes(), Self { shape: 0, mask: 0, count: 0 });
        while let [length, behind @ ..] = rest {
            let at = 8 * read.count;
            read.shape |= ((*length - b'0') as Shape) << at;
            read.mask |= 31 << at;
            read.count += 1;
            let [sign_behind, behind @ ..] = behind else { return read };
            read.shape |= sign(*sign_behind) << at;
            read.mask |= 7 << (at + 5);
            rest = behind;
        }
        read
    }
}

/// A window over the groups of a run, which starts at the current group.
#[derive(Debug)]
pub(super) struct Groups<'t> {
    pub(super) bytes: &'t [u8],
    end: usize,
    known: [Group; MANY], // a ring buffer
    first: usize,
    count: usize,
    shape: Shape,
}

impl<'t> Groups<'t> {
    pub(super) fn new(bytes: &'t [u8], start: usize, end: usize) -> Self {
        let mut groups =
            Self { bytes, end, known: [Group::default(); MANY], first: 0, count: 0, shape: 0 };
        groups.fill(start);
        groups
    }

    fn fill(&mut self, mut from: usize) {
        while self.count < MANY {
            while from < self.end && !at(self.bytes, from).is_ascii_digit() {
                from += 1;
            }
            if from >= self.end {
                return;
            }
            let mut end = from + 1;
            while end < self.end && at(self.bytes, end).is_ascii_digit() {
                end += 1;
            }
            if self.count > 0 && self.stop(self.count - 1) + 1 == from {
                self.shape |= sign(at(self.bytes, from - 1)) << (8 * (self.count - 1));
            }
            self.shape |= ((end - from).min(LONGEST) as Shape) << (8 * self.count);
            if let Some(slot) = self.known.get_mut((self.first + self.count) % MANY) {
                *slot = Group { start: from, end };
            }
            self.count += 1;
            from = end;
        }
    }

    /// Advances to the first group that starts at or after a position, by at least one group.
    pub(super) fn skip_to(&mut self, place: usize) {
        let last = self.stop(self.count.saturating_sub(1));
        loop {
            self.first += 1;
            self.count = self.count.saturating_sub(1);
            self.shape >>= 8;
            if self.count == 0 || self.start(0) >= place {
                break;
            }
        }
        self.fill(last.max(place).min(self.end));
    }

    fn known(&self, group: usize) -> Option<&Group> {
        self.known.get((self.first + group) % MANY).filter(|_| group < self.count)
    }

    /// Returns how many groups are visible from here, at most [`MANY`].
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Returns the start of a group.
    pub(super) fn start(&self, group: usize) -> usize {
        self.known(group).map_or(self.end, |group| group.start)
    }

    /// Returns the end of a group.
    pub(super) fn stop(&self, group: usize) -> usize {
        self.known(group).map_or(self.end, |group| group.end)
    }

    /// Returns the number of digits of a group, or 0 for a missing group.
    pub(super) fn length(&self, group: usize) -> usize {
        self.known(group).map_or(0, |group| group.end - group.start)
    }

    /// Returns the text between a group and the next one.
    pub(super) fn gap(&self, group: usize) -> &'t [u8] {
        if group + 1 < self.count {
            self.bytes.get(self.stop(group)..self.start(group + 1)).unwrap_or_default()
        } else {
            &[]
        }
    }

    /// Returns the one separator between a group and the next, or 0 for none or several.
    pub(super) fn separator(&self, group: usize) -> u8 {
        if group + 1 < self.count && self.stop(group) + 1 == self.start(group + 1) {
            at(self.bytes, self.stop(group))
        } else {
            0
        }
    }

    /// Returns the digits of the first groups and their number. Digits beyond the capacity are
    /// dropped.
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

    /// Returns whether the groups from here match a form.
    pub(super) const fn fits(&self, form: Form) -> bool {
        self.shape & form.mask == form.shape
    }
}
