//! Canaries: a mark in every secret of these tests, searched for in whatever leaves: text in, the
//! end of the process out if one is in it.
//!
//! [`watch`] looks at all events and spans of tracing and of the log crate, at every level, those
//! of the HTTP and TLS libraries too, and at the messages of panics. Of one line of a library,
//! which may log for each of a million frames, it looks at the first [`OF_ONE_LINE`]; of our own at
//! all. The types of [`crate::watched`] look at outcomes, questions, records and errors. What a
//! test prints is searched by `.ci/canaries`. The first find ends the process with status 101: a
//! test can't swallow it, and it can come from any thread.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::hash::Hash;
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, Once, PoisonError};

use tracing::callsite::Identifier;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};

/// What stands in every secret, and in nothing else.
pub const MARK: &str = "-canary-";

/// A secret with a canary, told from others by its name.
#[must_use]
pub fn secret(name: &str) -> String {
    let digits = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    format!("{name}{MARK}{digits:016x}")
}

/// The form in which a canary stands in a text, if one does.
#[must_use]
pub fn found(text: &str) -> Option<&'static str> {
    // The word in base64, at each of the three places where it may begin within a group; the
    // characters that its neighbours touch are left off.
    const BASE64: [&str; 3] = ["LWNhbmFyeS", "1jYW5hcnkt", "tY2FuYXJ5L"];
    if BASE64.iter().any(|form| text.contains(form)) {
        return Some("base64");
    }
    let text = text.to_ascii_lowercase();
    let forms = [
        ("plain", MARK),
        ("hex", "2d63616e6172792d"),
        ("percent", "%2dcanary%2d"),
        ("percent throughout", "%63%61%6e%61%72%79"),
        ("a JSON escape", "\\u002dcanary"),
        ("an HTML escape", "&#45;canary"),
        ("an HTML escape", "&#x2d;canary"),
        ("bytes", "99, 97, 110, 97, 114, 121"),
    ];
    forms.into_iter().find(|(_, form)| text.contains(form)).map(|(name, _)| name)
}

/// Ends the process if a canary is in this text.
pub fn saw(what: &str, text: &str) {
    if let Some(form) = found(text) {
        leaked(what, form, text);
    }
}

/// The same of an error: how it shows itself, and each of its causes.
pub fn saw_error(error: &(dyn std::error::Error + 'static)) {
    let mut cause = Some(error);
    while let Some(error) = cause {
        saw("an error", &format!("{error} {error:?} {error:#?}"));
        cause = error.source();
    }
}

fn leaked(what: &str, form: &str, text: &str) -> ! {
    // Not by a macro: what those print is kept back until the end of a test.
    let _ = writeln!(std::io::stderr(), "A SECRET LEAKED into {what}, in {form}: {text}");
    std::process::exit(101)
}

/// Looks at everything that is logged in this process from now on.
pub fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let _ = tracing::subscriber::set_global_default(Watch);
        if log::set_logger(&Watch).is_ok() {
            log::set_max_level(log::LevelFilter::Trace);
        }
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            saw("a panic", &info.to_string());
            previous(info);
        }));
    });
}

/// The crates whose events, spans and logs were looked at.
#[must_use]
pub fn crates_looked_at() -> BTreeSet<String> {
    CRATES.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

static CRATES: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// How often one line of a library is looked at in a process: a test that floods a client is to
/// measure the client.
pub const OF_ONE_LINE: u32 = 500;

/// How often lines were looked at.
struct Lines<Line>(Mutex<HashMap<Line, u32>>);

impl<Line: Hash + Eq> Lines<Line> {
    /// How often a line was looked at, this time counted.
    fn count(&self, line: Line) -> u32 {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let looks = lines.entry(line).or_default();
        *looks += 1;
        *looks
    }

    fn is_done(&self, line: &Line) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(line)
            .is_some_and(|looks| *looks >= OF_ONE_LINE)
    }
}

static TRACING: LazyLock<Lines<Identifier>> = LazyLock::new(|| Lines(Mutex::default()));
static LOG: LazyLock<Lines<(Option<&str>, Option<u32>)>> =
    LazyLock::new(|| Lines(Mutex::default()));

fn is_ours(target: &str) -> bool {
    target.starts_with("secure_tool")
}

fn looked_at(target: &str) {
    let name = target.split("::").next().unwrap_or_default();
    let mut crates = CRATES.lock().unwrap_or_else(PoisonError::into_inner);
    if !crates.contains(name) {
        crates.insert(name.to_owned());
    }
}

struct Watch;

impl Subscriber for Watch {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        match metadata.target() {
            ours if is_ours(ours) => Interest::always(),
            _ if TRACING.is_done(&metadata.callsite()) => Interest::never(),
            _ => Interest::sometimes(),
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let looks = if is_ours(metadata.target()) { 0 } else { TRACING.count(metadata.callsite()) };
        if looks == OF_ONE_LINE {
            // From now on it costs next to nothing.
            tracing::callsite::rebuild_interest_cache();
        }
        looks <= OF_ONE_LINE
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        look(span.metadata(), |text| span.record(text));
        Id::from_u64(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut text = Text::default();
        values.record(&mut text);
        saw("a span", &text.0);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        look(event.metadata(), |text| event.record(text));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn look(metadata: &Metadata<'_>, record: impl FnOnce(&mut Text)) {
    let mut text = Text(format!("{} {}: ", metadata.target(), metadata.name()));
    record(&mut text);
    looked_at(metadata.target());
    saw("an event", &text.0);
}

impl log::Log for Watch {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        if !is_ours(record.target())
            && LOG.count((record.file_static(), record.line())) > OF_ONE_LINE
        {
            return;
        }
        looked_at(record.target());
        let mut text = Text::default();
        let _ = write!(text, "{}: {}", record.target(), record.args());
        saw("a log", &text.0);
    }

    fn flush(&self) {}
}

/// The most bytes of one event that are looked at: what a library logs of a megabyte that it was
/// sent is looked at in its beginning.
const OF_ONE_EVENT: usize = 64 * 1024;

#[derive(Default)]
struct Text(String);

impl std::fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let room = OF_ONE_EVENT.saturating_sub(self.0.len());
        self.0.push_str(&text[..text.floor_char_boundary(room.min(text.len()))]);
        // An error ends the formatting, which is what would cost.
        if text.len() > room { Err(std::fmt::Error) } else { Ok(()) }
    }
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self, "{field}={value:?} ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As encoders other than ours write it: these forms were made by Python's standard library of
    /// `xx…shop-canary-5f2e`, with zero to two characters in front.
    #[test]
    fn a_canary_is_found_however_it_is_written() {
        for (form, text) in [
            ("plain", "Bearer shop-canary-5f2e"),
            ("plain", "BEARER SHOP-CANARY-5F2E"),
            ("base64", "c2hvcC1jYW5hcnktNWYyZQ=="),
            ("base64", "eHNob3AtY2FuYXJ5LTVmMmU="),
            ("base64", "eHhzaG9wLWNhbmFyeS01ZjJl"),
            ("hex", "73686f702d63616e6172792d35663265"),
            ("hex", "73686F702D63616E6172792D35663265"),
            ("percent", "shop%2Dcanary%2D5f2e"),
            ("percent throughout", "%73%68%6f%70%2d%63%61%6e%61%72%79%2d"),
            ("bytes", "[112, 45, 99, 97, 110, 97, 114, 121, 45]"),
        ] {
            assert_eq!(found(text), Some(form), "{text}");
        }
        for honest in ["a canary in a mine", "canaries", "SHOP_API_KEY", "canary-deployment"] {
            assert_eq!(found(honest), None, "{honest}");
        }
    }
}
