//! Errors state their kind and contain no text from a server: for the model, for a handler, and in
//! records.

use std::error::Error as _;
use std::sync::Mutex;

use secure_tool::prelude::*;
use secure_tool::value::AnyJson;
use secure_tool::{Context, FailureKind, Handler, HandlerError, Rule, Tool};
use secure_tool_testkit::hostile::{Certificate, Ending, HostileApi, Response, TlsVersion};
use tests::{SHOP_KEY, rule, shop_api};

use super::LimitsBench;

/// A shop.
#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example/v1",
    scopes("things:read", "things:write"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
    rate_limit(1000 / minute),
    breaker(failures = 1_000)
)]
struct Shop;

/// Reads things.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/things", scopes("things:read"), response = Vec<Thing>, limits(deadline_seconds = 1, connect_seconds = 1))]
struct ReadThings {}

/// A thing.
#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
struct Thing {
    #[secure(pattern = "[a-z]{1,5}")]
    name: String,
}

/// Reads things with a handler.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    handler,
    apis(Shop),
    effect = read,
    scopes("things:read"),
    response = AnyJson,
    limits(deadline_seconds = 2, connect_seconds = 1, first_byte_seconds = 1, response_bytes = 65_536)
)]
struct ByHand {
    #[secure(pattern = "[a-z/.]{1,20}")]
    path: String,
}

/// The errors that handlers received: the kind, and each text of the error.
static MET: Mutex<Vec<(FailureKind, String)>> = Mutex::new(Vec::new());

impl Handler for ByHand {
    async fn call(self, cx: Context<'_>) -> Result<AnyJson, HandlerError> {
        let answer: Result<Vec<Thing>, _> = cx.api::<Shop>()?.get(&[&self.path]).json().await;
        let error = answer.expect_err("none of these is an answer");
        let texts = format!("{error} {error:?} {:?}", error.source().map(ToString::to_string));
        MET.lock().expect("no panic").push((error.kind(), texts));
        Err(error)
    }
}

const WORD: &str = "leak-parrot-7d31";

fn hostile() -> Vec<(&'static str, Response, FailureKind)> {
    let raw = |text: String| Response::raw(text);
    let named = |answer: Response| {
        ["x-note", "server", "set-cookie", "retry-after", "www-authenticate", "warning", "via"]
            .into_iter()
            .fold(answer, |answer, name| answer.header(name, WORD))
            .header(WORD, "1")
    };
    vec![
        (
            "a reason",
            raw(format!("HTTP/1.1 500 {WORD}\r\ncontent-length: 0\r\n\r\n")),
            FailureKind::Failed,
        ),
        ("a status line", raw(format!("HTTP/1.1 {WORD}\r\n\r\n")), FailureKind::Broken),
        ("a protocol", raw(format!("{WORD}/1.1 200 OK\r\n\r\n")), FailureKind::Broken),
        ("headers of an error", named(Response::new(503, "text/plain", WORD)), FailureKind::Failed),
        ("a status", named(Response::new(418, "text/plain", WORD)), FailureKind::Rejected),
        ("not there", named(Response::new(404, "text/plain", WORD)), FailureKind::NotFound),
        ("too many", named(Response::new(429, "text/plain", WORD)), FailureKind::Throttled),
        (
            "a redirect",
            Response::redirect(302, format!("https://{WORD}.example/{WORD}")),
            FailureKind::Redirect,
        ),
        (
            "an invalid header",
            raw(format!("HTTP/1.1 200 OK\r\n{WORD} {WORD}\r\n\r\n")),
            FailureKind::Broken,
        ),
        (
            "a length",
            raw(format!("HTTP/1.1 200 OK\r\ncontent-length: {WORD}\r\n\r\n")),
            FailureKind::Broken,
        ),
        ("a coding", Response::json("[]").header("content-encoding", WORD), FailureKind::Encoding),
        (
            "a name of another field",
            Response::json(format!(r#"[{{"{WORD}":1}}]"#)),
            FailureKind::Drift,
        ),
        ("a value", Response::json(format!(r#"[{{"name":["{WORD}"]}}]"#)), FailureKind::Drift),
        ("no JSON", Response::json(WORD), FailureKind::Drift),
        ("half an answer", Response::json(WORD).cut_after(80, Ending::HangUp), FailureKind::Broken),
        ("without an end", named(Response::huge()), FailureKind::TooLarge),
        ("without a head", named(Response::silence()), FailureKind::Timeout),
    ]
}

#[tokio::test]
async fn a_failure_reveals_its_kind_and_no_server_text() {
    let bench = LimitsBench::with::<ReadThings>(|builder| builder.tool(Tool::of::<ByHand>())).await;
    let session = bench.session::<Shop>("agent");
    for (what, answer, kind) in hostile() {
        bench.shop.respond(answer);
        let direct = session.call("read_things", "{}").await;
        let by_hand = session.call("by_hand", r#"{"path":"things"}"#).await;
        let (met, texts) = MET.lock().expect("no panic").pop().expect("one");
        assert_eq!(met, kind, "{what}: {texts}");
        for outcome in [direct, by_hand] {
            let refusal = outcome.refusal().expect("a refusal");
            let shown =
                format!("{} {refusal} {refusal:?} {outcome:?} {texts}", outcome.for_model());
            assert!(!shown.contains("parrot"), "{what}: {shown}");
            assert!(outcome.for_model().starts_with(refusal.rule().text()), "the text is constant");
        }
        bench.clock.advance(std::time::Duration::from_mins(1));
    }
    let audit = bench.audit.lines().concat();
    assert!(!audit.contains("parrot"), "{audit}");
    assert!(!audit.contains(SHOP_KEY));
    assert_eq!(rule(&session.call("by_hand", r#"{"path":".."}"#).await), Some(Rule::Unsendable));
    assert_eq!(MET.lock().expect("no panic").pop().expect("one").0, FailureKind::Request);
}

#[tokio::test]
async fn errors_contain_no_name_from_a_certificate() {
    for (what, certificate, tls) in [
        ("another host", Certificate::Valid, TlsVersion::V13Only),
        ("a self-signed certificate", Certificate::SelfSigned, TlsVersion::V13Only),
        ("another version", Certificate::Valid, TlsVersion::V12Only),
    ] {
        let host = format!("{WORD}.example");
        let impostor = HostileApi::builder(host)
            .certificate(certificate)
            .tls(tls)
            .start()
            .await
            .expect("loopback");
        let shop = shop_api().await;
        let bench = LimitsBench::at::<ReadThings>(shop, impostor.addr(), |builder| builder);
        let outcome = bench.session::<Shop>("agent").call("read_things", "{}").await;
        assert_eq!(rule(&outcome), Some(Rule::Tls), "{what}");
        let all = format!("{} {outcome:?} {}", outcome.for_model(), bench.audit.lines().concat());
        assert!(!all.contains("parrot"), "{what}: {all}");
        assert!(
            !bench.outcome()["detail"].as_str().expect("a detail").is_empty(),
            "the detail names the kind"
        );
    }
}
