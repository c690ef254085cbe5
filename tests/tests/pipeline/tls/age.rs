//! The maximum age of a connection, and the switches that close connections.

use std::sync::Arc;
use std::time::Duration;

use secure_tool::clock::ManualClock;
use secure_tool::{Connection, Crls, Guard};
use secure_tool_testkit::hostile::{Crl, Response};
use tests::{Bench, Records, SEARCH, Shop, TempFolder, agent, page, shop_api};
use tokio::sync::mpsc::UnboundedReceiver;

use super::{bench, is_answered, posture, relay};

#[tokio::test]
async fn a_connection_is_reused_until_its_maximum_age() {
    let bench = Bench::new().await;
    assert_eq!(posture(&bench).max_age_seconds, 600);
    assert!(is_answered(&bench).await);
    bench.clock.advance(Duration::from_millis(599_999));
    assert!(is_answered(&bench).await);
    assert_eq!(bench.shop.connections(), 1);
    bench.clock.advance(Duration::from_millis(1));
    assert!(is_answered(&bench).await);
    assert_eq!(bench.shop.connections(), 2);
}

#[tokio::test]
async fn each_api_has_its_own_maximum_connection_age() {
    let bench = bench(|shop| shop, |_| Connection::new().max_age(Duration::ZERO)).await;
    for calls in 1..=3 {
        assert!(is_answered(&bench).await);
        assert_eq!(bench.shop.connections(), calls);
        assert!(bench.session().call("read_inbox", "{}").await.answer().is_some());
        assert_eq!(bench.mail.connections(), 1);
    }
}

type Switch = fn(&Guard);

#[tokio::test]
async fn switches_and_reconnect_close_connections() {
    let bench = Bench::new().await;
    assert!(is_answered(&bench).await);
    assert!(bench.session().call("read_inbox", "{}").await.answer().is_some());
    assert_eq!((bench.shop.connections(), bench.mail.connections()), (1, 1));
    let switches: [(&str, Switch); 3] = [
        ("kill and revive", |guard| {
            assert!(guard.kill("search_products") && guard.revive("search_products"));
        }),
        ("kill_all and revive_all", |guard| {
            guard.kill_all();
            guard.revive_all();
        }),
        ("reconnect", Guard::reconnect),
    ];
    for (before, (name, switch)) in (1..).zip(switches) {
        switch(&bench.guard);
        assert!(is_answered(&bench).await);
        assert_eq!(bench.shop.connections(), before + 1, "{name}");
        assert!(is_answered(&bench).await);
        assert_eq!(
            bench.shop.connections(),
            before + 1,
            "{name}, and the new connection is reused"
        );
    }
    let records = bench.records();
    assert!(
        records
            .iter()
            .any(|record| record["kind"] == "switch" && record["decision"] == "reconnected")
    );
    assert!(bench.session().call("read_inbox", "{}").await.answer().is_some());
    assert_eq!(bench.mail.connections(), 2, "one new connection after all three switches");
}

/// Waits until this many connections have ended.
async fn ended(ends: &mut UnboundedReceiver<()>, connections: usize) {
    for _ in 0..connections {
        tokio::time::timeout(Duration::from_secs(10), ends.recv())
            .await
            .expect("an end")
            .expect("a relay");
    }
}

#[tokio::test]
async fn replaced_connections_are_closed_without_another_call() {
    let folder = TempFolder::new();
    let shop = shop_api().await;
    shop.respond(Response::json(page("fine")));
    let (at, mut ends) = relay(shop.addr(), shop.addr()).await;
    let list = folder.write("list.crl", shop.crl(Crl::Empty).expect("a list"));
    let clock = ManualClock::new();
    let builder = tests::builder_at(&shop, at)
        .toolset::<tests::AllTools>()
        .audit(Records::new())
        .clock(clock.clone())
        .connection::<Shop>(Connection::new().revocation(Crls::files([list])));
    let guard = tests::Guard::build(builder).expect("a sound guard");
    let call = async |tenant: &str| {
        let session = guard.session(agent().tenant(tenant)).expect("declared");
        assert!(session.call("search_products", SEARCH).await.answer().is_some());
    };
    let switches: [Switch; 3] =
        [|guard| assert!(guard.kill("search_products")), Guard::kill_all, Guard::reconnect];
    for switch in switches {
        call("one").await;
        call("two").await;
        switch(&guard);
        ended(&mut ends, 2).await;
        guard.revive_all();
        assert!(guard.revive("search_products"));
    }
    call("one").await;
    call("two").await;
    folder.write("list.crl", shop.crl(Crl::Current).expect("a list"));
    clock.advance(Duration::from_secs(1));
    call("one").await;
    ended(&mut ends, 2).await;
}

#[tokio::test]
async fn requests_in_progress_complete_during_a_reconnect() {
    let bench = Arc::new(Bench::new().await);
    let guard = bench.guard.clone();
    bench.shop.respond_with(move |_| {
        guard.reconnect();
        Response::json(page("fine"))
    });
    assert!(is_answered(&bench).await);
    assert!(is_answered(&bench).await);
    assert_eq!((bench.shop.connections(), bench.shop.requests().len()), (2, 2));
}

#[tokio::test]
async fn tenants_share_no_connection_and_the_pool_is_bounded() {
    let bench = Bench::with(|builder| builder.attempts_per_minute(1000)).await;
    let call = async |tenant: usize| {
        let session =
            bench.guard.session(agent().tenant(format!("tenant-{tenant}"))).expect("declared");
        assert!(session.call("search_products", SEARCH).await.answer().is_some());
        bench.shop.connections()
    };
    for tenant in 1..=64 {
        assert_eq!(call(tenant).await, tenant, "each tenant has its own connection");
        bench.clock.advance(Duration::from_millis(1));
    }
    assert_eq!(call(1).await, 64, "the pool has 64 clients");
    bench.clock.advance(Duration::from_millis(1));
    assert_eq!(call(65).await, 65, "a new client evicts the least recently used one");
    assert_eq!(call(1).await, 65);
    assert_eq!(call(2).await, 66);
}
