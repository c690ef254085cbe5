//! A tool's types in, values of them out: honest ones, to be attacked.
//!
//! | file | does |
//! |--|--|
//! | `read` | the JSON schema of a type and its shape, read together, become one tree of nodes |
//! | `node` | that tree, and the points in it through which an attack may go |
//! | `value` | a strategy of proptest for a node, and for a node with a given point in it |
//! | `text` | the same for texts: patterns, formats, lengths |

mod node;
mod read;
mod text;
mod value;

use proptest::strategy::BoxedStrategy;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;

pub(crate) use node::{Kind, Node, Part, Point, escaped};
pub(crate) use read::read;
pub(crate) use text::{Stands, TextRule};

/// Why no value of a type can be made. For the report.
pub(crate) type Unmade = String;

/// Values of a node.
pub(crate) type Values = BoxedStrategy<Value>;

/// A source of values that is the same for the same seed and the same purpose, whatever was drawn
/// for other purposes.
pub(crate) fn runner(seed: u64, purpose: &str) -> TestRunner {
    let mut bytes = [0_u8; 16];
    for (at, chunk) in (0_u64..).zip(bytes.chunks_mut(8)) {
        chunk.copy_from_slice(&hash(seed ^ at, purpose).to_le_bytes());
    }
    let config =
        Config { failure_persistence: None, max_local_rejects: 4_096, ..Config::default() };
    // Nobody has to be surprised by these numbers, and the other algorithm would take a tenth of
    // the time of all attacks.
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::XorShift, &bytes))
}

/// FNV-1a, which needs no secrecy and is the same on every machine and version.
pub(crate) fn hash(seed: u64, text: &str) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325;
    let bytes = seed.to_le_bytes().into_iter().chain(text.bytes());
    bytes.fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
