//! The age of credentials: a warning first, then a refusal.

use std::time::Duration;

use secure_tool::clock::Clock;
use secure_tool::{Connection, Roots, Rule, Secret};
use tests::canary::secret;
use tests::stores::ChangingSecrets;
use tests::{Bench, SHOP_KEY, Shop, rule};

use super::{DAY, ORDER, READ, SECOND, call, changing, notice, notices, shown};

fn issued_before(bench_clock: &impl Clock, age: Duration) -> Secret {
    Secret::new(SHOP_KEY.to_owned()).issued(bench_clock.wall() - age)
}

async fn aged(age: Duration) -> (Bench, ChangingSecrets) {
    let store = ChangingSecrets::new();
    store.set_secret("SHOP_API_KEY", issued_before(&secure_tool::clock::ManualClock::new(), age));
    let connection = Connection::new().secret_age(80 * DAY, 90 * DAY);
    let bench =
        Bench::with(|builder| builder.secrets(store.clone()).connection::<Shop>(connection)).await;
    (bench, store)
}

#[tokio::test]
async fn an_old_credential_causes_a_warning_and_then_a_refusal() {
    let (bench, store) = aged(79 * DAY).await;
    let session = bench.session();
    assert_eq!(call(&session, READ).await, None);
    assert_eq!(notices(&bench), []);
    bench.clock.advance(DAY);
    for _ in 0..20 {
        assert_eq!(call(&session, READ).await, None);
    }
    assert_eq!(notices(&bench), [notice("SHOP_API_KEY", "aging")], "one warning for 20 calls");
    bench.clock.advance(10 * DAY);
    bench.shop.clear();
    for tool in [READ, ORDER] {
        let outcome = session.call(tool.0, tool.1).await;
        assert_eq!(rule(&outcome), Some(Rule::Credential));
        assert_eq!(
            outcome.for_model(),
            Rule::Dns.text(),
            "the model reads that the service can't be reached"
        );
    }
    assert_eq!(
        (bench.shop.requests().len(), bench.last_record()["rule"].as_str()),
        (0, Some("send.credential"))
    );
    assert_eq!(notices(&bench).last(), Some(&notice("SHOP_API_KEY", "too_old")));
    // A new value is accepted.
    let new = secret("shop-new");
    store.set_secret("SHOP_API_KEY", Secret::new(new.clone()).issued(bench.clock.wall()));
    bench.clock.advance(SECOND);
    assert_eq!(call(&session, READ).await, None);
    assert_eq!(shown(&bench.shop), [new]);
}

#[tokio::test]
async fn an_unknown_credential_age_is_a_build_error_if_the_age_is_limited() {
    let connection = || Connection::new().secret_age(80 * DAY, 90 * DAY);
    let build = |builder: secure_tool::guard::Builder| {
        tests::Guard::build(builder).expect_err("no age").to_string()
    };
    let builder = || {
        tests::builder(&[])
            .toolset::<tests::AllTools>()
            .audit(tests::Records::new())
            .connection::<Shop>(connection())
            .roots(Roots::Platform)
    };
    let error = build(builder());
    assert!(error.contains("`SHOP_API_KEY`") && error.contains("`FixedSecrets`"), "{error}");
    let error = build(builder().secrets(ChangingSecrets::new()));
    assert!(error.contains("`ChangingSecrets`"), "{error}");
    let backwards = Connection::new().secret_age(90 * DAY, 80 * DAY);
    assert!(
        build(builder().connection::<Shop>(backwards)).contains("the secret age limits of API")
    );
    // A value that is already too old is a build error.
    let store = ChangingSecrets::new();
    store.set_secret(
        "SHOP_API_KEY",
        issued_before(&secure_tool::clock::ManualClock::new(), 91 * DAY),
    );
    let error = build(builder().secrets(store).clock(secure_tool::clock::ManualClock::new()));
    assert!(error.contains("too old"), "{error}");
}

#[tokio::test]
async fn a_new_value_of_unknown_age_is_rejected_if_the_age_is_limited() {
    let (bench, store) = aged(DAY).await;
    store.set("SHOP_API_KEY", secret("shop-new"));
    bench.clock.advance(SECOND);
    assert_eq!(call(&bench.session(), READ).await, None);
    assert_eq!(
        (shown(&bench.shop), notices(&bench)),
        (vec![SHOP_KEY.to_owned()], vec![notice("SHOP_API_KEY", "unfit")])
    );
}

#[tokio::test]
async fn an_expired_value_is_not_sent_and_the_store_is_refreshed_first() {
    let (bench, store) = changing(Connection::new()).await;
    let ends = |value: &str, at| Secret::new(value.to_owned()).expires(at);
    store.set_secret("SHOP_API_KEY", ends(SHOP_KEY, bench.clock.wall() + 60 * SECOND));
    bench.clock.advance(SECOND);
    let session = bench.session();
    assert_eq!(call(&session, READ).await, None);
    bench.clock.advance(60 * SECOND);
    assert_eq!(call(&session, READ).await, Some(Rule::Credential));
    let new = secret("shop-new");
    store.set_remotely("SHOP_API_KEY", &new);
    bench.clock.advance(10 * SECOND);
    assert_eq!(call(&session, READ).await, None);
    assert_eq!(shown(&bench.shop), [SHOP_KEY, new.as_str()]);
}

#[tokio::test]
async fn setting_the_clock_back_does_not_make_a_value_younger() {
    let (bench, _store) = aged(79 * DAY).await;
    let session = bench.session();
    bench.clock.set_back(60 * DAY);
    bench.clock.advance(12 * DAY);
    assert_eq!(
        call(&session, READ).await,
        Some(Rule::Credential),
        "91 days have passed on the monotonic clock"
    );
}
