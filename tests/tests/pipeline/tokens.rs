//! Tokens: references to values that the model does not see, and where they are resolved.

use secure_tool::keys::EmbeddedKeys;
use secure_tool::prelude::*;
use secure_tool::value::{Email, Empty};
use secure_tool::{Clearance, Context, Handler, HandlerError, Question, Rule};
use secure_tool_testkit::hostile::{HostileApi, Response};
use serde_json::{Value, json};
use tests::{Guard, Mail, RecordingApprover, Records, Session, Shop, mail_api, rule, shop_api};

/// Lists suppliers.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/suppliers", scopes("products:read"), response = Suppliers)]
struct ListSuppliers {}

/// All suppliers.
#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
struct Suppliers {
    items: Vec<Supplier>,
}

/// A supplier.
#[derive(Serialize, Deserialize, JsonSchema, SecureValue)]
struct Supplier {
    #[secure(pii, tokenize)]
    email: Email,
    #[secure(pii, trusted, written_by = provider, tokenize)]
    account: Option<Email>,
    #[secure(internal, tokenize)]
    #[serde(default)]
    notes: Vec<String>,
    #[secure(tokenize)]
    #[serde(default)]
    number: Option<u64>,
}

/// Writes to suppliers, by tokens or by addresses that the user typed.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Shop,
    post = "/letters",
    effect = write,
    confirm = when_ungrounded,
    scopes("orders:write"),
    rate_limit(60 / minute),
    response = Empty
)]
struct WriteLetter {
    #[secure(from = trusted, token = "Supplier.email")]
    to: Email,
    #[serde(default)]
    #[validate(length(max = 5), nested)]
    copies: Vec<Copy>,
    #[serde(default)]
    #[secure(token = "Supplier.notes", pattern = "[^\n]{0,600}")]
    #[validate(length(max = 5))]
    notes: Vec<String>,
    #[serde(default)]
    #[secure(token = "Supplier.number")]
    #[validate(range(min = 0, max = 9_007_199_254_740_993_u64))]
    number: Option<u64>,
}

/// A recipient of a copy.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Validate, SecureValue)]
struct Copy {
    #[secure(from = trusted, token = "Supplier.account")]
    account: Email,
}

/// Writes to an account, by a token of its own API.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Mail, post = "/messages", effect = write, confirm = when_ungrounded, scopes("mail:send"), rate_limit(60 / minute), response = Empty)]
struct WriteMail {
    #[secure(from = trusted, token = "Supplier.account")]
    to: Email,
}

/// Writes to a supplier, by a token of the shop.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Mail, post = "/messages", effect = write, confirm = when_ungrounded, scopes("mail:send"), rate_limit(60 / minute), response = Empty)]
struct MailSupplier {
    #[secure(pii, from = trusted, token = "Shop::Supplier.account")]
    to: Email,
}

/// Lists suppliers with the help of two APIs.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(handler, apis(Shop, Mail), effect = read, scopes("products:read", "mail:read"), response = Suppliers)]
struct Gather {}

impl Handler for Gather {
    async fn call(self, cx: Context<'_>) -> Result<Suppliers, HandlerError> {
        cx.api::<Shop>()?.get(&["suppliers"]).json().await
    }
}

struct Bench {
    shop: HostileApi,
    mail: HostileApi,
    guard: Guard,
    audit: Records,
    approver: RecordingApprover,
}

impl Bench {
    async fn new() -> Self {
        let shop = shop_api().await;
        let mail = mail_api().await;
        let (audit, approver) = (Records::new(), RecordingApprover::default());
        let builder = tests::builder(&[&shop, &mail])
            .audit(audit.clone())
            .approver(approver.clone())
            .questions(50);
        let tools = [
            secure_tool::Tool::of::<ListSuppliers>(),
            secure_tool::Tool::of::<WriteLetter>(),
            secure_tool::Tool::of::<WriteMail>(),
            secure_tool::Tool::of::<MailSupplier>(),
            secure_tool::Tool::of::<Gather>(),
        ];
        let guard =
            Guard::build(tools.into_iter().fold(builder, secure_tool::guard::Builder::tool))
                .expect("a sound guard");
        Self { shop, mail, guard, audit, approver }
    }

    fn session(&self) -> Session {
        self.guard.session(tests::agent().clearance(Clearance::Internal)).expect("declared scopes")
    }

    /// Returns a supplier as the model sees it.
    async fn supplier(&self, session: &Session, tool: &str, supplier: Value) -> Value {
        self.shop.respond(Response::json(json!({ "items": [supplier] }).to_string()));
        let outcome = session.call(tool, "{}").await;
        let seen = outcome.structured().expect("an answer")["items"][0].take();
        self.shop.respond(Response::json("null"));
        seen
    }

    /// Returns the tokens of a supplier's address and account.
    async fn tokens(&self, session: &Session) -> (String, String) {
        let seen = self
            .supplier(session, "list_suppliers", json!({ "email": ANN, "account": ACCOUNT }))
            .await;
        (text(&seen["email"]), text(&seen["account"]))
    }

    fn sent(&self) -> Vec<Value> {
        self.shop
            .requests()
            .iter()
            .filter(|request| request.method() == "POST")
            .map(|request| serde_json::from_slice(request.body()).expect("JSON"))
            .collect()
    }
}

const ANN: &str = "ann@supplier.example";
const ACCOUNT: &str = "payments@supplier.example";

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

#[tokio::test]
async fn a_token_carries_a_value_that_the_model_does_not_see() {
    let bench = Bench::new().await;
    let session = bench.session();
    let supplier = json!({ "email": ANN, "account": ACCOUNT, "notes": ["pays late", "äöü ☕"], "number": 9_007_199_254_740_993_u64 });
    let seen = bench.supplier(&session, "list_suppliers", supplier.clone()).await;
    assert!(session.call("list_suppliers", "{}").await.refusal().is_some(), "null is no list");
    for token in [&seen["email"], &seen["account"], &seen["notes"][0], &seen["number"]] {
        assert!(
            token.as_str().is_some_and(|token| token.starts_with("tok_") && token.len() < 120),
            "{seen}"
        );
    }
    let arguments = json!({ "to": seen["email"], "copies": [{ "account": seen["account"] }], "notes": seen["notes"], "number": seen["number"] });
    assert!(session.call("write_letter", &arguments.to_string()).await.answer().is_some());
    assert_eq!(
        bench.sent(),
        [
            json!({ "to": ANN, "copies": [{ "account": ACCOUNT }], "notes": supplier["notes"], "number": supplier["number"] })
        ]
    );
    let records = bench.audit.lines().concat();
    for canary in [ANN, ACCOUNT, "pays late", "9007199254740993"] {
        assert!(!seen.to_string().contains(canary) && !records.contains(canary), "{canary}");
    }
    assert!(records.contains(r#""redactions":{"tokenize":5}"#), "{records}");
    assert!(!records.contains("tok_"));
    let untrusted = session.taint().read_untrusted;
    assert!(!untrusted, "a token carries no instruction");
    let answer = format!("I wrote to {}.", text(&seen["email"]));
    assert_eq!(session.release(&answer), answer, "a token stays what it is");
}

#[tokio::test]
async fn a_token_is_resolved_for_another_api_only_if_declared() {
    let bench = Bench::new().await;
    let session = bench.session();
    bench.mail.respond(Response::json("null"));
    let (email, account) = bench.tokens(&session).await;
    for (tool, token) in [("write_mail", &account), ("mail_supplier", &email)] {
        let outcome = session.call(tool, &json!({ "to": token }).to_string()).await;
        assert_eq!(rule(&outcome), Some(Rule::UnknownToken), "{tool}");
    }
    assert!(bench.mail.requests().is_empty());
    assert!(
        session
            .call("mail_supplier", &json!({ "to": account }).to_string())
            .await
            .answer()
            .is_some()
    );
    let sent: Vec<Value> = bench
        .mail
        .requests()
        .iter()
        .map(|request| serde_json::from_slice(request.body()).expect("JSON"))
        .collect();
    assert_eq!(sent, [json!({ "to": ACCOUNT })]);
    assert!(bench.approver.questions().is_empty(), "a trusted field's token is a source");
}

#[tokio::test]
async fn a_wrong_token_is_rejected_by_its_pointer_only() {
    let bench = Bench::new().await;
    let (session, other) = (bench.session(), bench.session());
    let (email, account) = bench.tokens(&session).await;
    let (elsewhere, _) = bench.tokens(&other).await;
    let gathered = text(
        &bench.supplier(&session, "gather", json!({ "email": ANN, "account": null })).await["email"],
    );
    let mut altered = email.clone().into_bytes();
    altered[20] = if altered[20] == b'A' { b'B' } else { b'A' };
    let altered = String::from_utf8(altered).expect("ASCII");
    let cut = email[..email.len() - 1].to_owned();
    let mut refusals = Vec::new();
    for token in [
        account.as_str(),
        &elsewhere,
        &gathered,
        &altered,
        &cut,
        "tok_",
        "tok_AAAA",
        "tok_ATTACKER",
    ] {
        let outcome = session
            .call(
                "write_letter",
                &json!({ "to": token, "copies": [{ "account": token.replace(&account, &email) }] })
                    .to_string(),
            )
            .await;
        assert_eq!(rule(&outcome), Some(Rule::UnknownToken), "{token}");
        refusals.push(outcome.for_model());
    }
    refusals.dedup();
    assert_eq!(refusals.len(), 1, "one text, whatever is wrong: {refusals:?}");
    assert!(
        refusals[0].ends_with("\n- /to: unknown_token\n- /copies/0/account: unknown_token"),
        "{refusals:?}"
    );
    assert!(!bench.audit.lines().concat().contains("ATTACKER"));
    let outcome = session.call("write_mail", &json!({ "to": account }).to_string()).await;
    assert_eq!(rule(&outcome), Some(Rule::UnknownToken), "the token of one API is none to another");
    assert!(bench.sent().is_empty() && bench.mail.connections() == 0);
    assert!(
        session
            .call(
                "write_letter",
                &json!({ "to": email, "copies": [{ "account": account }] }).to_string()
            )
            .await
            .answer()
            .is_some()
    );
}

#[tokio::test]
async fn a_token_has_the_provenance_of_its_field() {
    let bench = Bench::new().await;
    let session = bench.session();
    let (email, account) = bench.tokens(&session).await;
    let call = async |to: &str, account: &str| {
        session
            .call(
                "write_letter",
                &json!({ "to": to, "copies": [{ "account": account }] }).to_string(),
            )
            .await
    };
    // Anyone could have written the address: a person is asked, and sees the value.
    assert!(call(&email, &account).await.answer().is_some());
    let asked: Vec<Question> = bench.approver.questions();
    let [question] = asked.as_slice() else { panic!("one question: {asked:?}") };
    let shown = question.to_string();
    assert!(shown.contains(ANN) && shown.contains(ACCOUNT) && !shown.contains("tok_"), "{shown}");
    assert!(
        question.why.iter().any(|why| why.contains("`/to`"))
            && !shown.contains("`/copies/0/account`"),
        "{shown}"
    );
    // A value that the user typed is from the user. A value of a trusted field needs no approval.
    // A token is not a source for its bare value, which the model cannot know.
    session.user_said(&format!("Write to {ANN}, please."));
    assert!(call(&email, &account).await.answer().is_some());
    assert_eq!(bench.approver.questions().len(), 1, "both have a source");
    assert!(call(&email, ACCOUNT).await.answer().is_some());
    assert_eq!(
        bench.approver.questions().len(),
        2,
        "a guess of the value is nothing that the session gave"
    );
}

#[tokio::test]
async fn values_that_no_argument_accepts_are_masked_not_tokenized() {
    let bench = Bench::new().await;
    let session = bench.session();
    let long = "x".repeat(513);
    let notes = [long.as_str(), "to\u{202e}nna", tests::SHOP_KEY, &"x".repeat(512)];
    let seen = bench
        .supplier(
            &session,
            "list_suppliers",
            json!({ "email": ANN, "account": null, "notes": notes }),
        )
        .await;
    for (at, note) in notes.iter().enumerate().take(3) {
        assert_eq!(seen["notes"][at], "*".repeat(note.chars().count()), "{at}");
    }
    assert!(text(&seen["notes"][3]).starts_with("tok_"));
    assert!(bench.audit.lines().concat().contains(r#""redactions":{"mask":3,"tokenize":2}"#));
    let arguments = json!({ "to": seen["email"], "notes": [seen["notes"][3]] });
    assert!(session.call("write_letter", &arguments.to_string()).await.answer().is_some());
    assert_eq!(bench.sent()[0]["notes"], json!(["x".repeat(512)]));
}

#[tokio::test]
async fn a_value_from_a_token_is_validated_as_its_argument() {
    let bench = Bench::new().await;
    let session = bench.session();
    let seen = bench
        .supplier(
            &session,
            "list_suppliers",
            json!({ "email": ANN, "account": null, "number": 9_007_199_254_740_994_u64 }),
        )
        .await;
    let outcome = session
        .call("write_letter", &json!({ "to": seen["email"], "number": seen["number"] }).to_string())
        .await;
    assert_eq!(rule(&outcome), Some(Rule::Schema));
    assert!(
        outcome.for_model().contains("/number: ") && !outcome.for_model().contains("9007"),
        "{}",
        outcome.for_model()
    );
    assert!(bench.sent().is_empty());
}

#[tokio::test]
async fn tokens_survive_four_key_rotations() {
    let bench = Bench::new().await;
    let session = bench.session();
    let (email, account) = bench.tokens(&session).await;
    let arguments = json!({ "to": email, "copies": [{ "account": account }] }).to_string();
    for turn in 0..6 {
        let expected = (turn > 4).then_some(Rule::UnknownToken);
        assert_eq!(
            rule(&session.call("write_letter", &arguments).await),
            expected,
            "after {turn} rotations"
        );
        bench.guard.rotate_keys(&EmbeddedKeys::random().expect("random")).expect("sound keys");
    }
}

#[tokio::test]
async fn the_schema_states_where_a_token_is_accepted() {
    let bench = Bench::new().await;
    let session = bench.session();
    let tools = session.tools();
    let letter = tools.iter().find(|tool| tool.name == "write_letter").expect("granted").schema;
    let token = |pointer: &str| {
        letter.pointer(pointer).and_then(|schema| schema["anyOf"][0]["pattern"].as_str())
            == Some("^tok_[A-Za-z0-9_-]+$")
    };
    for pointer in [
        "/properties/to",
        "/properties/notes/items",
        "/properties/number",
        "/$defs/Copy/properties/account",
    ] {
        assert!(token(pointer), "{pointer} in {letter}");
    }
}
