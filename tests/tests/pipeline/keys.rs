//! The guard's own keys, and their rotation during calls and pending approvals.

use secure_tool::keys::EmbeddedKeys;
use secure_tool::{Decision, Outcome, Question, Rule};
use secure_tool_testkit::hostile::Response;
use tests::{Bench, SEARCH, Session, canary, page, rule};

fn root(name: &str) -> EmbeddedKeys {
    let root = format!("{}{}", canary::secret(name), canary::secret(name));
    EmbeddedKeys::from_root(&root.into()).expect("long enough")
}

/// Returns the hashed field as the model sees it, and the digest of the arguments in the audit.
async fn hashes(bench: &Bench, session: &Session) -> (String, String) {
    bench.shop.respond(Response::json(page("fine")));
    let structured = session.call("search_products", SEARCH).await.structured().expect("an answer");
    let hash = structured["items"][0]["supplier_email"].as_str().expect("a text").to_owned();
    let digest = bench.last_record()["arguments"].as_str().expect("a digest").to_owned();
    assert!(hash.contains("hash:"), "{hash}");
    (hash.split("hash:").nth(1).map(|hash| hash[..32].to_owned()).expect("a hash"), digest)
}

#[tokio::test]
async fn equal_roots_produce_equal_hashes_and_a_rotation_changes_them() {
    let one = Bench::with(|builder| builder.keys(root("root"))).await;
    let same = Bench::with(|builder| builder.keys(root("root"))).await;
    let random = Bench::new().await;
    let first = hashes(&one, &one.session()).await;
    assert_eq!(first, hashes(&same, &same.session()).await, "equal across restarts and replicas");
    assert_eq!(first, hashes(&one, &one.session()).await);
    let other = hashes(&random, &random.session()).await;
    assert!(first.0 != other.0 && first.1 != other.1);
    one.guard.rotate_keys(&root("another")).expect("sound keys");
    let rotated = hashes(&one, &one.session()).await;
    assert!(
        first.0 != rotated.0 && first.1 != rotated.1,
        "as documented, a rotation changes hashes"
    );
    assert!(
        one.records()
            .iter()
            .any(|record| record["kind"] == "switch" && record["decision"] == "rotated keys")
    );
    canary::saw("keys", &format!("{:?} {:?}", root("root"), one.guard));
}

async fn cancel(session: &Session, order: u64) -> Outcome {
    session.call("cancel_order", &format!(r#"{{"order":{order}}}"#)).await
}

#[tokio::test]
async fn decisions_of_an_approver_survive_a_key_rotation() {
    let bench =
        Bench::with(|builder| builder.approver(|_: &Question| Decision::Later).questions(10)).await;
    let session = bench.session();
    session.user_said("Cancel order #7, order #8, order #9");
    bench.shop.respond(Response::new(204, "", ""));
    let mut digests = Vec::new();
    for order in 7..=9 {
        let Outcome::Pending(question) = cancel(&session, order).await else { panic!("not asked") };
        digests.push(question.digest.clone());
    }
    assert!(session.decide(&digests[0], Decision::approved_by("ann")));
    assert!(session.decide(&digests[1], Decision::Denied));
    bench.guard.rotate_keys(&EmbeddedKeys::random().expect("random")).expect("sound keys");
    assert!(
        cancel(&session, 7).await.answer().is_some(),
        "approved before the rotation, made after it"
    );
    assert!(matches!(cancel(&session, 7).await, Outcome::Pending(_)), "once");
    assert_eq!(rule(&cancel(&session, 8).await), Some(Rule::Denied), "a denial is not forgotten");
    let Outcome::Pending(question) = cancel(&session, 9).await else { panic!("it waits") };
    assert_eq!(question.digest, digests[2], "the digest is that of the approval request");
    assert!(session.decide(&digests[2], Decision::approved_by("ann")));
    assert!(cancel(&session, 9).await.answer().is_some());
    assert_eq!(bench.shop.requests().len(), 2);
}

#[tokio::test]
async fn a_key_rotation_during_a_call_does_not_break_it() {
    let guard = std::sync::Arc::new(std::sync::OnceLock::<tests::Guard>::new());
    let rotates = guard.clone();
    let bench = Bench::with_approver(move |_: &Question| {
        let guard = rotates.get().expect("a guard");
        guard.rotate_keys(&EmbeddedKeys::random().expect("random")).expect("sound keys");
        Decision::approved_by("ann")
    })
    .await;
    assert!(guard.set(bench.guard.clone()).is_ok());
    let session = bench.session();
    session.user_said("Cancel order #7");
    bench.shop.respond(Response::new(204, "", ""));
    assert!(cancel(&session, 7).await.answer().is_some());
}
