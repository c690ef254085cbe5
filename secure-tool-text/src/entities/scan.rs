//! The second pass: takes blocks with marks, returns entities. Each recognizer reads each byte once
//! and looks back at most a bounded distance.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem;

use super::bytes::{ALNUM, DIGIT, SEPARATOR, TOKEN, at, before, is, run_end, run_start};
use super::cards::{Card, card};
use super::context::{self, CARD, Context};
use super::found::Found;
use super::groups::{Form, Groups};
use super::keys::{Runs, SHORTEST, key_at, shaped};
use super::kind::Kind;
use super::lettered::{bounded, is_codice_fiscale, lettered_at};
use super::tokens::{Pem, jwt_at};
use super::walk::{Marks, Places, next, walk};
use super::{addresses, assignments, iban, mail, national, phones};

/// The start of a private key.
static PRIVATE_KEY: LazyLock<memmem::Finder<'static>> =
    LazyLock::new(|| memmem::Finder::new(b"-----BEGIN"));

/// Adds all entities that the built-in recognizers find.
pub(super) fn scan(text: &str, found: &mut Found) {
    let bytes = text.as_bytes();
    let mut scan = Scan {
        bytes,
        context: Context::new(bytes),
        runs: Runs::default(),
        done: ReadUntil::default(),
        found,
    };
    scan.blocks();
    scan.signs();
    walk(bytes, |start, marks| scan.look(start, marks));
}

/// The grouped forms of card numbers, longer ones first.
static CARDS: [Form; 9] = [
    Form::new("4 4 4 4 3"),
    Form::new("4-4-4-4-3"),
    Form::new("4 4 4 4"),
    Form::new("4-4-4-4"),
    Form::new("4.4.4.4"),
    Form::new("4 6 5"),
    Form::new("4-6-5"),
    Form::new("4 6 4"),
    Form::new("4-6-4"),
];

/// Returns whether a run is a date of this century or the previous one: `2024-01-31`.
fn is_day(run: &[u8]) -> bool {
    let digits = |(place, byte): (usize, &u8)| {
        if matches!(place, 4 | 7) { *byte == b'-' } else { byte.is_ascii_digit() }
    };
    run.len() == 10
        && matches!(run, [b'1', b'9', ..] | [b'2', b'0', ..])
        && run.iter().enumerate().all(digits)
}

/// How far each recognizer has read.
#[derive(Debug, Default)]
struct ReadUntil {
    numbers: usize,
    words: usize,
    colons: usize,
}

struct Scan<'t, 'f> {
    bytes: &'t [u8],
    context: Context<'t>,
    runs: Runs,
    done: ReadUntil,
    found: &'f mut Found,
}

impl Scan<'_, '_> {
    fn look(&mut self, start: usize, marks: &Marks) {
        if marks.numbers != 0 {
            self.numbers(start, marks.numbers);
        }
        if marks.words != 0 {
            self.words(start, marks.words);
        }
        if marks.colons != 0 {
            self.colons(start, marks.colons);
        }
    }

    /// Finds all private keys of the text.
    fn blocks(&mut self) {
        let (mut pem, mut done) = (Pem::default(), 0);
        for start in PRIVATE_KEY.find_iter(self.bytes) {
            if start >= done
                && let Some(span) = pem.block_at(self.bytes, start)
            {
                done = span.end;
                self.found.add(Kind::PEM, span);
            }
        }
    }

    fn numbers(&mut self, start: usize, places: Places) {
        while let Some(place) = next(places, start, self.done.numbers) {
            let first = run_start(self.bytes, place, self.done.numbers, DIGIT | SEPARATOR);
            let last = run_end(self.bytes, place, DIGIT | SEPARATOR);
            self.done.numbers = last;
            if !self.is_dull(first, last) {
                self.number_run(first, last);
            }
        }
    }

    fn number_run(&mut self, first: usize, last: usize) {
        let mut groups = Groups::new(self.bytes, first, last);
        // An account number may start with letters before the run.
        let digits = groups.start(0);
        let word = before(self.bytes, if digits > first { digits - 1 } else { digits });
        if is(word, ALNUM) {
            for start in first.saturating_sub(12)..first {
                if let Some(end) = iban::iban_at(self.bytes, start) {
                    self.found.add(Kind::IBAN, start..end);
                }
            }
        }
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

    /// Returns whether a run contains no entity: a date, or digits without a relevant word nearby.
    /// In doubt, returns `false`.
    fn is_dull(&mut self, start: usize, stop: usize) -> bool {
        if is(before(self.bytes, start), ALNUM) || is(at(self.bytes, stop), ALNUM) {
            return false;
        }
        let run = self.bytes.get(start..stop).unwrap_or_default();
        if !run.iter().all(u8::is_ascii_digit) {
            return is_day(run);
        }
        let topics = match stop - start {
            0..7 | 20.. => return true,
            length @ 7..12 => national::needed(length) | context::PHONE,
            12 => national::needed(12) | context::PHONE | CARD,
            13 if self.bytes.get(start..start + 3) == Some(b"756") => return false,
            length @ (13 | 14 | 17 | 19) => national::needed(length) | CARD,
            _ => return false,
        };
        !self.context.near(topics, start, stop)
    }

    /// Returns the entity that starts with the first of the groups.
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
        let card =
            self.card(groups).filter(|span| self.stands_alone(span)).map(|span| (Kind::CARD, span));
        let phone = phones::phone_at(groups, &mut self.context)
            .map(|(start, end)| (Kind::PHONE, start..end));
        let national = national.map(|(kind, span, _)| (kind, span));
        // The longest one wins. On a tie, the one with the stricter check wins.
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
        let count = match groups.length(0) {
            12..=19 => 1,
            4 => CARDS.iter().find(|form| groups.fits(**form))?.count,
            _ => return None,
        };
        let (digits, length) = groups.digits(count);
        let span = groups.start(0)..groups.stop(count - 1);
        match card(digits.get(..length)?)? {
            Card::NearWord if count == 1 => {
                self.context.near(CARD, span.start, span.end).then_some(span)
            }
            _ => Some(span),
        }
    }

    fn words(&mut self, start: usize, places: Places) {
        let mut from = self.done.words;
        while let Some(first) = next(places, start, from) {
            let last = run_end(self.bytes, first, TOKEN);
            from = last.max(first + 1);
            self.done.words = last;
            if last - first >= SHORTEST {
                self.word(first..last);
            }
        }
    }

    fn word(&mut self, word: Range<usize>) {
        let sentence = |place: &usize| {
            *place > word.start && matches!(before(self.bytes, *place), b'.' | b'-' | b'/')
        };
        let last = std::iter::successors(Some(word.end), |place| place.checked_sub(1))
            .find(|place| !sentence(place))
            .unwrap_or(word.start);
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

    /// Returns the entity that starts where a run of letters and digits does.
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
            let mac = bytes.get(span.clone()).is_some_and(|word| addresses::is_mac(word, b'-'))
                && bounded(bytes, &span);
            return mac.then_some((Kind::MAC, span));
        }
        if part - start == 16
            && bytes.get(start..part).is_some_and(is_codice_fiscale)
            && bounded(bytes, &(start..part))
        {
            return Some((Kind::IT_CODICE_FISCALE, start..part));
        }
        iban::iban_at(bytes, start).map(|end| (Kind::IBAN, start..end))
    }

    fn colons(&mut self, start: usize, places: Places) {
        while let Some(place) = next(places, start, self.done.colons) {
            let (found, end) = addresses::colons_at(self.bytes, place, self.done.colons);
            if let Some((mac, span)) = found {
                self.found.add(if mac { Kind::MAC } else { Kind::IP }, span);
            }
            self.done.colons = end.max(place + 1);
        }
    }

    /// Finds all e-mail addresses of the text, and credentials in URLs.
    fn signs(&mut self) {
        let mut from = 0;
        while let Some(place) = self.bytes.get(from..).and_then(|part| memchr::memchr(b'@', part)) {
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
    }
}
