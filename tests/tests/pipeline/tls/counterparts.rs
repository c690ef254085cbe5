//! The TLS tests against independent servers. `.ci/tls/servers` starts them and writes the plan.

use secure_tool::{Agent, Clearance, Connection, Crls, Identity, Pins, Roots, Tool};
use tests::{PlaceOrder, ReadDocument, Records, Shop, builder};

/// One line of the plan.
struct Planned<'a> {
    name: &'a str,
    port: u16,
    /// The connection options.
    words: &'a str,
    /// `answered`, or the rule, the status if there is one, and the detail of the refusal.
    expected: &'a str,
}

impl<'a> Planned<'a> {
    fn parse(line: &'a str) -> Self {
        let [name, port, words, expected] =
            line.split('\t').collect::<Vec<_>>().try_into().expect("four columns");
        Self { name, port: port.parse().expect("a port"), words, expected }
    }

    fn connection(&self, root: &[u8]) -> Connection {
        let connection = Connection::new().roots(Roots::Only(vec![root.to_vec()]));
        self.words.split(',').filter(|word| !word.is_empty()).fold(
            connection,
            |connection, word| match word.split_once('=').unwrap_or((word, "")) {
                ("platform", _) => connection.roots(Roots::Platform),
                ("bundled", _) => connection.roots(Roots::Bundled),
                ("tls12", _) => connection.dangerously_allow_tls_1_2("a test"),
                ("pin", pin) => connection
                    .pins(Pins::new(pin, &"ab".repeat(32), "2999-01-01").expect("sound pins")),
                ("crl", file) => connection.revocation(Crls::files([file])),
                ("identity", files) => {
                    let (chain, key) = files.split_once(':').expect("two files");
                    connection.identity(Identity::files(chain, key))
                }
                ("effect", _) => connection,
                other => panic!("{}: {other:?}", self.name),
            },
        )
    }

    /// Makes the call and returns its outcome.
    async fn outcome(&self, root: &[u8]) -> String {
        let audit = Records::new();
        let guard = builder(&[])
            .dangerously_reach_host_at(
                "api.shop.example",
                ([127, 0, 0, 1], self.port).into(),
                "a test's own server",
            )
            .tool(Tool::of::<ReadDocument>())
            .tool(Tool::of::<PlaceOrder>())
            .audit(audit.clone())
            .connection::<Shop>(self.connection(root))
            .build()
            .expect("a sound guard");
        let agent = Agent::new("a")
            .grant::<Shop>(["products:read", "orders:write"])
            .clearance(Clearance::Internal);
        let session = guard.session(agent).expect("declared");
        let outcome = if self.words.contains("effect") {
            session.call("place_order", r#"{"product":"KT-2041"}"#).await
        } else {
            session.call("read_document", "{}").await
        };
        let record = audit.last();
        match outcome.answer() {
            Some(answer) => {
                assert!(answer.for_model().contains("read over TLS"), "{}", self.name);
                "answered".into()
            }
            None => {
                let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
                let status = record["status"]
                    .as_u64()
                    .map(|status| format!(" {status}"))
                    .unwrap_or_default();
                format!("{}{status}: {}", text("rule"), text("detail"))
            }
        }
    }
}

#[tokio::test]
#[ignore = "it needs nginx and openssl: .ci/counterparts runs it"]
async fn independent_tls_servers_have_the_expected_outcomes() {
    #[expect(clippy::disallowed_methods, reason = "the plan of the script that runs this")]
    let [plan, root] = ["SECURE_TOOL_TLS_PLAN", "SECURE_TOOL_TLS_ROOT"]
        .map(|name| std::env::var(name).expect(name));
    let (plan, root) =
        (std::fs::read_to_string(plan).expect("the plan"), std::fs::read(root).expect("the root"));
    let (mut wrong, mut calls) = (Vec::new(), 0);
    for planned in plan.lines().map(Planned::parse) {
        let outcome = planned.outcome(&root).await;
        println!("{}: {outcome}", planned.name);
        if outcome != planned.expected {
            wrong.push(format!("{}: {outcome}, and not {}", planned.name, planned.expected));
        }
        calls += 1;
    }
    assert!(wrong.is_empty() && calls > 0, "{wrong:#?}");
    println!("{calls} calls");
}
