//! The limits of a request in time, bytes, concurrency and attempts, and the reports of failures.
//!
//! | file | covers |
//! |--|--|
//! | `times` | each timeout, and the minimum rate |
//! | `sizes` | compressed responses |
//! | `memory` | the memory budget of a guard |
//! | `turns` | the concurrency limit, and the order of waiting calls |
//! | `retries` | retries: which requests, when, how often, under which key |
//! | `circuit` | the circuit breaker |
//! | `leaks` | errors state their kind and contain no text from a server |

mod circuit;
mod leaks;
mod memory;
mod retries;
mod sizes;
mod times;
mod turns;

use std::net::SocketAddr;

use secure_tool::clock::ManualClock;
use secure_tool::guard::Builder;
use secure_tool::prelude::*;
use secure_tool::{Agent, SecureApi, SecureTool};
use secure_tool_testkit::hostile::HostileApi;
use tests::{Guard, Records, Session, shop_api};

/// Longer than any deadline of a tool here.
const LONG: std::time::Duration = std::time::Duration::from_secs(30);

/// A guard with one tool of a shop, its records and its clock.
struct LimitsBench {
    shop: HostileApi,
    audit: Records,
    clock: ManualClock,
    guard: Guard,
}

impl LimitsBench {
    async fn new<T: SecureTool>() -> Self {
        Self::with::<T>(|builder| builder).await
    }

    async fn with<T: SecureTool>(change: impl FnOnce(Builder) -> Builder) -> Self {
        let shop = shop_api().await;
        let addr = shop.addr();
        Self::at::<T>(shop, addr, change)
    }

    /// Starts a bench whose guard reaches the shop at another address.
    fn at<T: SecureTool>(
        shop: HostileApi,
        addr: SocketAddr,
        change: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let (audit, clock) = (Records::new(), ManualClock::new());
        let builder = tests::builder_at(&shop, addr)
            .tool(secure_tool::Tool::of::<T>())
            .audit(audit.clone())
            .clock(clock.clone());
        let guard = Guard::build(change(builder)).expect("a valid guard");
        Self { shop, audit, clock, guard }
    }

    /// Opens a session of an agent of this name with all grants.
    fn session<A: SecureApi>(&self, name: &str) -> Session {
        let agent = Agent::new(name)
            .grant::<A>(["things:read", "things:write"])
            .clearance(Clearance::Internal);
        self.guard.session(agent).expect("declared scopes")
    }

    /// Returns the last outcome record.
    fn outcome(&self) -> serde_json::Value {
        self.audit.last_of("outcome")
    }
}
