//! How requests to one provider are spread over time, and what is done when they fail.

use std::time::Duration;

use serde::Serialize;

/// How requests to one provider are spread over time, and what is done when they fail.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Traffic {
    /// How many exchanges may be under way at once; the others wait, each within its deadline.
    pub concurrency: u32,
    /// Whether an exchange that failed is made again, where that is safe; by default it is not.
    pub retries: Option<Retries>,
    /// When the provider is left alone for a while.
    pub breaker: Breaker,
    /// Whether answers are asked for in gzip. By default they are not: the length of what is
    /// compressed tells a listener on the network something of its content, and a decoder is one
    /// more thing that reads what an attacker wrote.
    pub gzip: bool,
}

impl Traffic {
    /// 32 exchanges at once, no retry, ten failures in a row for thirty seconds of rest, nothing
    /// compressed.
    pub const DEFAULT: Self = Self {
        concurrency: 32,
        retries: None,
        breaker: Breaker { failures: 10, rest: Duration::from_secs(30) },
        gzip: false,
    };
}

/// How often an exchange that failed is made again.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Retries {
    /// How often at the most, beside the first time.
    pub most: u32,
    /// What is waited at the most before the first of them; it doubles with each.
    pub base: Duration,
}

impl Retries {
    /// The base where none is said.
    pub const BASE: Duration = Duration::from_millis(100);
}

/// When a provider is left alone.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Breaker {
    /// After so many failures in a row.
    pub failures: u32,
    /// For so long; then one exchange may try.
    pub rest: Duration,
}
