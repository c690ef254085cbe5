//! Rotated values, rejected values, and refreshes of the store.

use std::time::Duration;

use secure_tool::{Connection, Rule};
use secure_tool_testkit::hostile::Response;
use tests::canary::secret;
use tests::{SEARCH, SHOP_KEY, page, rule};

use super::{ORDER, READ, SECOND, call, changing, notice, notices, shown, takes};

#[tokio::test]
async fn a_rotated_value_is_sent_and_the_old_one_is_still_scrubbed() {
    let (bench, store) = changing(Connection::new()).await;
    let session = bench.session();
    assert_eq!(call(&session, READ).await, None);
    let mut values = vec![SHOP_KEY.to_owned()];
    for version in 1..=7 {
        values.push(secret(&format!("shop-v{version}")));
        store.set("SHOP_API_KEY", values.last().expect("one"));
        bench.clock.advance(SECOND);
        bench.shop.respond(Response::json(page(&values.join(" "))));
        let outcome = session.call("search_products", SEARCH).await;
        assert_eq!(shown(&bench.shop).last(), values.last(), "version {version}");
        assert_eq!(
            outcome.for_model().matches("[secret removed]").count(),
            values.len(),
            "{}",
            outcome.for_model()
        );
    }
    assert_eq!(notices(&bench), vec![notice("SHOP_API_KEY", "rotated"); 7]);
}

#[tokio::test]
async fn a_store_is_read_at_most_once_per_second() {
    let (bench, store) = changing(Connection::new()).await;
    let (session, (before, _)) = (bench.session(), store.counts());
    for _ in 0..50 {
        assert_eq!(call(&session, READ).await, None);
    }
    assert_eq!(store.counts(), (before, 0));
    bench.clock.advance(SECOND);
    for _ in 0..50 {
        assert_eq!(call(&session, READ).await, None);
    }
    assert_eq!(store.counts(), (before + 1, 0));
}

#[tokio::test]
async fn within_the_overlap_the_previous_value_is_tried_after_a_rejection() {
    let (bench, store) = changing(Connection::new().secret_overlap(60 * SECOND)).await;
    let (session, new) = (bench.session(), secret("shop-new"));
    store.set("SHOP_API_KEY", &new);
    bench.clock.advance(SECOND);
    takes(&bench.shop, &[SHOP_KEY]);
    // Effects are retried too: a request with status 401 was not carried out.
    assert_eq!(call(&session, ORDER).await, None);
    assert_eq!(shown(&bench.shop), [new.as_str(), SHOP_KEY]);
    assert_eq!(bench.records().iter().filter(|record| record["kind"] == "intent").count(), 1);
    bench.shop.clear();
    assert_eq!(call(&session, READ).await, None);
    assert_eq!(shown(&bench.shop), [SHOP_KEY], "the accepted value is sent first for 10 seconds");
    bench.clock.advance(10 * SECOND);
    takes(&bench.shop, &[&new]);
    bench.shop.clear();
    assert_eq!(call(&session, READ).await, None);
    assert_eq!(shown(&bench.shop), [new.as_str()], "then the new value is sent first again");
    assert_eq!(
        notices(&bench),
        [notice("SHOP_API_KEY", "rotated"), notice("SHOP_API_KEY", "previous_used")]
    );
}

#[tokio::test]
async fn a_rejection_of_the_previous_value_switches_back_to_the_new_one() {
    let (bench, store) = changing(Connection::new().secret_overlap(60 * SECOND)).await;
    let (session, new) = (bench.session(), secret("shop-new"));
    store.set("SHOP_API_KEY", &new);
    bench.clock.advance(SECOND);
    takes(&bench.shop, &[SHOP_KEY]);
    assert_eq!(call(&session, READ).await, None);
    takes(&bench.shop, &[&new]);
    bench.shop.clear();
    assert_eq!(call(&session, READ).await, None);
    assert_eq!(shown(&bench.shop), [SHOP_KEY, new.as_str()], "the API accepts the new key by now");
    bench.shop.clear();
    assert_eq!(call(&session, READ).await, None);
    assert_eq!(shown(&bench.shop), [new.as_str()]);
}

#[tokio::test]
async fn without_an_overlap_or_after_it_the_previous_value_is_not_sent() {
    for (overlap, wait) in [(SECOND, SECOND), (Duration::ZERO, Duration::ZERO)] {
        let (bench, store) = changing(Connection::new().secret_overlap(overlap)).await;
        let (session, new) = (bench.session(), secret("shop-new"));
        store.set("SHOP_API_KEY", &new);
        bench.clock.advance(SECOND);
        assert_eq!(call(&session, READ).await, None);
        bench.clock.advance(wait);
        takes(&bench.shop, &[SHOP_KEY]);
        bench.shop.clear();
        assert_eq!(call(&session, READ).await, Some(Rule::Rejected));
        assert!(!shown(&bench.shop).contains(&SHOP_KEY.to_owned()), "{overlap:?}");
    }
}

#[tokio::test]
async fn a_rejected_value_refreshes_the_store() {
    let (bench, store) = changing(Connection::new()).await;
    let (session, new) = (bench.session(), secret("shop-new"));
    takes(&bench.shop, &[&new]);
    store.set_remotely("SHOP_API_KEY", &new);
    assert_eq!(call(&session, ORDER).await, None);
    assert_eq!((shown(&bench.shop), store.counts().1), (vec![SHOP_KEY.to_owned(), new.clone()], 1));
    bench.shop.clear();
    assert_eq!(call(&session, READ).await, None);
    assert_eq!(shown(&bench.shop), [new], "the new value is sent from then on");
}

#[tokio::test]
async fn a_model_cannot_flood_the_store_or_the_api() {
    let (bench, store) = changing(Connection::new()).await;
    let (session, (asked, _)) = (bench.session(), store.counts());
    takes(&bench.shop, &[]);
    for second in 0_usize..20 {
        for _ in 0..10 {
            assert_eq!(call(&session, READ).await, Some(Rule::Rejected));
        }
        assert_eq!(store.counts().1, 1 + second / 10, "one refresh per 10 seconds");
        bench.clock.advance(SECOND);
    }
    assert_eq!(bench.shop.requests().len(), 200, "without a new value nothing is retried");
    assert!(store.counts().0 - asked <= 22, "{:?}", store.counts());
}

#[tokio::test]
async fn concurrent_rejections_cause_one_refresh() {
    let (bench, store) = changing(Connection::new()).await;
    let new = secret("shop-new");
    takes(&bench.shop, &[&new]);
    store.set_remotely("SHOP_API_KEY", &new);
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let session = bench.session();
        calls.spawn(async move { call(&session, READ).await });
    }
    while let Some(done) = calls.join_next().await {
        assert_eq!(done.expect("no panic"), None);
    }
    assert_eq!(store.counts().1, 1);
}

#[tokio::test]
async fn a_store_that_hangs_delays_only_calls_that_need_it_until_their_deadline() {
    let (bench, store) = changing(Connection::new()).await;
    store.hang(true);
    takes(&bench.shop, &[]);
    let session = bench.session();
    // The call's deadline is 1 second, so it ends with the 401 that it received.
    let outcome =
        tokio::time::timeout(Duration::from_secs(15), session.call("read_document", "{}"))
            .await
            .expect("an end");
    assert_eq!(rule(&outcome), Some(Rule::Rejected));
    takes(&bench.shop, &[SHOP_KEY]);
    assert_eq!(call(&session, READ).await, None, "a call without a rejection does not wait");
    takes(&bench.shop, &[]);
    assert_eq!(
        call(&session, READ).await,
        Some(Rule::Rejected),
        "a call with more time waits for the refresh in progress"
    );
    assert_eq!((store.counts().1, notices(&bench)), (1, vec![notice("", "refresh_failed")]));
}
