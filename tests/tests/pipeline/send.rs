//! Stage 7: sending, and its transport.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secure_tool::audit::{Audit, Kind, Record};
use secure_tool::{Rule, Tool};
use secure_tool_testkit::hostile::{Certificate, HostileApi, Response, TlsVersion, Trap};
use tests::{
    Bench, MAIL_KEY, ReadDocument, RecordingApprover, SEARCH, SHOP_KEY, builder, header_names,
    mail_api, open_session, page, rule, start_api,
};

#[tokio::test]
async fn a_request_is_what_the_template_says_and_nothing_else() {
    let bench = Bench::new().await;
    let session = bench.session();
    let arguments = r#"{"category":"kettles","term":"a&limit=9#?/../%2e\u00e9 +","limit":5,"tags":["on_sale","in_stock"]}"#;
    assert!(session.call("search_products", arguments).await.answer().is_some());
    let requests = bench.shop.requests();
    let [request] = requests.as_slice() else { panic!("one request, not {}", requests.len()) };
    assert_eq!(request.method(), "GET");
    assert_eq!(request.path_segments(), ["v1", "categories", "kettles", "products"]);
    let pairs: Vec<_> = request.query_pairs();
    let expected = [
        ("term", "a&limit=9#?/../%2e\u{e9} +"),
        ("limit", "5"),
        ("tags", "on_sale"),
        ("tags", "in_stock"),
    ];
    assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(request.header("authorization"), Some(format!("Bearer {SHOP_KEY}").as_str()));
    assert_eq!(request.header("x-api-version"), Some("2026-01"));
    let names = header_names(request);
    assert_eq!(
        names,
        ["accept", "accept-encoding", "authorization", "host", "user-agent", "x-api-version"]
    );
    assert!(request.body().is_empty());
    assert!(!request.target().contains(SHOP_KEY), "no credential in an address");
}

#[tokio::test]
async fn a_body_and_a_header_hold_the_declared_fields() {
    let bench = Bench::new().await;
    let session = bench.session();
    session.user_said("write to bob@corp.example");
    bench.mail.respond(Response::new(204, "", ""));
    let arguments =
        r#"{"to":["bob@corp.example"],"text":"line\r\nx-evil: 1","request_id":"r-1 \u00b7"}"#;
    assert_eq!(
        rule(&session.call("send_mail", arguments).await),
        Some(Rule::Unsendable),
        "a header is visible ASCII"
    );
    assert_eq!(bench.connections(), 0);
    let arguments =
        r#"{"to":["bob@corp.example"],"text":"line\r\nx-evil: 1","request_id":"r-1 b"}"#;
    assert!(session.call("send_mail", arguments).await.answer().is_some());
    let requests = bench.mail.requests();
    let request = requests.first().expect("one");
    let body: serde_json::Value = serde_json::from_slice(request.body()).expect("JSON");
    assert_eq!(
        body,
        serde_json::json!({ "to": ["bob@corp.example"], "text": "line\r\nx-evil: 1" })
    );
    assert_eq!(
        (request.header("x-request-id"), request.header("x-api-key"), request.header("x-evil")),
        (Some("r-1 b"), Some(MAIL_KEY), None)
    );
}

#[tokio::test]
async fn a_server_that_can_not_prove_who_it_is_gets_no_byte() {
    for certificate in [
        Certificate::Expired,
        Certificate::NotYetValid,
        Certificate::SelfSigned,
        Certificate::WrongHost,
        Certificate::WrongAuthority,
    ] {
        let shop = HostileApi::builder("api.shop.example")
            .certificate(certificate)
            .start()
            .await
            .expect("loopback");
        let mail = mail_api().await;
        let bench = Bench::around(shop, mail, |builder| builder);
        let outcome = bench.session().call("search_products", SEARCH).await;
        assert_eq!(rule(&outcome), Some(Rule::Tls), "{certificate:?}: {}", bench.last_record());
        assert_eq!(
            (bench.shop.requests().len(), bench.shop.connections()),
            (0, 1),
            "{certificate:?}"
        );
        assert!(!outcome.for_model().contains("certificate"));
    }
}

#[tokio::test]
async fn older_tls_is_refused() {
    let shop = HostileApi::builder("api.shop.example")
        .tls(TlsVersion::V12Only)
        .start()
        .await
        .expect("loopback");
    let mail = mail_api().await;
    let bench = Bench::around(shop, mail, |builder| builder);
    assert_eq!(rule(&bench.session().call("search_products", SEARCH).await), Some(Rule::Tls));
    assert_eq!((bench.shop.requests().len(), bench.shop.handshakes()), (0, 0));
}

#[tokio::test]
async fn a_special_use_address_is_not_connected_to() {
    let trap = Trap::start().await.expect("loopback");
    // `localhost` resolves to loopback without a network, as a name of an attacker's resolver
    // would.
    let tool = Tool::of::<tests::ReadLocalDocument>();
    let shop = start_api("localhost").await;
    let builder = builder(&[])
        .tool(tool)
        .roots(secure_tool::Roots::Only(vec![shop.authority().to_vec()]))
        .dangerously_without_audit("a test");
    let session = open_session(
        builder,
        secure_tool::Agent::new("a").grant::<tests::Local>(["products:read"]),
    );
    assert_eq!(rule(&session.call("read_local_document", "{}").await), Some(Rule::Address));
    assert_eq!((shop.connections(), trap.hits()), (0, 0));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let trap = Trap::start().await.expect("loopback");
    let bench = Bench::new().await;
    let session = bench.session();
    for (status, to) in [
        (301, format!("http://{}/", trap.addr())),
        (302, format!("https://{}/", trap.addr())),
        (307, "/v1/elsewhere".into()),
        (308, "//mail.example/".into()),
    ] {
        bench.shop.respond(Response::redirect(status, to));
        assert_eq!(
            rule(&session.call("search_products", SEARCH).await),
            Some(Rule::Redirect),
            "{status}"
        );
    }
    assert_eq!((trap.hits(), bench.shop.requests().len(), bench.mail.connections()), (0, 4, 0));
}

#[tokio::test]
async fn an_endless_response_stops_at_the_limit() {
    let bench = Bench::new().await;
    bench.shop.respond(Response::huge());
    assert_eq!(
        rule(&bench.session().call("search_products", SEARCH).await),
        Some(Rule::AnswerTooLarge)
    );
    // The sent bytes include the socket buffers.
    assert!(bench.shop.sent() < 8 << 20, "{} bytes", bench.shop.sent());
    bench.shop.respond(Response::json(page(&"x".repeat(2 << 20))));
    assert_eq!(
        rule(&bench.session().call("search_products", SEARCH).await),
        Some(Rule::AnswerTooLarge),
        "announced, and not read"
    );
    bench.shop.respond(Response::json(page("fine")));
    assert!(
        bench.session().call("search_products", SEARCH).await.answer().is_some(),
        "the next call works"
    );
}

#[tokio::test]
async fn a_slow_or_silent_server_ends_at_the_deadline() {
    let bench = Bench::new().await;
    for answer in [Response::silence(), Response::drip(Duration::from_millis(100))] {
        bench.shop.respond(answer);
        let session = bench.session();
        // The deadline of the tool is a second; without one, the call would never end.
        let outcome =
            tokio::time::timeout(Duration::from_secs(15), session.call("read_document", "{}"))
                .await;
        assert_eq!(rule(&outcome.expect("an end")), Some(Rule::Timeout));
    }
}

#[tokio::test]
async fn a_broken_connection_is_a_refusal() {
    let bench = Bench::new().await;
    for answer in [
        Response::json(page("fine")).hang_up_after(9),
        Response::raw("HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 7\r\n\r\nhello"),
        Response::raw("nonsense"),
    ] {
        bench.shop.respond(answer);
        assert_eq!(
            rule(&bench.session().call("search_products", SEARCH).await),
            Some(Rule::Exchange)
        );
    }
}

/// An audit sink that records the number of requests at the time of each record. It can reject
/// records of one kind.
#[derive(Clone)]
struct Watching {
    seen: Arc<Mutex<Vec<(Kind, bool, usize)>>>,
    mail: Arc<Mutex<Option<Arc<HostileApi>>>>,
    refuses: Option<Kind>,
}

impl Audit for Watching {
    fn append(&self, record: &Record, durable: bool) -> io::Result<()> {
        let requests =
            self.mail.lock().expect("no panic").as_ref().map_or(0, |mail| mail.requests().len());
        self.seen.lock().expect("no panic").push((record.kind(), durable, requests));
        if self.refuses == Some(record.kind()) {
            Err(io::Error::other("disk full"))
        } else {
            Ok(())
        }
    }

    fn describe(&self) -> String {
        "a test".into()
    }
}

async fn note_with(refuses: Option<Kind>) -> (Option<Rule>, Vec<(Kind, bool, usize)>, usize) {
    let watching = Watching { seen: Arc::default(), mail: Arc::default(), refuses };
    let mail = Arc::new(mail_api().await);
    mail.respond(Response::new(204, "", ""));
    *watching.mail.lock().expect("no panic") = Some(mail.clone());
    let builder = builder(&[&mail]).tool(Tool::of::<tests::SendNote>()).audit(watching.clone());
    let session =
        open_session(builder, secure_tool::Agent::new("a").grant::<tests::Mail>(["mail:send"]));
    session.user_said("write to bob@corp.example");
    let outcome = session.call("send_note", r#"{"to":"bob@corp.example"}"#).await;
    let seen = watching.seen.lock().expect("no panic").clone();
    (rule(&outcome), seen, mail.requests().len())
}

#[tokio::test]
async fn an_intent_record_is_durable_before_the_first_byte() {
    let (rule, seen, requests) = note_with(None).await;
    assert_eq!((rule, requests), (None, 1));
    assert_eq!(
        seen,
        [(Kind::Posture, false, 0), (Kind::Intent, true, 0), (Kind::Outcome, false, 1)]
    );
}

#[tokio::test]
async fn an_effect_that_can_not_be_recorded_is_not_made() {
    let (rule, _, requests) = note_with(Some(Kind::Intent)).await;
    assert_eq!((rule, requests), (Some(Rule::Unrecorded), 0));
}

#[tokio::test]
async fn a_response_without_an_audit_record_is_withheld() {
    let (rule, _, requests) = note_with(Some(Kind::Outcome)).await;
    assert_eq!((rule, requests), (Some(Rule::OutcomeUnrecorded), 1));
}

#[tokio::test]
async fn a_tool_reads_no_more_than_its_own_limit() {
    let bench = Bench::new().await;
    assert_eq!(Tool::of::<ReadDocument>().spec().limits.response_bytes, 65_536);
    bench.shop.respond(Response::json(format!("\"{}\"", "x".repeat(65_534))));
    assert!(bench.session().call("read_document", "{}").await.answer().is_some());
    bench.shop.respond(Response::json(format!("\"{}\"", "x".repeat(65_535))));
    assert_eq!(
        rule(&bench.session().call("read_document", "{}").await),
        Some(Rule::AnswerTooLarge)
    );
}

#[tokio::test]
async fn a_path_template_may_end_in_a_slash() {
    let bench = Bench::new().await;
    let session = bench.session();
    assert!(session.call("read_everything", "{}").await.answer().is_some());
    assert_eq!(
        bench.shop.requests().first().map(|request| request.target().to_owned()).as_deref(),
        Some("/v1/everything/")
    );
}

#[tokio::test]
async fn a_possibly_made_effect_is_reported_as_unknown() {
    let bench =
        Bench::with(|builder| builder.approver(RecordingApprover::default()).questions(100)).await;
    let session = bench.session();
    session.user_said("write to bob@corp.example");
    for (answer, expected) in [
        (Response::raw("").hang_up_after(0), Rule::EffectUnknown),
        (Response::new(500, "application/json", "{}"), Rule::EffectUnknown),
        (Response::new(400, "application/json", "{}"), Rule::Rejected),
    ] {
        bench.mail.respond(answer);
        let outcome = session.call("send_note", r#"{"to":"bob@corp.example"}"#).await;
        assert_eq!(rule(&outcome), Some(expected));
        assert_eq!(outcome.for_model().contains("Do not repeat"), expected == Rule::EffectUnknown);
    }
    bench.shop.respond(Response::json(r#"[{"id":"drift"}]"#));
    assert_eq!(
        rule(&session.call("place_order", r#"{"product":"KT-2041"}"#).await),
        Some(Rule::EffectMade)
    );
    let verified =
        secure_tool::audit::verify_lines(bench.audit.lines().concat().as_bytes()).expect("whole");
    assert_eq!(verified.unknown.len(), 2, "what may have been made stays open in the audit");
}
