//! The one walk over the bytes: text in, the few blocks that a second look can be worth out.
//!
//! Each byte's classes are bits of one byte; runs are found by setting the text's classes against themselves, shifted. There are no branches, so that the compiler makes vector instructions of it.

/// How many bytes are judged together.
pub(super) const BLOCK: usize = 64;

/// How far behind a block's end its marks look.
const AHEAD: usize = 16;

/// How many bytes are in work at once.
const PAGE: usize = 16 * BLOCK;

const WIDE: usize = PAGE + AHEAD;

/// A mark: seven bytes of digits, space and `()*+,-./` begin in the block, the first of them a digit; the last may be a letter.
pub(super) const NUMBER: u8 = 1;
/// Sixteen letters, digits and `()*+,-./_` begin in the block.
pub(super) const WORD: u8 = 2;
/// Two colons are not more than five bytes apart, the first of them in the block.
pub(super) const COLONS: u8 = 16;
/// Five dashes begin in the block.
pub(super) const DASHES: u8 = 32;
/// There is an `@` in the block.
pub(super) const AT: u8 = 64;

/// Nothing that is found is shorter: `a@b.cd`.
const SHORTEST: usize = 6;

const DIGIT: u8 = 4;

const fn all(bit: bool) -> u8 {
    if bit { 0xff } else { 0 }
}

/// Calls `visit` with the start and the marks of each block that has any. A mark that is missing is a promise; one that is there is a hint.
pub(super) fn walk(bytes: &[u8], mut visit: impl FnMut(usize, u8)) {
    if bytes.len() < SHORTEST {
        return;
    }
    let mut pages = Pages { classes: [0; WIDE], fours: [0; WIDE], marks: [0; PAGE / BLOCK] };
    let mut start = 0;
    while let Some(page) = bytes.get(start..start + WIDE) {
        pages.judge(page);
        pages.visit(start, &mut visit);
        start += PAGE;
    }
    // What is left, with nothing behind it.
    while start < bytes.len() {
        let rest = bytes.get(start..).unwrap_or_default();
        let length = rest.len().min(PAGE);
        let wide = length.next_multiple_of(BLOCK) + AHEAD;
        let mut padded = [0; WIDE];
        for (to, from) in padded.iter_mut().zip(rest) {
            *to = *from;
        }
        pages.marks = [0; PAGE / BLOCK];
        pages.judge(padded.get(..wide).unwrap_or_default());
        pages.visit(start, &mut visit);
        start += length;
    }
}

struct Pages {
    classes: [u8; WIDE],
    fours: [u8; WIDE],
    marks: [u8; PAGE / BLOCK],
}

impl Pages {
    fn judge(&mut self, page: &[u8]) {
        let wide = page.len();
        classify(page, &mut self.classes);
        fours(self.classes.get(..wide).unwrap_or_default(), &mut self.fours);
        for (block, mark) in self.marks.iter_mut().take((wide - AHEAD) / BLOCK).enumerate() {
            let from = block * BLOCK;
            let classes = self.classes.get(from..from + BLOCK + AHEAD).and_then(|classes| classes.first_chunk());
            let fours = self.fours.get(from..from + BLOCK + AHEAD).and_then(|fours| fours.first_chunk());
            *mark = classes.zip(fours).map_or(0xff, |(classes, fours)| marks(classes, fours));
        }
    }

    fn visit(&self, start: usize, visit: &mut impl FnMut(usize, u8)) {
        for (block, mark) in self.marks.iter().enumerate() {
            if *mark != 0 {
                visit(start + block * BLOCK, *mark);
            }
        }
    }
}

fn classify(page: &[u8], classes: &mut [u8; WIDE]) {
    for (class, byte) in classes.iter_mut().zip(page) {
        let signs = all(byte.wrapping_sub(b'(') < 18); // ( to 9
        let number = signs | all(*byte == b' ');
        let word = signs | all((byte | 0x20).wrapping_sub(b'a') < 26) | all(*byte == b'_');
        *class = number & NUMBER
            | word & WORD
            | all(byte.wrapping_sub(b'0') < 10) & DIGIT
            | all(*byte == b':') & COLONS
            | all(*byte == b'-') & DASHES
            | all(*byte == b'@') & AT;
    }
}

/// What each byte has in common with the three behind it.
fn fours(of: &[u8], out: &mut [u8; WIDE]) {
    let behind = |by: usize| of.get(by..).unwrap_or_default();
    for ((((out, a), b), c), d) in out.iter_mut().zip(of).zip(behind(1)).zip(behind(2)).zip(behind(3)) {
        *out = a & b & c & d;
    }
}

#[expect(
    clippy::indexing_slicing,
    reason = "the loop is over 64 of 80 bytes, and looks at most 15 ahead: the compiler sees it, and makes vectors of it"
)]
fn marks(classes: &[u8; BLOCK + AHEAD], fours: &[u8; BLOCK + AHEAD]) -> u8 {
    let mut marks = 0;
    for at in 0..BLOCK {
        let class = classes[at];
        let colon_near = classes[at + 1] | classes[at + 2] | classes[at + 3] | classes[at + 4] | classes[at + 5];
        let last = classes[at + 6];
        let number = fours[at] & fours[at + 2] & NUMBER & (last | last >> 1) & (class >> 2);
        let word = fours[at] & fours[at + 4] & fours[at + 8] & fours[at + 12] & WORD;
        marks |= number | word | class & colon_near & COLONS | fours[at] & classes[at + 4] & DASHES | class & AT;
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The promises, read plainly.
    fn plainly(bytes: &[u8], at: usize) -> u8 {
        let ahead = |by: usize| bytes.get(at + by).copied().unwrap_or_default();
        let number = |byte: u8| matches!(byte, b' ' | b'('..=b'9');
        let word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'('..=b'/' | b'_');
        let mut marks = 0;
        if ahead(0).is_ascii_digit() && (0..6).all(|by| number(ahead(by))) && (number(ahead(6)) || word(ahead(6))) {
            marks |= NUMBER;
        }
        if (0..16).all(|by| word(ahead(by))) {
            marks |= WORD;
        }
        if ahead(0) == b':' && (1..6).any(|by| ahead(by) == b':') {
            marks |= COLONS;
        }
        if (0..5).all(|by| ahead(by) == b'-') {
            marks |= DASHES;
        }
        marks | if ahead(0) == b'@' { AT } else { 0 }
    }

    #[test]
    fn marks_are_what_a_plain_reading_gives() {
        let alphabet = b"0123456789 ()-./+:@aZ_Bx\"--ABC123";
        let mut seed = 11_u64;
        let mut next = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(seed >> 33).unwrap() % below
        };
        for _ in 0..300 {
            let length = 6 + next(3_000);
            let bytes: Vec<u8> = (0..length).map(|_| alphabet[next(alphabet.len())]).collect();
            let mut walked = vec![0; length.div_ceil(BLOCK)];
            walk(&bytes, |start, marks| walked[start / BLOCK] |= marks);
            for (block, marks) in walked.iter().enumerate() {
                let plain = (block * BLOCK..((block + 1) * BLOCK).min(length)).fold(0, |marks, at| marks | plainly(&bytes, at));
                assert_eq!(*marks, plain, "block {block} of {:?}", String::from_utf8_lossy(&bytes));
            }
        }
    }
}
