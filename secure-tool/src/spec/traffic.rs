//! Concurrency limit, retries and circuit breaker of one provider.

use std::time::Duration;

use serde::Serialize;

/// Concurrency limit, retries and circuit breaker of one provider.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Traffic {
    /// The maximum number of concurrent requests. Further requests wait, within their deadlines.
    pub concurrency: u32,
    /// How often a safe request is retried. Default: never.
    pub retries: Option<Retries>,
    /// When the circuit breaker opens.
    pub breaker: Breaker,
    /// Whether requests accept gzip. Default: no. The length of compressed data reveals part of its
    /// content to a network observer. A decompressor is also additional code that parses
    /// attacker-controlled data.
    pub gzip: bool,
}

impl Traffic {
    /// The defaults: 32 concurrent requests, no retries, a circuit breaker that opens for 30
    /// seconds after 10 consecutive failures, and no compression.
    pub const DEFAULT: Self = Self {
        concurrency: 32,
        retries: None,
        breaker: Breaker { failures: 10, rest: Duration::from_secs(30) },
        gzip: false,
    };
}

/// How often a failed request is retried.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Retries {
    /// The maximum number of retries.
    pub most: u32,
    /// The maximum backoff before the first retry. It doubles with each retry.
    pub base: Duration,
}

impl Retries {
    /// The default backoff.
    pub const BASE: Duration = Duration::from_millis(100);
}

/// When the circuit breaker opens.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Breaker {
    /// The number of consecutive failures that opens it.
    pub failures: u32,
    /// How long it stays open. Then one trial request is let through.
    pub rest: Duration,
}
