//! The failure matrix of the transport: each failure, for a read and for an effect. Each cell
//! states the outcome of the call, the text for the model, the detail for the operator, and the
//! audit of the effect. `docs/src/security/failures.md` has the same matrix.

use std::time::Duration;

use secure_tool::clock::Clock;
use secure_tool::prelude::*;
use secure_tool::{Agent, Clearance, Connection, Roots, Rule, Secret, Tool};
use secure_tool_testkit::hostile::{Certificate, HostileApi, Response};
use tests::canary::secret;
use tests::stores::ChangingSecrets;
use tests::{
    Bench, Guard, RecordingApprover, Records, SHOP_KEY, ScriptedResolver, Session, Shop, rule,
    shop_api, unreachable_addr,
};

const DAY: Duration = Duration::from_hours(24);
const SECOND: Duration = Duration::from_secs(1);

/// Reads something, with a deadline of 1 second.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/things", scopes("products:read"), response = Thing, limits(connect_seconds = 1, deadline_seconds = 1))]
struct ReadThing {}

/// Writes something, with a deadline of 1 second.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Shop,
    post = "/things",
    effect = write,
    scopes("orders:write"),
    rate_limit(1000 / minute),
    response = Thing,
    limits(connect_seconds = 1, deadline_seconds = 1)
)]
struct WriteThing {}

/// A thing.
#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
struct Thing {
    number: bool,
}

const THING: &str = r#"{"number":true}"#;

/// A guard that fails, a session of it, and its records.
struct Failing {
    shop: Option<HostileApi>,
    records: Records,
    clock: secure_tool::clock::ManualClock,
    session: Session,
}

impl Failing {
    /// Builds a guard that reaches this shop.
    fn at(shop: HostileApi, store: ChangingSecrets, connection: Connection) -> Self {
        let builder = tests::builder(&[&shop]).secrets(store).connection::<Shop>(connection);
        shop.respond(Response::json(THING));
        Self::around(builder, Some(shop))
    }

    async fn new() -> Self {
        Self::at(shop_api().await, ChangingSecrets::new(), Connection::new())
    }

    /// Builds a guard that must resolve the shop's name.
    fn resolving(resolver: ScriptedResolver) -> Self {
        Self::around(tests::builder(&[]).roots(Roots::Platform).resolver(resolver), None)
    }

    fn around(builder: secure_tool::guard::Builder, shop: Option<HostileApi>) -> Self {
        let (records, clock) = (Records::new(), secure_tool::clock::ManualClock::new());
        let builder = builder
            .tool(Tool::of::<ReadThing>())
            .tool(Tool::of::<WriteThing>())
            .audit(records.clone())
            .clock(clock.clone());
        let guard = Guard::build(builder).expect("a sound guard");
        let agent = Agent::new("a")
            .grant::<Shop>(["products:read", "orders:write"])
            .clearance(Clearance::Internal);
        let session = guard.session(agent).expect("declared scopes");
        Self { shop, records, clock, session }
    }

    fn shop(&self) -> &HostileApi {
        self.shop.as_ref().expect("it is here")
    }

    /// Checks a row: the outcomes of a read and of an effect. `detail` is part of the text for the
    /// operator.
    async fn row(
        &self,
        what: &str,
        read: impl Into<Option<Rule>>,
        effect: impl Into<Option<Rule>>,
        detail: &str,
    ) {
        for (tool, expected) in [("read_thing", read.into()), ("write_thing", effect.into())] {
            let outcome =
                tokio::time::timeout(Duration::from_secs(20), self.session.call(tool, "{}"))
                    .await
                    .expect("an end");
            let record = self.records.lines().pop().expect("a record");
            assert_eq!(rule(&outcome), expected, "{what}, {tool}: {record}");
            let Some(rule) = expected else {
                assert!(outcome.answer().is_some(), "{what}, {tool}");
                continue;
            };
            // The model reads a constant text; the operator sees the rule and the kind.
            assert_eq!(outcome.for_model(), rule.text(), "{what}, {tool}");
            let record: serde_json::Value = serde_json::from_str(&record).expect("a record");
            let told = record["detail"].as_str().unwrap_or_default();
            assert!(
                record["rule"] == rule.id() && told.contains(detail),
                "{what}, {tool}: {record}"
            );
            // Only a possible effect stays open in the audit.
            assert_eq!(
                self.is_open(record["call"].as_str().expect("a call")),
                rule == Rule::EffectUnknown,
                "{what}, {tool}: {record}"
            );
        }
    }

    /// Returns whether the audit has a call with an unknown effect.
    fn is_open(&self, call: &str) -> bool {
        let verified = secure_tool::audit::verify_lines(self.records.lines().concat().as_bytes())
            .expect("a whole chain");
        verified.unknown.iter().any(|unknown| unknown == call)
    }

    fn notices(&self) -> Vec<String> {
        let records = self.records.lines();
        let records = records
            .iter()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a record"));
        let notices = records.filter(|record| record["kind"] == "credential");
        notices.map(|record| record["decision"].as_str().unwrap_or_default().to_owned()).collect()
    }

    fn requests(&self) -> usize {
        self.shop().requests().len()
    }
}

// DNS.

#[tokio::test]
async fn an_unresolvable_name_refuses_reads_and_effects() {
    let failing = ScriptedResolver::default();
    failing.fail("api.shop.example", secret("a resolver's words"));
    let empty = ScriptedResolver::default();
    empty.resolve_to("api.shop.example", &[]);
    for resolver in [failing, empty] {
        Failing::resolving(resolver)
            .row("DNS", Rule::Dns, Rule::Dns, "the name does not resolve")
            .await;
    }
}

#[tokio::test]
async fn a_private_address_refuses_reads_and_effects() {
    let resolver = ScriptedResolver::default();
    resolver.resolve_to("api.shop.example", &["93.184.215.14", "10.0.0.1"]);
    Failing::resolving(resolver)
        .row("a private address", Rule::Address, Rule::Address, "of a special use")
        .await;
}

#[tokio::test]
async fn a_resolver_that_hangs_refuses_reads_and_effects_within_the_connect_timeout() {
    let resolver = ScriptedResolver::default();
    resolver.hang("api.shop.example");
    Failing::resolving(resolver)
        .row("a resolver that hangs", Rule::Dns, Rule::Dns, "not resolved within the timeout")
        .await;
}

// The API.

#[tokio::test]
async fn an_unreachable_api_refuses_reads_and_effects() {
    let builder = tests::builder_at(&shop_api().await, unreachable_addr());
    Failing::around(builder, None)
        .row("no connection", Rule::Connect, Rule::Connect, "the connection failed")
        .await;
}

#[tokio::test]
async fn a_failed_tls_handshake_refuses_reads_and_effects() {
    let shop = HostileApi::builder("api.shop.example")
        .certificate(Certificate::Expired)
        .start()
        .await
        .expect("loopback");
    let failing = Failing::at(shop, ChangingSecrets::new(), Connection::new());
    failing.row("a wrong certificate", Rule::Tls, Rule::Tls, "certificate: expired").await;
    assert_eq!(failing.requests(), 0);
}

#[tokio::test]
async fn an_incomplete_response_leaves_an_effect_unknown() {
    let failing = Failing::new().await;
    for (what, answer, read, detail) in [
        ("silence", Response::silence(), Rule::Timeout, ""),
        ("one byte at a time", Response::drip(Duration::from_millis(100)), Rule::Timeout, ""),
        ("an end too soon", Response::json(THING).hang_up_after(3), Rule::Exchange, ""),
        ("an answer without end", Response::huge(), Rule::AnswerTooLarge, ""),
    ] {
        failing.shop().respond(answer);
        failing.row(what, read, Rule::EffectUnknown, detail).await;
    }
    failing.shop().respond(Response::json(THING));
    failing.row("and the next call works", None, None, "").await;
}

#[tokio::test]
async fn an_error_status_decides_whether_an_effect_was_made() {
    let failing = Failing::new().await;
    for (status, read, effect) in [
        (400, Rule::Rejected, Rule::Rejected),
        (401, Rule::Rejected, Rule::Rejected),
        (403, Rule::Rejected, Rule::Rejected),
        (404, Rule::NotFound, Rule::NotFound),
        (429, Rule::Throttled, Rule::Throttled),
        (302, Rule::Redirect, Rule::EffectUnknown),
        (500, Rule::Failed, Rule::EffectUnknown),
        (503, Rule::Failed, Rule::EffectUnknown),
    ] {
        failing.shop().respond(Response::new(
            status,
            "application/json",
            r#"{"error":"the words of the API"}"#,
        ));
        failing.row(&status.to_string(), read, effect, "").await;
    }
}

#[tokio::test]
async fn a_response_with_schema_drift_is_an_effect_that_was_made() {
    let failing = Failing::new().await;
    for (answer, read) in [
        (Response::json(r#"{"number":"seven"}"#), Rule::Drift),
        (Response::json("{"), Rule::Drift),
        (Response::new(200, "text/html", THING), Rule::ContentType),
    ] {
        failing.shop().respond(answer);
        failing.row("another shape", read, Rule::EffectMade, "").await;
    }
}

// The secret store.

#[tokio::test]
async fn a_failing_store_refuses_nothing_while_the_known_value_is_valid() {
    for (what, notice) in [("gone", "missing"), ("broken", "unreadable"), ("short", "unfit")] {
        let store = ChangingSecrets::new();
        let failing = Failing::at(shop_api().await, store.clone(), Connection::new());
        match what {
            "gone" => store.remove("SHOP_API_KEY"),
            "broken" => store.break_down(true),
            _ => store.set("SHOP_API_KEY", "-canar-"),
        }
        failing.clock.advance(SECOND);
        failing.row(what, None, None, "").await;
        assert_eq!(failing.notices(), [notice], "{what}");
        assert!(
            failing
                .shop()
                .requests()
                .iter()
                .all(|request| request.header("authorization")
                    == Some(&format!("Bearer {SHOP_KEY}")))
        );
    }
}

#[tokio::test]
async fn a_store_with_expired_values_refuses_reads_and_effects() {
    let (store, clock) = (ChangingSecrets::new(), secure_tool::clock::ManualClock::new());
    store.set_secret("SHOP_API_KEY", Secret::new(SHOP_KEY.to_owned()).issued(clock.wall()));
    let failing =
        Failing::at(shop_api().await, store.clone(), Connection::new().secret_age(DAY, 2 * DAY));
    store.break_down(true);
    failing.clock.advance(DAY);
    failing.row("an old value", None, None, "").await;
    failing.clock.advance(DAY);
    failing
        .row("too old a value", Rule::Credential, Rule::Credential, "`SHOP_API_KEY` is too old")
        .await;
    assert_eq!(failing.requests(), 2, "the requests before the failure");
    assert_eq!(
        failing.notices(),
        ["unreadable", "aging", "unreadable", "refresh_failed", "too_old"]
    );
}

#[tokio::test]
async fn a_store_that_hangs_after_a_rejection_keeps_the_refusal() {
    let store = ChangingSecrets::new();
    let failing = Failing::at(shop_api().await, store.clone(), Connection::new());
    store.hang(true);
    failing.shop().respond(Response::new(401, "application/json", "{}"));
    failing.row("a store that hangs", Rule::Rejected, Rule::Rejected, "").await;
    assert_eq!(failing.requests(), 2);
}

#[tokio::test]
async fn a_store_that_hangs_with_an_expired_value_refuses_reads_and_effects() {
    let (store, clock) = (ChangingSecrets::new(), secure_tool::clock::ManualClock::new());
    store.set_secret("SHOP_API_KEY", Secret::new(SHOP_KEY.to_owned()).expires(clock.wall() + DAY));
    let failing = Failing::at(shop_api().await, store.clone(), Connection::new());
    store.hang(true);
    failing.clock.advance(DAY);
    failing.row("a store that hangs", Rule::Credential, Rule::Credential, "").await;
    assert_eq!(failing.requests(), 0);
}

// The clock.

#[tokio::test]
async fn a_clock_set_ahead_refuses_expired_values_until_it_is_corrected() {
    let (store, clock) = (ChangingSecrets::new(), secure_tool::clock::ManualClock::new());
    store.set_secret("SHOP_API_KEY", Secret::new(SHOP_KEY.to_owned()).issued(clock.wall()));
    let failing = Failing::at(shop_api().await, store, Connection::new().secret_age(DAY, 2 * DAY));
    failing.row("the right time", None, None, "").await;
    failing.clock.set_ahead(30 * DAY);
    failing.row("30 days ahead", Rule::Credential, Rule::Credential, "too old").await;
    failing.clock.set_back(30 * DAY);
    failing.row("the right time again", None, None, "").await;
}

#[tokio::test]
async fn a_clock_set_back_refuses_nothing_and_makes_no_value_younger() {
    let (store, clock) = (ChangingSecrets::new(), secure_tool::clock::ManualClock::new());
    store.set_secret("SHOP_API_KEY", Secret::new(SHOP_KEY.to_owned()).issued(clock.wall()));
    let failing = Failing::at(shop_api().await, store, Connection::new().secret_age(DAY, 2 * DAY));
    failing.clock.set_back(30 * DAY);
    failing.row("30 days back", None, None, "").await;
    failing.clock.advance(2 * DAY);
    failing.row("two days later", Rule::Credential, Rule::Credential, "too old").await;
    let times: Vec<String> = failing
        .records
        .lines()
        .iter()
        .filter_map(|line| line.split("\"time\":\"").nth(1)?.get(..10).map(str::to_owned))
        .collect();
    assert!(
        times.first() > times.get(1),
        "audit times go back, but the hash chain is valid: {times:?}"
    );
}

#[tokio::test]
async fn a_clock_jump_changes_no_quota_and_refills_no_budget_twice() {
    for (ahead, what) in [(true, "ahead"), (false, "back")] {
        let bench = Bench::with(|builder| {
            builder.approver(RecordingApprover::default()).questions(100).attempts_per_minute(6)
        })
        .await;
        let jump =
            |by: Duration| if ahead { bench.clock.set_ahead(by) } else { bench.clock.set_back(by) };
        let session = bench.session();
        session.user_said("Refund order #7");
        bench.shop.respond(Response::new(204, "", ""));
        let refund = async |amount: u32| {
            rule(&session.call("refund", &format!(r#"{{"order":7,"amount":{amount}}}"#)).await)
        };
        assert_eq!(
            (refund(500).await, refund(500).await, refund(1).await),
            (None, None, Some(Rule::DayCap)),
            "{what}"
        );
        jump(DAY);
        // Set ahead, it is another day; set back, the latest day stays in effect.
        assert_eq!(refund(500).await, (!ahead).then_some(Rule::DayCap), "{what}");
        // Back at the original time, the latest day does not start a second time.
        if ahead {
            bench.clock.set_back(DAY);
            assert_eq!(
                (refund(500).await, refund(500).await),
                (None, Some(Rule::DayCap)),
                "{what}"
            );
        } else {
            bench.clock.set_ahead(DAY);
            assert_eq!(
                (refund(500).await, refund(1).await),
                (Some(Rule::DayCap), Some(Rule::DayCap)),
                "{what}"
            );
        }
        // 6 attempts per minute of the monotonic clock, whatever the day.
        jump(DAY);
        assert_eq!(refund(1).await, Some(Rule::Attempts), "{what}");
    }
}

#[tokio::test]
async fn an_approval_lasts_ten_minutes_of_monotonic_time() {
    for (jumps, passes, works) in [(true, 0, true), (false, 10, false), (true, 10, false)] {
        let bench =
            Bench::with_approver(|_: &secure_tool::Question| secure_tool::Decision::Later).await;
        let session = bench.session();
        session.user_said("Cancel order #7");
        bench.shop.respond(Response::new(204, "", ""));
        let cancel = async || session.call("cancel_order", r#"{"order":7}"#).await;
        let secure_tool::Outcome::Pending(question) = cancel().await else { panic!("not asked") };
        assert!(session.decide(&question.digest, secure_tool::Decision::approved_by("ann")));
        if jumps {
            bench.clock.set_ahead(DAY);
        } else {
            bench.clock.set_back(DAY);
        }
        bench.clock.advance(Duration::from_mins(passes));
        let outcome = cancel().await;
        assert_eq!(
            (outcome.answer().is_some(), rule(&outcome)),
            (works, (!works).then_some(Rule::Expired)),
            "{jumps} {passes}"
        );
    }
}
