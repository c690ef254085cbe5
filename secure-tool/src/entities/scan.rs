//! The closer look: blocks with marks in, entities out. Each byte is read by each of the looks once, and no look reads back further than a bound.

use std::ops::Range;

use memchr::memmem;

use super::bytes::{ALNUM, DIGIT, SEPARATOR, TOKEN, at, before, is, run_end, run_start};
use super::cards::{Card, card};
use super::context::{CARD, Context};
use super::found::Found;
use super::groups::Groups;
use super::keys::{Runs, SHORTEST, key_at, shaped};
use super::kind::Kind;
use super::lettered::{bounded, is_codice_fiscale, lettered_at};
use super::tokens::{Pem, jwt_at};
use super::walk::{AT, BLOCK, COLONS, DASHES, NUMBER, WORD, walk};
use super::{addresses, assignments, iban, mail, national, phones};

/// Adds all that the shipped recognisers find.
pub(super) fn scan(text: &str, found: &mut Found) {
    let bytes = text.as_bytes();
    let mut scan = Scan { bytes, context: Context::new(bytes), runs: Runs::default(), pem: Pem::default(), done: Done::default(), found };
    walk(bytes, |start, marks| scan.look(start, (start + BLOCK).min(bytes.len()), marks));
}

/// How far each look has come.
#[derive(Debug, Default)]
struct Done {
    numbers: usize,
    words: usize,
    colons: usize,
    blocks: usize,
    signs: usize,
}

struct Scan<'t, 'f> {
    bytes: &'t [u8],
    context: Context<'t>,
    runs: Runs,
    pem: Pem,
    done: Done,
    found: &'f mut Found,
}

impl Scan<'_, '_> {
    fn look(&mut self, start: usize, end: usize, marks: u8) {
        if marks & DASHES != 0 {
            self.blocks(start, end);
        }
        if marks & NUMBER != 0 {
            self.numbers(start, end);
        }
        if marks & WORD != 0 {
            self.words(start, end);
        }
        if marks & COLONS != 0 {
            self.colons(start, end);
        }
        if marks & AT != 0 {
            self.signs(start, end);
        }
    }

    fn blocks(&mut self, start: usize, end: usize) {
        let from = start.max(self.done.blocks);
        let part = self.bytes.get(from..(end + 10).min(self.bytes.len())).unwrap_or_default();
        for place in memmem::find_iter(part, b"-----BEGIN") {
            let start = from + place;
            if start < self.done.blocks {
                continue;
            }
            if let Some(span) = self.pem.block_at(self.bytes, start) {
                self.done.blocks = span.end;
                self.found.add(Kind::PEM, span);
            }
        }
    }

    fn numbers(&mut self, start: usize, end: usize) {
        let mut place = start.max(self.done.numbers);
        while place < end {
            if !is(at(self.bytes, place), DIGIT) {
                place += 1;
                continue;
            }
            let first = run_start(self.bytes, place, self.done.numbers, DIGIT | SEPARATOR);
            let last = run_end(self.bytes, place, DIGIT | SEPARATOR);
            self.done.numbers = last;
            place = last;
            if last - first >= 6 {
                self.number_run(first, last);
            }
        }
    }

    fn number_run(&mut self, first: usize, last: usize) {
        // An account number may begin with letters before the run.
        for start in first.saturating_sub(12)..first {
            if let Some(end) = iban::iban_at(self.bytes, start) {
                self.found.add(Kind::IBAN, start..end);
            }
        }
        let mut groups = Groups::new(self.bytes, first, last);
        while groups.count() > 0 {
            let next = match self.number(&groups) {
                Some((kind, span)) => {
                    let end = span.end;
                    self.found.add(kind, span);
                    end
                }
                None => groups.stop(0),
            };
            groups.skip_to(next);
        }
    }

    /// What begins with the first of the groups.
    fn number(&mut self, groups: &Groups<'_>) -> Option<(Kind, Range<usize>)> {
        let (start, stop) = (groups.start(0), groups.stop(0));
        if let Some(found) = lettered_at(self.bytes, start, stop) {
            return Some(found);
        }
        if stop - start > 19 || (groups.count() == 1 && stop - start < 7) {
            return None;
        }
        if let Some(end) = addresses::ipv4_at(groups, &mut self.context) {
            return Some((Kind::IP, start..end));
        }
        let national = national::number_at(groups, &mut self.context)
            .map(|(kind, count, named)| (kind, start..groups.stop(count - 1), named))
            .filter(|(_, span, _)| self.stands_alone(span));
        if let Some((kind, span, true)) = national {
            return Some((kind, span));
        }
        let card = self.card(groups).filter(|span| self.stands_alone(span)).map(|span| (Kind::CARD, span));
        let phone = phones::phone_at(groups, &mut self.context).map(|(start, end)| (Kind::PHONE, start..end));
        let national = national.map(|(kind, span, _)| (kind, span));
        // The one that reaches furthest; among equals the one that has more to prove.
        [phone, national, card].into_iter().flatten().max_by_key(|(_, span)| span.end)
    }

    fn stands_alone(&self, span: &Range<usize>) -> bool {
        let (left, right) = (before(self.bytes, span.start), at(self.bytes, span.end));
        let far = span.start.checked_sub(2).map_or(0, |place| at(self.bytes, place));
        bounded(self.bytes, span)
            && !(matches!(left, b'.' | b'$') && (is(far, ALNUM) || left == b'$'))
            && !(right == b'.' && is(at(self.bytes, span.end + 1), DIGIT))
    }

    fn card(&mut self, groups: &Groups<'_>) -> Option<Range<usize>> {
        const FORMS: [&str; 9] = ["4 4 4 4 3", "4-4-4-4-3", "4 4 4 4", "4-4-4-4", "4.4.4.4", "4 6 5", "4-6-5", "4 6 4", "4-6-4"];
        let count = match groups.length(0) {
            12..=19 => 1,
            4 if matches!(groups.length(1), 4 | 6) && groups.count() > 2 => FORMS.iter().find_map(|form| groups.fits(form))?,
            _ => return None,
        };
        let (digits, length) = groups.digits(count);
        let span = groups.start(0)..groups.stop(count - 1);
        match card(digits.get(..length)?)? {
            Card::NearWord if count == 1 => self.context.near(CARD, span.start, span.end).then_some(span),
            _ => Some(span),
        }
    }

    fn words(&mut self, start: usize, end: usize) {
        let mut place = start.max(self.done.words);
        while place < end {
            if !is(at(self.bytes, place), TOKEN) {
                place += 1;
                continue;
            }
            let first = run_start(self.bytes, place, self.done.words, TOKEN);
            let last = run_end(self.bytes, place, TOKEN);
            self.done.words = last;
            place = last;
            if last - first >= SHORTEST {
                self.word(first..last);
            }
        }
    }

    fn word(&mut self, word: Range<usize>) {
        let sentence = |place: &usize| *place > word.start && matches!(before(self.bytes, *place), b'.' | b'-' | b'/');
        let last = std::iter::successors(Some(word.end), |place| place.checked_sub(1)).find(|place| !sentence(place)).unwrap_or(word.start);
        if let Some((kind, span)) = shaped(self.bytes, word.start..last) {
            self.found.add(kind, span);
            return;
        }
        let mut place = word.start;
        let mut known = false;
        while place + SHORTEST <= word.end {
            let part = run_end(self.bytes, place, ALNUM);
            if part == place {
                place += 1;
                continue;
            }
            match self.part(place, part) {
                Some((kind, span)) => {
                    known |= span.start <= word.start;
                    place = span.end.max(part);
                    self.found.add(kind, span);
                }
                None => place = part,
            }
        }
        if !known
            && assignments::may_be(self.bytes, &word)
            && let Some(span) = assignments::value_at(self.bytes, &word, &mut self.runs)
        {
            self.found.add(Kind::SECRET, span);
        }
    }

    /// What begins where letters and digits do.
    fn part(&mut self, start: usize, part: usize) -> Option<(Kind, Range<usize>)> {
        let bytes = self.bytes;
        if let Some(key) = key_at(bytes, start, &mut self.runs) {
            return Some(key);
        }
        if bytes.get(start..).is_some_and(|rest| rest.starts_with(b"eyJ")) {
            return jwt_at(bytes, start).map(|end| (Kind::JWT, start..end));
        }
        if part - start == 2 && at(bytes, part) == b'-' {
            let span = start..start + 17;
            let mac = bytes.get(span.clone()).is_some_and(|word| addresses::is_mac(word, b'-')) && bounded(bytes, &span);
            return mac.then_some((Kind::MAC, span));
        }
        if part - start == 16 && bytes.get(start..part).is_some_and(is_codice_fiscale) && bounded(bytes, &(start..part)) {
            return Some((Kind::IT_CODICE_FISCALE, start..part));
        }
        iban::iban_at(bytes, start).map(|end| (Kind::IBAN, start..end))
    }

    fn colons(&mut self, start: usize, end: usize) {
        let mut place = start.max(self.done.colons);
        while place < end {
            if at(self.bytes, place) != b':' {
                place += 1;
                continue;
            }
            let (found, end) = addresses::colons_at(self.bytes, place, self.done.colons);
            if let Some((mac, span)) = found {
                self.found.add(if mac { Kind::MAC } else { Kind::IP }, span);
            }
            place = end.max(place + 1);
            self.done.colons = place;
        }
    }

    fn signs(&mut self, start: usize, end: usize) {
        let mut from = start.max(self.done.signs);
        while let Some(place) = self.bytes.get(from..end).and_then(|part| memchr::memchr(b'@', part)) {
            let sign = from + place;
            from = sign + 1;
            if !mail::may_be(self.bytes, sign) {
                continue;
            }
            if let Some(span) = mail::userinfo_at(self.bytes, sign) {
                from = span.end + 1;
                self.found.add(Kind::URL_CREDENTIALS, span);
            } else if let Some(span) = mail::email_at(self.bytes, sign) {
                self.found.add(Kind::EMAIL, span);
            }
        }
        self.done.signs = from;
    }
}
