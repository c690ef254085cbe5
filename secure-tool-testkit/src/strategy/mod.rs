//! Generates honest values of a tool's types.
//!
//! | file | does |
//! |--|--|
//! | `read` | combines the JSON schema of a type and its shape into one tree of nodes |
//! | `node` | defines that tree and the points in it that an attack can target |
//! | `value` | builds a proptest strategy for a node, or for a node with a given point |
//! | `text` | builds strategies for texts: patterns, formats, lengths |

mod node;
mod read;
mod text;
mod value;

use proptest::strategy::BoxedStrategy;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;

pub(crate) use node::{Kind, Node, Part, Point, escaped};
pub(crate) use read::read;
pub(crate) use text::{TextPlace, TextRule};

/// The reason why no value of a type can be generated, for the report.
pub(crate) type NoValue = String;

/// A strategy for the values of a node.
pub(crate) type Values = BoxedStrategy<Value>;

/// Returns a random source that depends on the seed and the purpose only.
pub(crate) fn runner(seed: u64, purpose: &str) -> TestRunner {
    let mut bytes = [0_u8; 16];
    for (at, chunk) in (0_u64..).zip(bytes.chunks_mut(8)) {
        chunk.copy_from_slice(&hash(seed ^ at, purpose).to_le_bytes());
    }
    let config =
        Config { failure_persistence: None, max_local_rejects: 4_096, ..Config::default() };
    // The numbers need not be unpredictable. The other algorithm would take 10 % of the time of all
    // attacks.
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::XorShift, &bytes))
}

/// Hashes with FNV-1a, which is the same on each machine and version.
pub(crate) fn hash(seed: u64, text: &str) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325;
    let bytes = seed.to_le_bytes().into_iter().chain(text.bytes());
    bytes.fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
