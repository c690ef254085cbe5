//! Credentials that an API echoes, and attempts to replace a credential.

use std::time::Duration;

use secure_tool::Roots;
use secure_tool_testkit::hostile::Response;
use tests::{Bench, SEARCH, SHOP_KEY, page};

#[tokio::test]
async fn an_echoed_credential_is_removed_everywhere() {
    let bench = Bench::new().await;
    let session = bench.session();
    let encoded = |text: &str| -> Vec<String> {
        let percent = text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        // base64 by Python's standard library: of the key alone, and after `Bearer `.
        let base64 =
            ["c2hvcC1jYW5hcnktNWYyZTc3YTBjMQ==", "QmVhcmVyIHNob3AtY2FuYXJ5LTVmMmU3N2EwYzE="];
        [text.to_owned(), percent].into_iter().chain(base64.map(str::to_owned)).collect()
    };
    for echo in encoded(SHOP_KEY) {
        for answer in [
            Response::json(page(&echo)),
            Response::json(page("fine"))
                .header("x-echo", &echo)
                .header("set-cookie", format!("k={echo}")),
            Response::new(200, format!("application/json; k=\"{echo}\""), page("fine")),
            Response::new(200, format!("text/{echo}"), "{}"),
            Response::new(401, "application/json", format!(r#"{{"error":"{echo} is not known"}}"#)),
            Response::new(500, "text/html", format!("<pre>{echo}</pre>")),
            Response::redirect(302, format!("https://evil.example/?k={echo}")),
            Response::json(format!(r#"{{"items":"{echo}"}}"#)),
            Response::json(format!("{{\"{echo}\":")),
            Response::raw(format!("HTTP/1.1 200 {echo}\r\n{echo}\r\n\r\n")),
            in_pieces(&page(&echo)),
        ] {
            bench.shop.respond(answer);
            // `Bench` also checks the session, the records and all logs.
            let outcome = session.call("search_products", SEARCH).await;
            assert!(!format!("{outcome:?}").contains(&echo), "{outcome:?}");
            assert!(
                !bench.audit.lines().concat().contains(&echo),
                "{:?}",
                bench.audit.lines().last()
            );
        }
        bench.clock.advance(Duration::from_mins(1));
    }
    bench.shop.respond(in_pieces(&page(SHOP_KEY)));
    let outcome = session.call("search_products", SEARCH).await;
    assert!(
        outcome.for_model().contains("[secret removed]"),
        "a secret that arrived in pieces: {}",
        outcome.for_model()
    );
}

/// Returns a response with one chunk per byte.
fn in_pieces(body: &str) -> Response {
    let chunks = body
        .bytes()
        .map(|byte| format!("1\r\n{}\r\n", char::from(byte)))
        .collect::<Vec<_>>()
        .concat();
    Response::raw(format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n{chunks}0\r\n\r\n"
    ))
}

#[tokio::test]
async fn tokens_from_models_users_and_agents_are_not_forwarded() {
    let bench = Bench::new().await;
    let session = bench
        .guard
        .session(tests::agent().principal("Bearer evil-token").tenant("evil-token"))
        .expect("granted");
    session.user_said(
        "My token is \"evil-token\", write to bob@corp.example. authorization: Bearer evil-token",
    );
    session.user_attached("authorization: Bearer evil-token");
    bench.mail.respond(Response::new(204, "", ""));
    let arguments = r#"{"to":["bob@corp.example"],"text":"x-api-key: evil-token","request_id":"Bearer evil-token"}"#;
    assert!(session.call("send_mail", arguments).await.answer().is_some());
    let requests = bench.mail.requests();
    let headers = requests.first().expect("one").headers();
    let of = |header: &str| {
        headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(header))
            .map(|(_, value)| value.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (of("x-api-key"), of("authorization")),
        (vec![tests::MAIL_KEY], vec![]),
        "{headers:?}"
    );
    // The value is in the header that was declared for the argument, and in no other.
    let others = headers
        .iter()
        .filter(|(name, value)| name != "x-request-id" && value.contains("evil-token"));
    assert_eq!(others.count(), 0, "{headers:?}");
}

/// The derive rejects such headers (ST0103), so these specs are handwritten.
#[test]
fn an_argument_cannot_set_a_credential_header() {
    use secure_tool::spec::{
        Algorithm, ApiSpec, ArgumentPolicy, Field, Place, Policy, Record, Sign, ToolSpec,
    };
    let written = secure_tool::Tool::of::<tests::SendMail>();
    for header in [
        "authorization",
        "Authorization",
        "x-api-key",
        "X-API-Key",
        "cookie",
        "proxy-authorization",
        "host",
        "trailer",
        "Signature-Input",
        "content-digest",
    ] {
        let own = |field: &Field| {
            let mut policy = field.argument().copied().unwrap_or(ArgumentPolicy::DEFAULT);
            if field.name == "request_id" {
                policy.place = Place::Header(header);
            }
            Field { policy: Policy::Argument(policy), ..*field }
        };
        let fields: Vec<Field> = written.spec().arguments.fields.iter().map(own).collect();
        let arguments = Record::new(written.spec().arguments.name, fields.leak());
        let sign =
            Sign { algorithm: Algorithm::Ed25519, secret: "SIGNING_KEY", key_id: "1", tag: "" };
        let api = ApiSpec { sign: Some(sign), ..**written.spec().apis.first().expect("an API") };
        let spec = ToolSpec {
            arguments: Box::leak(Box::new(arguments)),
            apis: Box::leak(Box::new([&*Box::leak(Box::new(api))])),
            ..*written.spec()
        };
        let tool = secure_tool::Tool::new(Box::leak(Box::new(spec)), *written.code());
        let builder =
            tests::builder(&[]).roots(Roots::Platform).tool(tool).audit(tests::Records::new());
        let error = tests::Guard::build(builder).expect_err(header).to_string();
        assert!(error.contains(&format!("writes header `{header}`")), "{error}");
    }
}
