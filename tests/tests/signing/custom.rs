//! A custom signing scheme, through a guard and for webhooks: `t=<seconds>,v1=<hex of HMAC-SHA256
//! over "<seconds>.<body>">`, as some providers sign.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use secure_tool::clock::{Clock, ManualClock};
use secure_tool::guard::Builder;
use secure_tool::prelude::*;
use secure_tool::signing::{
    Acceptance, Receiver, Replay, Request, RequestView, ResponseView, Signer, SigningError,
    SigningKey, Unverified, Verifier, VerifyingKey, Window,
};
use secure_tool::{Agent, Connection, FixedSecrets, Rule, SecretString};
use secure_tool_testkit::hostile::{self, HostileApi, Response};
use tests::{Guard, Records, rule, shop_api};

use crate::{HMAC, hex, mac, seconds};

/// A shop with a custom signing scheme.
#[derive(Debug, SecureApi)]
#[secure(
    url = "https://api.shop.example/v1",
    scopes("orders:write"),
    auth(header = "x-api-key", secret = "SHOP_API_KEY"),
    headers("x-api-version" = "2026-01"),
    receives(public),
    rate_limit(1000 / minute),
    retries(1, base_millis = 1)
)]
struct Shop;

/// An order.
#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
struct Order {
    total: u32,
}

/// Places an order.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Shop, post = "/orders", effect = write, scopes("orders:write"), rate_limit(30 / minute),
    idempotency_key = "idempotency-key", response = Order
)]
struct PlaceOrder {
    #[secure(pattern = "[a-z]{1,20}")]
    product: String,
    #[serde(default)]
    #[secure(pattern = "[a-z ]{1,20}", header = "x-reason")]
    reason: Option<String>,
}

/// A shop that declares RFC 9421.
#[derive(Debug, SecureApi)]
#[secure(
    url = "https://api.shop.example/v2",
    scopes("orders:write"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public),
    rate_limit(1000 / minute),
    sign(rfc9421 = hmac, secret = "SIGNING_KEY", key_id = "ours-1"),
    verify(rfc9421 = hmac, keys("theirs-1" = "SIGNING_KEY"))
)]
struct Declared;

/// Places an order with the shop that declares RFC 9421.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Declared, post = "/orders", effect = write, scopes("orders:write"), rate_limit(30 / minute), response = Order)]
struct PlaceThere {
    #[secure(pattern = "[a-z]{1,20}")]
    product: String,
}

/// The header fields that a signer returns.
type Fields = Vec<(&'static str, String)>;
/// Returns them.
type Script = fn() -> Fields;

struct Timestamped {
    secret: SecretString,
    header: &'static str,
    /// The fields to return instead of the signature.
    returns: Option<Script>,
}

impl Timestamped {
    fn new() -> Self {
        Self { secret: HMAC.into(), header: "x-shop-signature", returns: None }
    }

    fn verifying(&self) -> Result<VerifyingKey, Unverified> {
        VerifyingKey::hmac("main", &self.secret).map_err(|_| Unverified::UnknownKey)
    }

    fn verify(
        &self,
        field: Result<Option<&str>, Unverified>,
        body: &[u8],
        window: &Window,
    ) -> Result<Acceptance, Unverified> {
        let field = field?.ok_or(Unverified::Absent)?;
        let (time, signature) = field
            .strip_prefix("t=")
            .and_then(|rest| rest.split_once(",v1="))
            .ok_or(Unverified::Malformed)?;
        let signed = [time.as_bytes(), b".", body].concat();
        self.verifying()?.verify_hex(&signed, signature)?;
        let fresh = window.dated(time.parse().map_err(|_| Unverified::Malformed)?, None)?;
        Acceptance::new("main", fresh, Replay::Signed(&signed))
    }
}

impl Signer for Timestamped {
    fn scheme(&self) -> &'static str {
        "timestamped v1"
    }

    fn headers(&self) -> Vec<&str> {
        vec![self.header]
    }

    fn secrets(&self) -> Vec<SecretString> {
        vec![self.secret.clone()]
    }

    fn sign(
        &self,
        request: &RequestView<'_>,
        now: SystemTime,
    ) -> Result<Vec<(&str, String)>, SigningError> {
        assert!(request.header("x-api-key").expect("sound").is_none(), "no credential is shown");
        if let Some(returns) = self.returns {
            return Ok(returns());
        }
        let key = SigningKey::hmac("main", &self.secret)
            .map_err(|_| SigningError::new("the key is unfit"))?;
        let now = now.duration_since(UNIX_EPOCH).map_err(|_| SigningError::new("no time"))?;
        let signed = [now.as_secs().to_string().as_bytes(), b".", request.body()].concat();
        Ok(vec![(self.header, format!("t={},v1={}", now.as_secs(), key.sign_hex(&signed)))])
    }
}

impl Verifier for Timestamped {
    fn scheme(&self) -> &'static str {
        "timestamped v1"
    }

    fn secrets(&self) -> Vec<SecretString> {
        vec![self.secret.clone()]
    }

    fn verify_request(
        &self,
        request: &RequestView<'_>,
        window: &Window,
    ) -> Result<Acceptance, Unverified> {
        self.verify(request.header("x-shop-signature"), request.body(), window)
    }

    fn verify_response(
        &self,
        response: &ResponseView<'_>,
        _: &RequestView<'_>,
        window: &Window,
    ) -> Result<Acceptance, Unverified> {
        self.verify(response.header("x-shop-signature"), response.body(), window)
    }
}

fn field(now: u64, body: &str) -> String {
    format!("t={now},v1={}", hex(&mac(HMAC.as_bytes(), &format!("{now}.{body}"))))
}

struct Bench {
    shop: HostileApi,
    clock: ManualClock,
    guard: Guard,
}

fn builder(shop: &HostileApi, clock: &ManualClock, connection: Connection) -> Builder {
    tests::builder(&[shop])
        .tool(secure_tool::Tool::of::<PlaceOrder>())
        .connection::<Shop>(connection)
        .secrets(
            FixedSecrets::new()
                .with("SHOP_API_KEY", "shop-canary-credential-77aa01".to_owned())
                .with("SIGNING_KEY", HMAC.to_owned()),
        )
        .audit(Records::new())
        .clock(clock.clone())
}

impl Bench {
    async fn new(connection: Connection) -> Self {
        let shop = shop_api().await;
        let clock = ManualClock::new();
        let guard = Guard::build(builder(&shop, &clock, connection)).unwrap();
        Self { shop, clock, guard }
    }

    async fn place(&self) -> secure_tool::Outcome {
        let agent = Agent::new("bot").grant::<Shop>(["orders:write"]);
        let session = self.guard.session(agent).unwrap();
        session.call("place_order", r#"{"product":"kettle"}"#).await
    }
}

#[tokio::test]
async fn custom_signer_signs_each_request_and_each_retry() {
    let bench = Bench::new(Connection::new().signer(Timestamped::new())).await;
    let clock = bench.clock.clone();
    bench.shop.respond_with(move |request: &hostile::Request| {
        let is_first = request.header("x-shop-signature")
            == Some(&*field(seconds(&clock), r#"{"product":"kettle"}"#))
            && clock.wall() == ManualClock::new().wall();
        // Between the tries a second passes.
        clock.advance(Duration::from_secs(1));
        if is_first { Response::new(503, "", "") } else { Response::json(r#"{"total":3}"#) }
    });
    assert!(bench.place().await.answer().is_some());
    let requests = bench.shop.requests();
    let start = seconds(&ManualClock::new());
    let signatures: Vec<_> =
        requests.iter().map(|request| request.header("x-shop-signature").unwrap()).collect();
    let body = r#"{"product":"kettle"}"#;
    assert_eq!(signatures, [field(start, body), field(start + 1, body)]);
    let posture = bench.guard.posture().to_string();
    assert!(posture.contains("requests are signed by timestamped v1"), "{posture}");
}

#[tokio::test]
async fn undeclared_missing_and_unsound_fields_of_a_signer_are_not_sent() {
    let outcomes: [Script; 5] = [
        Vec::new,
        || vec![("authorization", "Bearer x".into())],
        || vec![("x-shop-signature", "1".into()), ("host", "evil.example".into())],
        || vec![("x-shop-signature", "1\r\nhost: evil.example".into())],
        || panic!("a signer that panics"),
    ];
    for returns in outcomes {
        let signer = Timestamped { returns: Some(returns), ..Timestamped::new() };
        let bench = Bench::new(Connection::new().signer(signer)).await;
        assert_eq!(rule(&bench.place().await), Some(Rule::Unsendable));
        assert_eq!(bench.shop.requests().len(), 0);
    }
}

#[tokio::test]
async fn a_signer_cannot_declare_headers_of_others() {
    let shop = shop_api().await;
    let build = |header| {
        let signer = Timestamped { header, ..Timestamped::new() };
        let connection = Connection::new().signer(signer);
        Guard::build(builder(&shop, &ManualClock::new(), connection)).map(drop)
    };
    for taken in [
        "x-api-key",       // the credential
        "X-API-Version",   // of the API
        "x-reason",        // an argument
        "idempotency-key", // of the tool
        "content-length",  // of the transport
        "host",
        "no name",
    ] {
        assert!(build(taken).is_err(), "{taken}");
    }
    assert!(build("x-shop-signature").is_ok());
    assert!(build("authorization").is_ok(), "the credential is sent elsewhere");
}

#[tokio::test]
async fn a_declared_and_a_custom_scheme_exclude_each_other() {
    let shop = shop_api().await;
    for connection in [
        Connection::new().signer(Timestamped::new()),
        Connection::new().verifier(Timestamped::new()),
    ] {
        let built = builder(&shop, &ManualClock::new(), Connection::new())
            .tool(secure_tool::Tool::of::<PlaceThere>())
            .connection::<Declared>(connection)
            .build();
        let error = built.map(drop).unwrap_err().to_string();
        assert!(error.contains("`Declared`") && error.contains("take one out"), "{error}");
    }
}

#[tokio::test]
async fn the_credential_of_an_api_is_not_a_signing_key() {
    let shop = shop_api().await;
    let secret = SecretString::from("shop-canary-credential-77aa01");
    let signer = Timestamped { secret, ..Timestamped::new() };
    let connection = Connection::new().signer(signer);
    let error = Guard::build(builder(&shop, &ManualClock::new(), connection)).map(drop);
    let error = error.unwrap_err().to_string();
    assert!(error.contains("credential") && !error.contains("canary"), "{error}");
}

#[tokio::test]
async fn custom_verifier_accepts_signed_responses_only() {
    let bench = Bench::new(Connection::new().verifier(Timestamped::new())).await;
    let body = r#"{"total":3}"#;
    let now = seconds(&bench.clock);
    let signed = |field: String| Response::json(body).header("x-shop-signature", field);
    bench.shop.respond(signed(field(now, body)));
    assert!(bench.place().await.answer().is_some());
    for (what, response) in [
        ("a copy", signed(field(now, body))),
        ("no signature", Response::json(body)),
        ("another body", signed(field(now, r#"{"total":4}"#))),
        ("two", signed(field(now + 1, body)).header("x-shop-signature", field(now + 1, body))),
        ("too old", signed(field(now - 400, body))),
        ("of the future", signed(field(now + 60, body))),
        ("malformed", signed("t=1".into())),
    ] {
        bench.shop.respond(response);
        assert_eq!(rule(&bench.place().await), Some(Rule::EffectUnknown), "{what}");
    }
    let posture = bench.guard.posture().to_string();
    assert!(posture.contains("responses are verified by timestamped v1"), "{posture}");
}

#[test]
fn custom_verifier_accepts_each_webhook_once() {
    let clock = ManualClock::new();
    let receiver = Receiver::new(Timestamped::new()).clock(clock.clone()).max_body(64);
    let (now, body) = (seconds(&clock), r#"{"order":7}"#);
    let take = |fields: &[String], body: &str| {
        let request = Request::new("POST", "https://hooks.corp.example/shop")
            .fields(fields.iter().map(|value| ("X-Shop-Signature", value.as_bytes())))
            .body(body.as_bytes());
        receiver.request(&request).map(secure_tool::signing::Verified::into_body)
    };
    assert_eq!(take(&[field(now, body)], body), Ok(body.as_bytes().to_vec()));
    for (fields, body, why) in [
        (vec![field(now, body)], body, Unverified::Replayed),
        (vec![], body, Unverified::Absent),
        (vec![field(now, body)], r#"{"order":8}"#, Unverified::Wrong),
        (vec![field(now, body), field(now, body)], body, Unverified::Malformed),
        (vec![field(now - 331, body)], body, Unverified::TooOld),
        (vec![field(now + 31, body)], body, Unverified::TooNew),
        (vec![format!("t={now},v1=zz")], body, Unverified::Malformed),
        (vec![field(now, &"x".repeat(65))], &"x".repeat(65), Unverified::TooLarge),
    ] {
        assert_eq!(take(&fields, body), Err(why));
    }
    clock.advance(Duration::from_secs(1));
    assert!(take(&[field(now + 1, body)], body).is_ok(), "another second is another message");
}
