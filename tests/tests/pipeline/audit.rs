//! The audit records of all stages.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use secure_tool::audit::{Broken, JsonlAudit, verify, verify_against, verify_lines};
use secure_tool_testkit::hostile::Response;
use tests::{Bench, MAIL_KEY, RecordingApprover, SEARCH, SHOP_KEY, TempFolder};

#[tokio::test]
async fn every_call_leaves_one_outcome() {
    let bench = Bench::new().await;
    let session = bench.session();
    assert!(session.call("search_products", SEARCH).await.answer().is_some());
    assert!(session.call("search_products", "{").await.refusal().is_some());
    assert!(session.call("nothing", SEARCH).await.refusal().is_some());
    {
        // Polled once, then dropped: the call was on its way.
        bench.shop.respond(Response::silence());
        let mut call = pin!(session.call("search_products", SEARCH));
        assert!(matches!(
            call.as_mut().poll(&mut Context::from_waker(Waker::noop())),
            Poll::Pending
        ));
    }
    let outcomes: Vec<_> =
        bench.records().into_iter().filter(|record| record["kind"] == "outcome").collect();
    let decisions: Vec<_> =
        outcomes.iter().map(|record| record["decision"].as_str().unwrap_or_default()).collect();
    assert_eq!(decisions, ["answered", "refused", "refused", "cancelled"]);
    let attempts: Vec<_> =
        outcomes.iter().map(|record| record["attempt"].as_u64().unwrap_or_default()).collect();
    assert_eq!(attempts, [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_record_identifies_the_caller_the_tool_and_the_api() {
    let bench = Bench::with_approver(RecordingApprover::default()).await;
    let session = bench.session();
    bench.mail.respond(Response::new(204, "", ""));
    assert!(
        session
            .call("send_mail", r#"{"to":["eve@evil.example"],"text":"CANARY"}"#)
            .await
            .answer()
            .is_some()
    );
    let records = bench.records();
    let [posture, intent, outcome] = records.as_slice() else {
        panic!("three records, not {}", records.len())
    };
    assert_eq!(
        (&posture["kind"], &posture["posture"]["tls"]),
        (&"posture".into(), &"1.3 only".into())
    );
    assert_eq!((&intent["kind"], &intent["call"]), (&"intent".into(), &outcome["call"]));
    for (field, expected) in [
        ("session", session.id()),
        ("tenant", "default"),
        ("agent", "support-bot"),
        ("tool", "send_mail"),
        ("api", "Mail"),
        ("host", "mail.example"),
        ("method", "POST"),
        ("path", "/messages"),
        ("credential", "MAIL_API_KEY"),
        ("decision", "answered"),
        ("approver", "ann"),
    ] {
        assert_eq!(outcome[field], expected, "{field}");
    }
    assert_eq!((&outcome["status"], &outcome["attempt"]), (&204.into(), &1.into()));
    assert!(
        outcome["bytes_sent"].as_u64() > Some(10)
            && outcome["spec"].as_str().is_some_and(|digest| digest.len() == 64)
    );
    let text = bench.audit.lines().concat();
    assert!(
        !text.contains("CANARY") && !text.contains("eve@evil.example") && !text.contains(MAIL_KEY),
        "{text}"
    );
    assert!(verify_lines(text.as_bytes()).is_ok_and(|verified| verified.unknown.is_empty()));
}

#[tokio::test]
async fn equal_arguments_have_equal_digests_whatever_their_order() {
    let bench = Bench::new().await;
    let session = bench.session();
    for text in [
        SEARCH,
        r#"{ "limit":5, "term":"blue kettle", "category":"kettles" }"#,
        r#"{"category":"kettles","term":"other","limit":5}"#,
    ] {
        assert!(session.call("search_products", text).await.answer().is_some());
    }
    let digests: Vec<_> = bench
        .records()
        .iter()
        .filter_map(|record| record["arguments"].as_str().map(str::to_owned))
        .collect();
    let [one, same, other] = digests.as_slice() else {
        panic!("three digests, not {}", digests.len())
    };
    assert_eq!(one, same);
    assert_ne!(one, other);
}

#[tokio::test]
async fn an_audit_file_is_private_and_its_hash_chain_shows_tampering() {
    let folder = TempFolder::new();
    let path = folder.path().join("audit.jsonl");
    let audit = std::sync::Arc::new(JsonlAudit::create(&path).expect("a new file"));
    let bench = Bench::with(|builder| builder.audit(audit.clone())).await;
    let session = bench.session();
    for _ in 0..3 {
        assert!(session.call("search_products", SEARCH).await.answer().is_some());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let head = audit.head();
    assert_eq!(verify_against(&path, &head).expect("whole").head, head);
    let text = std::fs::read_to_string(&path).expect("text");
    assert!(!text.contains(SHOP_KEY));

    std::fs::write(&path, text.replacen("answered", "refused!", 1)).expect("written");
    assert!(matches!(verify(&path), Err(Broken::Line(2))));
    assert!(JsonlAudit::open(&path).is_err(), "nobody goes on with a broken chain");
    let cut: String = text.split_inclusive('\n').take(3).collect();
    std::fs::write(&path, cut).expect("written");
    assert!(verify(&path).is_ok());
    assert!(matches!(verify_against(&path, &head), Err(Broken::Head)));
    assert!(JsonlAudit::create(&path).is_err(), "an existing file is not begun anew");
    std::fs::write(&path, text).expect("written");
    assert_eq!(JsonlAudit::open(&path).expect("whole again").head(), head);
}

/// Returns the number of calls that each outcome and count record of a session represents, and the
/// attempts of calls with their own record.
fn told(bench: &Bench) -> (Vec<u64>, Vec<(String, u64)>) {
    let records = bench.records();
    let of = |kind: &'static str| records.iter().filter(move |record| record["kind"] == kind);
    let single =
        of("outcome").map(|record| record["attempt"].as_u64().expect("a number")).collect();
    let counted = of("refusals").map(|record| {
        (
            record["rule"].as_str().unwrap_or_default().to_owned(),
            record["count"].as_u64().expect("a count"),
        )
    });
    (single, counted.collect())
}

#[tokio::test]
async fn a_flood_of_refusals_is_aggregated_without_losing_a_call() {
    let bench = Bench::new().await;
    let session = bench.session();
    for _ in 0..200 {
        assert!(session.call("nothing", "{}").await.refusal().is_some());
        assert!(session.call("search_products", "{").await.refusal().is_some());
    }
    let (single, counted) = told(&bench);
    assert_eq!((single.len(), counted.len()), (20, 0), "ten of each rule, and the rest is counted");
    assert!(session.call("search_products", SEARCH).await.answer().is_some());
    bench.clock.advance(std::time::Duration::from_mins(1));
    assert!(session.call("search_products", SEARCH).await.answer().is_some());
    let (single, counted) = told(&bench);
    assert_eq!(
        (single.len(), single.last()),
        (22, Some(&402)),
        "answers have records of their own"
    );
    assert_eq!(
        counted,
        [("admit.unknown_tool".to_owned(), 190), ("arguments.malformed".to_owned(), 190)]
    );
    assert_eq!(single.len() as u64 + counted.iter().map(|(_, count)| count).sum::<u64>(), 402);
    let count =
        bench.records().into_iter().find(|record| record["kind"] == "refusals").expect("one");
    assert_eq!(
        (&count["session"], &count["agent"], &count["decision"]),
        (&session.id().into(), &"support-bot".into(), &"refused".into())
    );
    assert!(
        verify_lines(bench.audit.lines().concat().as_bytes())
            .is_ok_and(|verified| verified.unknown.is_empty())
    );
}

#[tokio::test]
async fn aggregated_refusals_are_written_when_a_session_or_the_guard_ends() {
    let bench = Bench::new().await;
    let (session, other) = (bench.session(), bench.session());
    for session in [&session, &other] {
        for _ in 0..15 {
            assert!(session.call("nothing", "{}").await.refusal().is_some());
        }
    }
    drop(session);
    assert_eq!(told(&bench).1, [("admit.unknown_tool".to_owned(), 5)], "of the session that ended");
    let records = bench.audit.clone();
    drop((bench, other));
    let counts =
        records.lines().iter().filter(|line| line.contains(r#""kind":"refusals""#)).count();
    assert_eq!(counts, 2);
}

#[tokio::test]
async fn an_effect_always_has_its_own_record() {
    let bench = Bench::new().await;
    let session = bench.session();
    bench.shop.respond(Response::new(400, "application/json", "{}"));
    for _ in 0..20 {
        assert!(session.call("place_order", r#"{"product":"KT-2041"}"#).await.refusal().is_some());
    }
    let records = bench.records();
    let of = |kind: &str| {
        records
            .iter()
            .filter(|record| record["kind"] == kind)
            .map(|record| record["call"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (of("intent").len(), of("intent")),
        (20, of("outcome")),
        "each intent has its outcome"
    );
}

#[tokio::test]
async fn a_continuing_flood_costs_one_record_per_minute() {
    let bench = Bench::with(|builder| builder.attempts_per_minute(1_000)).await;
    let session = bench.session();
    for _ in 0..60 {
        for _ in 0..50 {
            assert!(session.call("nothing", "{}").await.refusal().is_some());
        }
        bench.clock.advance(std::time::Duration::from_mins(1));
    }
    drop(session);
    let (single, counted) = told(&bench);
    let all = single.len() as u64 + counted.iter().map(|(_, count)| count).sum::<u64>();
    assert_eq!((single.len(), counted.len(), all), (10, 60, 3_000));
}
