//! Stage 5: quotas and caps.

use std::time::Duration;

use secure_tool::{Agent, Clearance, Decision, Outcome, Question, Rule};
use secure_tool_testkit::hostile::Response;
use tests::{Bench, Mail, RecordingApprover, SEARCH, Shop, rule};

#[tokio::test]
async fn each_agent_has_its_own_quota_of_a_tool() {
    let bench = Bench::new().await;
    let session = bench.session();
    for _ in 0..10 {
        assert!(session.call("search_products", SEARCH).await.answer().is_some());
    }
    assert_eq!(rule(&session.call("search_products", SEARCH).await), Some(Rule::ToolQuota));
    assert_eq!(
        rule(&bench.session().call("search_products", SEARCH).await),
        Some(Rule::ToolQuota),
        "a new session is no new agent"
    );
    let other = bench
        .guard
        .session(Agent::new("other").grant::<Shop>(["products:read"]).clearance(Clearance::Pii))
        .expect("declared");
    assert!(other.call("search_products", SEARCH).await.answer().is_some());
    let tenant = bench.guard.session(tests::agent().tenant("acme")).expect("declared");
    assert!(tenant.call("search_products", SEARCH).await.answer().is_some());
    bench.clock.advance(Duration::from_secs(1));
    assert!(session.call("search_products", SEARCH).await.answer().is_some());
    assert_eq!(bench.shop.requests().len(), 13);
}

#[tokio::test]
async fn all_agents_share_the_quota_of_an_api() {
    let bench = Bench::new().await;
    for number in 0..6 {
        let agent = Agent::new(format!("agent-{number}"))
            .grant::<Mail>(["mail:read"])
            .clearance(Clearance::Internal);
        let outcome = bench.guard.session(agent).expect("declared").call("read_inbox", "{}").await;
        assert_eq!(rule(&outcome), (number == 5).then_some(Rule::ApiQuota), "{outcome:?}");
    }
    assert_eq!(bench.mail.requests().len(), 5);
}

#[tokio::test]
async fn amounts_are_capped_per_call_and_per_day() {
    let bench =
        Bench::with(|builder| builder.approver(RecordingApprover::default()).questions(100)).await;
    let session = bench.session();
    session.user_said("Refund order #7: 400, 501 or 600 euros");
    bench.shop.respond(Response::new(204, "", ""));
    let refund = async |amount: f64| {
        rule(&session.call("refund", &format!(r#"{{"order":7,"amount":{amount}}}"#)).await)
    };
    assert_eq!(refund(501.0).await, Some(Rule::CallCap));
    assert_eq!(refund(400.0).await, None);
    assert_eq!(refund(400.5).await, None);
    assert_eq!(refund(400.25).await, Some(Rule::DayCap));
    assert_eq!(refund(199.0).await, None);
    bench.clock.advance(Duration::from_hours(24));
    assert_eq!(refund(400.0).await, None);
    assert_eq!(bench.shop.requests().len(), 4);
}

#[tokio::test]
async fn a_call_that_waits_is_charged_once_and_each_charge_serves_one_call() {
    let bench =
        Bench::with(|builder| builder.approver(|_: &Question| Decision::Later).questions(100))
            .await;
    let session = bench.session();
    session.user_said("Refund order #7: 600 euros");
    bench.shop.respond(Response::new(204, "", ""));
    let refund = async || session.call("refund", r#"{"order":7,"amount":400}"#).await;
    for round in 0..2 {
        let Outcome::Pending(question) = refund().await else { panic!("not pending") };
        assert!(matches!(refund().await, Outcome::Pending(_)), "it comes again, and waits");
        assert!(session.decide(&question.digest, Decision::approved_by("ann")));
        assert!(refund().await.answer().is_some(), "round {round}");
    }
    assert_eq!(rule(&refund().await), Some(Rule::DayCap), "twice 400 of 1,000 are spent");
    assert_eq!(bench.shop.requests().len(), 2);
}
