//! Errors of the builder, and the posture.

use secure_tool::audit::MemoryAudit;
use secure_tool::keys::{Key, KeySet, Keys, Purpose};
use secure_tool::spec::Protection;
use secure_tool::{ErrorKind, FixedSecrets, Guard, Tool};
use tests::{AllTools, Bench, SearchProducts, SendNote, canary};

fn error(builder: secure_tool::guard::Builder) -> secure_tool::Error {
    tests::Guard::build(builder).expect_err("an unsound guard")
}

#[test]
fn a_missing_secret_is_named_and_its_value_is_not() {
    let secrets = FixedSecrets::new().with("MAIL_API_KEY", canary::secret("mail"));
    let missing = error(
        Guard::builder().toolset::<AllTools>().audit(MemoryAudit::new()).secrets(secrets.clone()),
    );
    assert_eq!(
        (missing.kind(), missing.to_string().as_str()),
        (ErrorKind::Secret, "secret `SHOP_API_KEY` of API `Shop` is missing")
    );
    let short = error(
        Guard::builder()
            .toolset::<AllTools>()
            .audit(MemoryAudit::new())
            .secrets(secrets.clone().with("SHOP_API_KEY", "-canary".to_owned())),
    );
    assert!(
        short.to_string().contains("`SHOP_API_KEY`") && !short.to_string().contains("canary"),
        "{short}"
    );
    let unfit = error(
        Guard::builder()
            .toolset::<AllTools>()
            .audit(MemoryAudit::new())
            .secrets(secrets.clone().with("SHOP_API_KEY", "shop-canary-\r\nx: y".to_owned())),
    );
    assert!(
        unfit.to_string().contains("`SHOP_API_KEY`") && !unfit.to_string().contains("canary"),
        "{unfit}"
    );
    canary::saw("a store", &format!("{secrets:?}"));
}

/// A key provider that returns the same key for all purposes.
struct OneForAll;

impl Keys for OneForAll {
    fn keys(&self, _: Purpose) -> Result<KeySet, secure_tool::Error> {
        Ok(KeySet::new(Key::new([7; 32])))
    }
}

#[test]
fn an_invalid_configuration_is_an_error_with_its_remedy() {
    let secrets = || {
        FixedSecrets::new()
            .with("MAIL_API_KEY", "0123456789".to_owned())
            .with("SHOP_API_KEY", "0123456789".to_owned())
    };
    let note = || Tool::of::<SendNote>();
    for (builder, words) in [
        (Guard::builder(), "has no tools"),
        (Guard::builder().tool(note()).secrets(secrets()), "no audit to record"),
        (
            Guard::builder().tool(Tool::of::<SearchProducts>()).secrets(secrets()),
            "the guard has no audit;",
        ),
        (
            Guard::builder().tool(note()).tool(note()).secrets(secrets()).audit(MemoryAudit::new()),
            "added twice",
        ),
        (
            Guard::builder()
                .tool(note().dangerously_without(Protection::Schema))
                .secrets(secrets())
                .audit(MemoryAudit::new()),
            "dangerously_accept_unprotected_tools",
        ),
        (
            Guard::builder()
                .toolset::<AllTools>()
                .secrets(secrets())
                .audit(MemoryAudit::new())
                .keys(OneForAll),
            "each purpose needs its own key",
        ),
    ] {
        let error = error(builder);
        assert!(error.to_string().contains(words), "{words}: {error}");
    }
}

#[tokio::test]
async fn the_posture_lists_enforced_limits_and_weakened_defaults() {
    let bench = Bench::with(|builder| {
        let twin = Tool::of::<tests::ReadLocalDocument>().dangerously_without(Protection::Marking);
        builder.tool(twin).dangerously_accept_unprotected_tools("to see it in the posture")
    })
    .await;
    let text = bench.guard.posture().to_string();
    for words in [
        "TLS 1.3 only",
        "tool cancel_order (Destructive) at api.shop.example with orders:write",
        "WEAKENED: host `api.shop.example` is reached at",
        "a test's own server",
        "WEAKENED: tool `read_local_document` is without Marking (to see it in the posture)",
    ] {
        assert!(text.contains(words), "{words} in {text}");
    }
}
