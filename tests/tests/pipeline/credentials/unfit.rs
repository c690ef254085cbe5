//! Unusable values, failing stores, and files as a store.

use std::time::Duration;

use secure_tool::{Connection, Rule};
use tests::canary::secret;
use tests::{Bench, SHOP_KEY, Shop, TempFolder};

use super::{READ, SECOND, call, changing, notice, notices, shown, takes};

#[tokio::test]
async fn an_unusable_new_value_is_rejected_and_reported_once() {
    for (value, what) in [
        (Some("-canar-".to_owned()), "unfit"),
        (Some(format!("{}\r\nx-evil: 1", secret("unfit"))), "unfit"),
        (Some(format!(" {}", secret("unfit"))), "unfit"),
        (None, "missing"),
    ] {
        let (bench, store) = changing(Connection::new()).await;
        let session = bench.session();
        match &value {
            Some(value) => store.set("SHOP_API_KEY", value),
            None => store.remove("SHOP_API_KEY"),
        }
        for _ in 0..10 {
            bench.clock.advance(SECOND);
            assert_eq!(call(&session, READ).await, None);
        }
        assert_eq!(shown(&bench.shop), vec![SHOP_KEY; 10], "{value:?}");
        assert_eq!(notices(&bench), [notice("SHOP_API_KEY", what)]);
        bench.clock.advance(Duration::from_hours(1));
        assert_eq!(call(&session, READ).await, None);
        assert_eq!(notices(&bench).len(), 2, "reported again after 1 hour");
    }
}

#[tokio::test]
async fn a_failing_store_keeps_the_known_values_in_use() {
    let (bench, store) = changing(Connection::new()).await;
    let session = bench.session();
    store.break_down(true);
    for _ in 0..10 {
        bench.clock.advance(SECOND);
        assert_eq!(call(&session, READ).await, None);
    }
    assert_eq!(notices(&bench), [notice("SHOP_API_KEY", "unreadable")]);
    takes(&bench.shop, &[]);
    assert_eq!(call(&session, READ).await, Some(Rule::Rejected));
    assert_eq!(notices(&bench).last(), Some(&notice("", "refresh_failed")));
}

#[tokio::test]
async fn mounted_files_are_reread_and_missing_files_are_reported() {
    let folder = TempFolder::new();
    let put = |text: &str| {
        let new = folder.write("new", text);
        std::fs::rename(new, folder.path().join("SHOP_API_KEY")).expect("renamed");
    };
    put(&format!("{SHOP_KEY}\n"));
    folder.write("MAIL_API_KEY", tests::MAIL_KEY);
    let store = secure_tool::PrefixedSecrets::new(secure_tool::FileSecrets::new(folder.path()));
    let connection = Connection::new()
        .secret_age(Duration::from_hours(24 * 365 * 100), Duration::from_hours(24 * 365 * 200));
    let bench = Bench::with(|builder| builder.secrets(store).connection::<Shop>(connection)).await;
    let (session, new) = (bench.session(), secret("mounted"));
    assert_eq!(call(&session, READ).await, None);
    put(&format!("{new}\n"));
    bench.clock.advance(SECOND);
    assert_eq!(call(&session, READ).await, None);
    put("\n");
    bench.clock.advance(SECOND);
    assert_eq!(call(&session, READ).await, None);
    std::fs::remove_dir_all(folder.path()).expect("removed");
    bench.clock.advance(SECOND);
    assert_eq!(call(&session, READ).await, None);
    assert_eq!(shown(&bench.shop), [SHOP_KEY, &new, &new, &new]);
    let expected = ["rotated", "unreadable", "missing"].map(|what| notice("SHOP_API_KEY", what));
    assert_eq!(notices(&bench), expected, "a file has an age, so an age limit is accepted");
}
