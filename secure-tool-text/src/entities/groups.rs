//! A run of digits and what separates them in, its groups of digits out, a few at a time.

use super::bytes::at;

/// How many groups are looked at together.
pub(super) const MANY: usize = 8;

/// Where a group begins and ends.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    start: usize,
    end: usize,
}

/// How groups are written: for each a byte, of which five bits are its length and three the sign
/// behind it. The first group is the lowest byte.
pub(super) type Shape = u64;

/// The longest group whose length is told.
const LONGEST: usize = 31;

/// The bits of the one sign between two groups, or none.
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
    /// How many groups it has.
    pub(super) count: usize,
}

impl Form {
    /// Reads a form: lengths of one digit, with signs between them.
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

/// The next groups of a run, the first of them where the look is.
#[derive(Debug)]
pub(super) struct Groups<'t> {
    pub(super) bytes: &'t [u8],
    end: usize,
    known: [Group; MANY], // a ring
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

    /// Goes on to the first group that begins at or after a place, and at least one further.
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

    /// How many groups are known from here, at most [`MANY`].
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Where a group begins.
    pub(super) fn start(&self, group: usize) -> usize {
        self.known(group).map_or(self.end, |group| group.start)
    }

    /// Where a group ends.
    pub(super) fn stop(&self, group: usize) -> usize {
        self.known(group).map_or(self.end, |group| group.end)
    }

    /// How many digits it has; nought if there is none.
    pub(super) fn length(&self, group: usize) -> usize {
        self.known(group).map_or(0, |group| group.end - group.start)
    }

    /// What stands behind a group, before the next.
    pub(super) fn gap(&self, group: usize) -> &'t [u8] {
        if group + 1 < self.count {
            self.bytes.get(self.stop(group)..self.start(group + 1)).unwrap_or_default()
        } else {
            &[]
        }
    }

    /// The one sign behind a group, before the next; nought if there are none or more.
    pub(super) fn separator(&self, group: usize) -> u8 {
        if group + 1 < self.count && self.stop(group) + 1 == self.start(group + 1) {
            at(self.bytes, self.stop(group))
        } else {
            0
        }
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

    /// Whether the groups from here are written in a form.
    pub(super) const fn fits(&self, form: Form) -> bool {
        self.shape & form.mask == form.shape
    }
}
