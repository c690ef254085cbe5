//! Canaries: each secret of these tests contains a mark. A search of all outputs ends the process
//! if one contains the mark.
//!
//! [`watch`] scans all events and spans of tracing and all records of the log crate, at each level,
//! including those of the HTTP and TLS libraries. It also scans panic messages. A library may log
//! each of a million frames, so only the first [`MAX_EVENTS_PER_LINE`] events of each line in a
//! library are scanned. All events of secure-tool are scanned.
//!
//! The types of `watched` scan outcomes, questions, audit records and errors. The script
//! `.ci/canaries` scans what tests print. The first match ends the process with status 101, so that
//! no test and no thread can ignore it.

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

/// The mark that each secret contains, and no other text.
pub const MARK: &str = "-canary-";

/// Returns a secret that contains the mark and is unique for this name.
#[must_use]
pub fn secret(name: &str) -> String {
    let digits = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    format!("{name}{MARK}{digits:016x}")
}

/// Returns the encoding in which the text contains the mark, if it does.
#[must_use]
pub fn found(text: &str) -> Option<&'static str> {
    // The mark in base64, for each of the 3 offsets in a group. Characters that also encode
    // adjacent bytes are omitted.
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

/// Ends the process if this text contains the mark.
pub fn saw(what: &str, text: &str) {
    if let Some(form) = found(text) {
        abort(what, form, text);
    }
}

/// Ends the process if an error or one of its sources contains the mark.
pub fn saw_error(error: &(dyn std::error::Error + 'static)) {
    let mut cause = Some(error);
    while let Some(error) = cause {
        saw("an error", &format!("{error} {error:?} {error:#?}"));
        cause = error.source();
    }
}

fn abort(what: &str, form: &str, text: &str) -> ! {
    // The test harness captures the output of `eprintln!` until the end of a test.
    let _ = writeln!(std::io::stderr(), "A SECRET LEAKED into {what}, in {form}: {text}");
    std::process::exit(101)
}

/// Scans everything that this process logs from now on.
pub fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let _ = tracing::subscriber::set_global_default(Scanner);
        if log::set_logger(&Scanner).is_ok() {
            log::set_max_level(log::LevelFilter::Trace);
        }
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            saw("a panic", &info.to_string());
            previous(info);
        }));
    });
}

/// Returns the crates whose events, spans and log records were scanned.
#[must_use]
pub fn scanned_crates() -> BTreeSet<String> {
    CRATES.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

static CRATES: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// The maximum number of scanned events per line of a library in a process. A test that floods a
/// client would otherwise measure the scan.
pub const MAX_EVENTS_PER_LINE: u32 = 500;

/// The number of scanned events per line.
struct Lines<Line>(Mutex<HashMap<Line, u32>>);

impl<Line: Hash + Eq> Lines<Line> {
    /// Counts an event of a line, and returns the count.
    fn count(&self, line: Line) -> u32 {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = lines.entry(line).or_default();
        *count += 1;
        *count
    }

    fn is_done(&self, line: &Line) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(line)
            .is_some_and(|count| *count >= MAX_EVENTS_PER_LINE)
    }
}

static TRACING: LazyLock<Lines<Identifier>> = LazyLock::new(|| Lines(Mutex::default()));
static LOG: LazyLock<Lines<(Option<&str>, Option<u32>)>> =
    LazyLock::new(|| Lines(Mutex::default()));

fn is_ours(target: &str) -> bool {
    target.starts_with("secure_tool")
}

fn note_crate(target: &str) {
    let name = target.split("::").next().unwrap_or_default();
    let mut crates = CRATES.lock().unwrap_or_else(PoisonError::into_inner);
    if !crates.contains(name) {
        crates.insert(name.to_owned());
    }
}

struct Scanner;

impl Subscriber for Scanner {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        match metadata.target() {
            ours if is_ours(ours) => Interest::always(),
            _ if TRACING.is_done(&metadata.callsite()) => Interest::never(),
            _ => Interest::sometimes(),
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let count = if is_ours(metadata.target()) { 0 } else { TRACING.count(metadata.callsite()) };
        if count == MAX_EVENTS_PER_LINE {
            // From now on tracing skips the event at almost no cost.
            tracing::callsite::rebuild_interest_cache();
        }
        count <= MAX_EVENTS_PER_LINE
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        scan(span.metadata(), |text| span.record(text));
        Id::from_u64(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut text = Text::default();
        values.record(&mut text);
        saw("a span", &text.0);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        scan(event.metadata(), |text| event.record(text));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn scan(metadata: &Metadata<'_>, record: impl FnOnce(&mut Text)) {
    let mut text = Text(format!("{} {}: ", metadata.target(), metadata.name()));
    record(&mut text);
    note_crate(metadata.target());
    saw("an event", &text.0);
}

impl log::Log for Scanner {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        if !is_ours(record.target())
            && LOG.count((record.file_static(), record.line())) > MAX_EVENTS_PER_LINE
        {
            return;
        }
        note_crate(record.target());
        let mut text = Text::default();
        let _ = write!(text, "{}: {}", record.target(), record.args());
        saw("a log", &text.0);
    }

    fn flush(&self) {}
}

/// The maximum number of scanned bytes per event. The rest of a longer event is not scanned.
const MAX_EVENT_BYTES: usize = 64 * 1024;

#[derive(Default)]
struct Text(String);

impl std::fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let room = MAX_EVENT_BYTES.saturating_sub(self.0.len());
        self.0.push_str(&text[..text.floor_char_boundary(room.min(text.len()))]);
        // An error ends the formatting, which is the expensive part.
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

    /// Python's standard library encoded these texts from `shop-canary-5f2e`, with 0 to 2
    /// characters before it.
    #[test]
    fn mark_is_found_in_each_encoding() {
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
