//! What an exchange may cost in time, bytes, places and tries; and what everybody learns of one
//! that fails.
//!
//! | file | is about |
//! |--|--|
//! | `times` | each deadline, and the least rate |
//! | `sizes` | compressed answers |
//! | `memory` | the one budget of a guard |
//! | `turns` | how many at once, and whose turn it is |
//! | `retries` | what is made again, when, how often, and under which key |
//! | `circuit` | an API that is left alone |
//! | `leaks` | errors that say what kind they are, and nothing that a server wrote |

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

/// A shop, a guard with one tool of it, and everything that it recorded.
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

    /// With the shop at another address than its own.
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

    /// A session of an agent of this name, that may do everything.
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

    /// The last record of the end of a call.
    fn outcome(&self) -> serde_json::Value {
        self.records().into_iter().rfind(|record| record["kind"] == "outcome").expect("an outcome")
    }
}
