//! Shared by the benches: a tool, responses of two sizes, and a timer that takes medians.
//!
//! Figures are ratios to a row of the same run: machines differ, and one machine differs from
//! minute to minute.

use std::hint::black_box;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use secure_tool::prelude::*;
use secure_tool::{Context, Handler, HandlerError};
use serde_json::value::RawValue;

/// A shop.
#[derive(Debug, SecureApi)]
#[secure(
    url = "https://api.shop.example/v1",
    scopes("products:read"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
    rate_limit(1_000_000 / second)
)]
pub struct Shop;

/// A stock-keeping unit.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SecureValue)]
#[serde(transparent)]
#[secure(handle, pattern = "[A-Z0-9-]{4,20}")]
pub struct Sku(String);

/// One product: a third of its fields have labels or rules.
#[derive(Deserialize, JsonSchema, SecureValue)]
#[allow(dead_code, reason = "fields are read by the pipeline, along the shape")]
pub struct Product {
    #[secure(handle)]
    sku: Sku,
    name: String,
    review: String,
    #[validate(range(min = 0.0, max = 100_000.0))]
    price: f64,
    in_stock: bool,
    #[secure(drop)]
    purchase_price: f64,
    tags: Vec<String>,
}

/// One page.
#[derive(Deserialize, JsonSchema, SecureResponse)]
pub struct Page {
    items: Vec<Product>,
}

static ANSWER: OnceLock<Box<RawValue>> = OnceLock::new();

/// Writes the answer that [`answer_with`] set, so that a handler's answer costs one copy.
impl Serialize for Page {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match ANSWER.get() {
            Some(answer) => answer.serialize(serializer),
            None => Err(serde::ser::Error::custom("no answer was set")),
        }
    }
}

/// Sets the response of the handler, once per process.
pub fn answer_with(json: &str) {
    if let Ok(raw) = RawValue::from_string(json.to_owned()) {
        let _ = ANSWER.set(raw);
    }
}

/// The same work as [`Search`], without a network.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(handler, apis(Shop), effect = read, scopes("products:read"), response = Page)]
pub struct SearchHere {
    #[validate(length(min = 1, max = 80))]
    term: String,
    #[validate(range(min = 1, max = 50))]
    limit: u8,
}

impl Handler for SearchHere {
    async fn call(self, _: Context<'_>) -> Result<Page, HandlerError> {
        Ok(Page { items: Vec::new() })
    }
}

/// Searches over the network.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/products", scopes("products:read"), response = Page)]
pub struct Search {
    #[validate(length(min = 1, max = 80))]
    term: String,
    #[validate(range(min = 1, max = 50))]
    limit: u8,
}

/// The arguments of the model.
pub const ARGUMENTS: &str = r#"{"term":"blue kettle","limit":20}"#;

/// Returns a typical page of about this size in bytes.
#[must_use]
pub fn page(bytes: usize) -> String {
    let product = |number: usize| {
        serde_json::json!({
            "sku": format!("KT-{number:04}"), "name": "Blue enamel kettle", "price": 39.9, "in_stock": true, "purchase_price": 11.5,
            "review": "Boils fast and pours well; the handle stays cool. The lid could sit tighter.", "tags": ["kitchen", "enamel", "blue"]
        })
    };
    let mut items = Vec::new();
    while serde_json::json!({ "items": items }).to_string().len() < bytes {
        items.push(product(items.len()));
    }
    serde_json::json!({ "items": items }).to_string()
}

/// Returns the median time of one run.
pub fn median(runs: usize, mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times.get(runs / 2).copied().unwrap_or_default()
}

/// A row of a table: what, its time, and its ratio to the row that it is compared with.
#[must_use]
pub fn row(what: &str, time: Duration, than: Duration) -> String {
    format!(
        "  {what:<54} {:>9.1} µs  ×{:.2}",
        time.as_secs_f64() * 1e6,
        time.as_secs_f64() / than.as_secs_f64().max(1e-9)
    )
}

/// The size of the texts that searches are measured on.
pub const SIZE: usize = 64 * 1024;

/// Honest prose.
#[must_use]
pub fn prose() -> String {
    filled(
        "Boils fast and pours well; the handle stays cool. The lid could sit tighter, and the colour is not what it was in the picture. ",
        SIZE,
    )
}

/// A text of about this size, of one unit.
#[must_use]
pub fn filled(unit: &str, size: usize) -> String {
    unit.repeat(size / unit.len())
}

/// A page with one of these in each KB, in turn.
#[must_use]
pub fn page_with(findings: &[&str]) -> String {
    let mut text = page(SIZE);
    let step = 1_024;
    for (at, finding) in (step..SIZE - step).rev().step_by(step).zip(findings.iter().cycle()) {
        text.insert_str(text.floor_char_boundary(at), finding);
    }
    text
}

/// Returns the time of the fastest run: other load on the machine only adds to a time.
fn fastest(runs: usize, mut run: impl FnMut()) -> Duration {
    let time = |_| {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    (0..runs).map(time).min().unwrap_or_default()
}

/// Measures a search through a text, and prints its row.
#[expect(clippy::print_stdout, reason = "a bench prints its figures")]
pub fn search(what: &str, text: &str, runs: usize, mut run: impl FnMut(&str)) -> Duration {
    run(text);
    let time = fastest(runs, || run(black_box(text)));
    #[expect(clippy::cast_precision_loss, reason = "sizes are small")]
    let speed = text.len() as f64 / time.as_secs_f64().max(1e-12) / 1e9;
    println!(
        "  {what:<40} {:>9} B {:>10.1} µs {:>8.3} GB/s {:>8.2} ns/B",
        text.len(),
        time.as_secs_f64() * 1e6,
        speed,
        1.0 / speed
    );
    time
}

/// Prints the lower bounds of any search, on the same text.
#[expect(clippy::print_stdout, reason = "a bench prints its figures")]
pub fn floor(text: &str) {
    println!("on the same text");
    let mut copy = Vec::with_capacity(text.len());
    search("memcpy", text, 500, |text| {
        copy.clear();
        copy.extend_from_slice(text.as_bytes());
        black_box(&copy);
    });
    search("memchr of a byte that is not there", text, 500, |text| {
        black_box(memchr::memchr(0, text.as_bytes()));
    });
}
