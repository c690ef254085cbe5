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

use secure_tool::audit::MemoryAudit;
use secure_tool::clock::ManualClock;
use secure_tool::guard::Builder;
use secure_tool::prelude::*;
use secure_tool::{Agent, FixedSecrets, Guard, Roots, SecureApi, SecureTool, Session};
use secure_tool_testkit::hostile::HostileApi;
use tests::SHOP_KEY;

/// Longer than any deadline of a tool here.
const LONG: std::time::Duration = std::time::Duration::from_secs(30);

/// A shop, a guard with one of its tools, and its records.
struct Stand {
    shop: HostileApi,
    audit: MemoryAudit,
    clock: ManualClock,
    guard: Guard,
}

impl Stand {
    async fn new<T: SecureTool>() -> Self {
        Self::with::<T>(|builder| builder).await
    }

    async fn with<T: SecureTool>(change: impl FnOnce(Builder) -> Builder) -> Self {
        let shop = HostileApi::builder("api.shop.example").start().await.expect("loopback");
        let addr = shop.addr();
        Self::at::<T>(shop, addr, change)
    }

    /// Starts a stand with the shop at another address.
    fn at<T: SecureTool>(
        shop: HostileApi,
        addr: SocketAddr,
        change: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let (audit, clock) = (MemoryAudit::new(), ManualClock::new());
        let builder = Guard::builder()
            .tool(secure_tool::Tool::of::<T>())
            .secrets(FixedSecrets::new().with("SHOP_API_KEY", SHOP_KEY.to_owned()))
            .roots(Roots::Only(vec![shop.authority().to_vec()]))
            .dangerously_reach_host_at(shop.host(), addr, "a test's own server")
            .audit(audit.clone())
            .clock(clock.clone());
        let guard = change(builder).build().expect("a sound guard");
        Self { shop, audit, clock, guard }
    }

    /// Opens a session of an agent of this name with all grants.
    fn session<A: SecureApi>(&self, name: &str) -> Session {
        let agent = Agent::new(name)
            .grant::<A>(["things:read", "things:write"])
            .clearance(Clearance::Internal);
        self.guard.session(agent).expect("declared scopes")
    }

    fn records(&self) -> Vec<serde_json::Value> {
        self.audit
            .lines()
            .iter()
            .map(|line| serde_json::from_str(line).expect("a JSON line"))
            .collect()
    }

    /// Returns the last outcome record.
    fn outcome(&self) -> serde_json::Value {
        self.records().into_iter().rfind(|record| record["kind"] == "outcome").expect("an outcome")
    }
}
