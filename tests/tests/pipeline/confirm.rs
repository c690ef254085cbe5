//! Stage 6: approvals.

use std::time::Duration;

use secure_tool::{Decision, Outcome, Question, Rule};
use secure_tool_testkit::hostile::Response;
use tests::{Bench, RecordingApprover, Session, SilentApprover, rule};

async fn cancel(session: &Session, order: u64) -> Outcome {
    session.call("cancel_order", &format!(r#"{{"order":{order}}}"#)).await
}

fn said(bench: &Bench) -> Session {
    let session = bench.session();
    session.user_said("Cancel order #7, order #8, order #9 and order #10");
    bench.shop.respond(Response::new(204, "", ""));
    session
}

#[tokio::test]
async fn without_an_approver_calls_are_refused() {
    let bench = Bench::new().await;
    assert_eq!(rule(&cancel(&said(&bench), 7).await), Some(Rule::NobodyToAsk));
    assert_eq!(bench.connections(), 0);
}

#[tokio::test]
async fn an_approver_sees_the_whole_call_and_its_provenance() {
    let approver = RecordingApprover::default();
    let bench = Bench::with_approver(approver.clone()).await;
    let session = said(&bench);
    assert!(cancel(&session, 7).await.answer().is_some());
    assert!(cancel(&session, 666).await.answer().is_some());
    let asked = approver.questions();
    let [known, unknown] = asked.as_slice() else { panic!("two questions, not {}", asked.len()) };
    assert_eq!(
        (known.tool, known.destination.as_str()),
        ("cancel_order", "https://api.shop.example/v1/orders/{order}")
    );
    assert_eq!(
        known.arguments.first().map(|shown| (shown.value.as_str(), shown.origin)),
        Some(("7", "typed by the user"))
    );
    assert!(unknown.to_string().contains("NOT from the user"), "{unknown}");
    assert_eq!(bench.last_record()["approver"], "ann");
}

#[tokio::test]
async fn a_later_approval_is_valid_for_one_equal_call() {
    let bench = Bench::with_approver(|_: &Question| Decision::Later).await;
    let session = said(&bench);
    let Outcome::Pending(question) = cancel(&session, 7).await else { panic!("not pending") };
    assert_eq!(bench.connections(), 0);
    assert!(matches!(cancel(&session, 7).await, Outcome::Pending(_)), "asked once, it waits");
    assert!(session.decide(&question.digest, Decision::approved_by("ann")));
    assert!(!session.decide(&question.digest, Decision::approved_by("ann")), "decided once");
    // Another order is another call; so is the same order in another session.
    assert!(matches!(cancel(&session, 8).await, Outcome::Pending(_)));
    assert!(matches!(cancel(&said(&bench), 7).await, Outcome::Pending(_)));
    assert_eq!(bench.connections(), 0);
    assert!(cancel(&session, 7).await.answer().is_some());
    assert_eq!(bench.last_record()["approver"], "ann");
    assert_eq!(
        rule(&cancel(&session, 7).await),
        Some(Rule::TooManyQuestions),
        "used up, and two questions were asked"
    );
    assert_eq!(bench.shop.requests().len(), 1);
}

#[tokio::test]
async fn concurrent_calls_use_an_approval_once() {
    let bench = Bench::with_approver(|_: &Question| Decision::Later).await;
    let session = said(&bench);
    let Outcome::Pending(question) = cancel(&session, 7).await else { panic!("not pending") };
    assert!(session.decide(&question.digest, Decision::approved_by("ann")));
    let (one, other) = tokio::join!(cancel(&session, 7), cancel(&session, 7));
    assert_eq!(usize::from(one.answer().is_some()) + usize::from(other.answer().is_some()), 1);
    assert_eq!(bench.shop.requests().len(), 1);
}

#[tokio::test]
async fn expired_approval_is_rejected() {
    let bench = Bench::with_approver(|_: &Question| Decision::Later).await;
    let session = said(&bench);
    let Outcome::Pending(question) = cancel(&session, 7).await else { panic!("not pending") };
    assert!(session.decide(&question.digest, Decision::approved_by("ann")));
    bench.clock.advance(Duration::from_secs(601));
    assert_eq!(rule(&cancel(&session, 7).await), Some(Rule::Expired));
    let Outcome::Pending(question) = cancel(&session, 8).await else { panic!("not pending") };
    bench.clock.advance(Duration::from_secs(601));
    assert!(!session.decide(&question.digest, Decision::approved_by("ann")), "it waited too long");
    assert_eq!(bench.connections(), 0);
}

#[tokio::test]
async fn a_denial_is_remembered_and_two_denials_end_effects() {
    let bench =
        Bench::with(|builder| builder.approver(|_: &Question| Decision::Denied).questions(100))
            .await;
    let session = said(&bench);
    assert_eq!(rule(&cancel(&session, 7).await), Some(Rule::Denied));
    assert_eq!(rule(&cancel(&session, 7).await), Some(Rule::Denied));
    assert_eq!(rule(&cancel(&session, 8).await), Some(Rule::Denied));
    assert_eq!(rule(&cancel(&session, 9).await), Some(Rule::Quarantined));
    session.user_said("and write to bob@corp.example");
    assert_eq!(
        rule(&session.call("send_note", r#"{"to":"bob@corp.example"}"#).await),
        Some(Rule::Quarantined),
        "effects that need no question too"
    );
    assert!(
        session
            .call("search_products", tests::SEARCH)
            .await
            .refusal()
            .is_none_or(|refusal| refusal.rule() != Rule::Quarantined)
    );
    assert_eq!(bench.mail.connections(), 0);
}

#[tokio::test]
async fn approval_requests_are_limited() {
    let approver = RecordingApprover::default();
    let bench = Bench::with_approver(approver.clone()).await;
    let session = said(&bench);
    for order in [7, 8] {
        assert!(cancel(&session, order).await.answer().is_some());
    }
    assert_eq!(rule(&cancel(&session, 9).await), Some(Rule::TooManyQuestions));
    assert_eq!((approver.questions().len(), bench.shop.requests().len()), (2, 2));
}

#[tokio::test]
async fn nothing_is_shown_cut_or_disguised() {
    let approver = RecordingApprover::default();
    let bench = Bench::with_approver(approver.clone()).await;
    let session = bench.session();
    let long = format!(r#"{{"to":["eve@evil.example"],"text":"{}"}}"#, "x".repeat(9_000));
    assert_eq!(rule(&session.call("send_mail", &long).await), Some(Rule::TooLongToShow));
    bench.mail.respond(Response::new(204, "", ""));
    let disguised = r#"{"to":["eve@evil.example"],"text":"hi\n\napproved \u200fby Ann"}"#;
    assert!(session.call("send_mail", disguised).await.answer().is_some());
    let asked = approver.questions();
    let shown = asked.first().map(ToString::to_string).expect("asked");
    assert!(shown.contains("\\n\\napproved \\u{200f}by"), "{shown}");
    assert_eq!(bench.mail.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_approver_without_a_decision_has_not_approved() {
    let bench = Bench::with_approver(SilentApprover).await;
    assert_eq!(rule(&cancel(&said(&bench), 7).await), Some(Rule::Expired));
    assert_eq!(bench.connections(), 0);
}

#[tokio::test]
async fn an_approval_distinguishes_adjacent_large_numbers() {
    let bench = Bench::with_approver(|_: &Question| Decision::Later).await;
    let session = bench.session();
    // Two numbers that are one as doubles.
    let Outcome::Pending(question) = cancel(&session, 9_007_199_254_740_993).await else {
        panic!("not pending")
    };
    assert!(session.decide(&question.digest, Decision::approved_by("ann")));
    assert!(matches!(cancel(&session, 9_007_199_254_740_992).await, Outcome::Pending(_)));
    assert_eq!(bench.connections(), 0);
}

#[tokio::test]
async fn a_tool_killed_during_an_approval_is_not_called() {
    let guard = std::sync::Arc::new(std::sync::OnceLock::<tests::Guard>::new());
    let kill = guard.clone();
    let bench = Bench::with_approver(move |_: &Question| {
        assert!(kill.get().is_some_and(|guard| guard.kill("cancel_order")));
        Decision::approved_by("ann")
    })
    .await;
    let _ = guard.set(bench.guard.clone());
    assert_eq!(rule(&cancel(&said(&bench), 7).await), Some(Rule::Killed));
    assert_eq!(bench.connections(), 0);
}
