//! Credentials: own and shared keys, rotation, age, rejection, echoes.

mod age;
mod echo;
mod own;
mod rotation;
mod unfit;

use std::time::Duration;

use secure_tool::{Agent, Clearance, Connection, Rule};
use secure_tool_testkit::hostile::{HostileApi, Response};
use tests::stores::ChangingSecrets;
use tests::{Bench, Session, Shop, page, rule};

const DAY: Duration = Duration::from_hours(24);
const SECOND: Duration = Duration::from_secs(1);
const READ: (&str, &str) = ("read_everything", "{}");
const ORDER: (&str, &str) = ("place_order", r#"{"product":"KT-2041"}"#);

/// Starts a bench with a secret store that tests can change.
async fn changing(connection: Connection) -> (Bench, ChangingSecrets) {
    let store = ChangingSecrets::new();
    let bench =
        Bench::with(|builder| builder.secrets(store.clone()).connection::<Shop>(connection)).await;
    (bench, store)
}

/// Returns the credentials that the shop received, in order.
fn shown(shop: &HostileApi) -> Vec<String> {
    let bearer = |value: Option<&str>| {
        value.unwrap_or_default().strip_prefix("Bearer ").unwrap_or_default().to_owned()
    };
    shop.requests().iter().map(|request| bearer(request.header("authorization"))).collect()
}

/// Makes the shop accept these credentials and reject all others.
fn takes(shop: &HostileApi, keys: &[&str]) {
    let headers: Vec<String> = keys.iter().map(|key| format!("Bearer {key}")).collect();
    shop.respond_with(move |request| {
        let taken = headers.iter().any(|header| request.header("authorization") == Some(header));
        if taken {
            Response::json(if request.method() == "POST" { "[]".into() } else { page("fine") })
        } else {
            Response::new(401, "application/json", "{}")
        }
    });
}

/// Returns the credential notices in the audit log: name and decision.
fn notices(bench: &Bench) -> Vec<(String, String)> {
    let text = |record: &serde_json::Value, field: &str| {
        record[field].as_str().unwrap_or_default().to_owned()
    };
    let records = bench.records();
    let notices = records.iter().filter(|record| record["kind"] == "credential");
    notices.map(|record| (text(record, "credential"), text(record, "decision"))).collect()
}

fn notice(name: &str, what: &str) -> (String, String) {
    (name.to_owned(), what.to_owned())
}

async fn call(session: &Session, (tool, arguments): (&str, &str)) -> Option<Rule> {
    let outcome = session.call(tool, arguments).await;
    assert!(outcome.answer().is_some() || outcome.refusal().is_some());
    rule(&outcome)
}

fn bot(name: &str) -> Agent {
    Agent::new(name).grant::<Shop>(["products:read", "orders:write"]).clearance(Clearance::Internal)
}
