//! Attacks tools as applications write them. The testkit must also detect each tool that lacks a
//! protection.
#![expect(missing_docs, reason = "the items are those of an application")]

use std::collections::BTreeMap;

use secure_tool::Tool;
use secure_tool::prelude::*;
use secure_tool::spec::Protection;
use secure_tool::value::{Date, Email, Iban, WebUrl};
use secure_tool_testkit::{Attack, Class, Report, Verdict, attack};
use tests::{
    CountStock, GetProduct, ListOrders, OrderId, ReadInbox, Refund, SearchProducts, SendMail, Shop,
    Sku, Tag,
};

/// Places an order.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Shop,
    post = "/customers/{customer}/orders",
    effect = write,
    confirm = always,
    scopes("orders:write"),
    rate_limit(20 / minute),
    response = Receipt
)]
pub struct PlaceOrder {
    #[secure(from = prompt)]
    #[validate(length(min = 1, max = 40))]
    customer: String,
    #[validate(length(min = 1, max = 10), nested)]
    lines: Vec<Line>,
    delivery: Delivery,
    #[serde(default)]
    #[secure(query)]
    dry_run: Option<bool>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Validate, SecureValue)]
pub struct Line {
    sku: Sku,
    #[validate(range(min = 1, max = 99))]
    count: u16,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum Delivery {
    Pickup {
        #[secure(from = prompt)]
        on: Date,
    },
    Parcel {
        #[validate(length(max = 80))]
        note: Option<String>,
    },
}

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Receipt {
    #[secure(handle)]
    first: Sku,
    #[secure(trusted, written_by = provider)]
    contact: Email,
    state: State,
    #[secure(pii, mask(keep_last = 4))]
    iban: Iban,
    #[secure(pii, hash)]
    phone: String,
    #[secure(drop)]
    margin: f64,
    lines: Vec<ReceiptLine>,
    remarks: BTreeMap<String, String>,
    total: u32,
}

#[derive(Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct ReceiptLine {
    #[secure(internal)]
    title: String,
    #[serde(default)]
    gift: Option<Gift>,
    #[secure(drop)]
    #[serde(default)]
    supplier: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Gift {
    message: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub enum State {
    Open,
    Waiting { reason: String },
}

#[tokio::test]
async fn search_products_withstands_attacks() {
    attack::<SearchProducts>().await.assert();
}

#[tokio::test]
async fn send_mail_withstands_attacks() {
    attack::<SendMail>().await.assert();
}

#[tokio::test]
async fn place_order_withstands_attacks() {
    attack::<PlaceOrder>().await.assert();
}

#[tokio::test]
async fn tools_of_other_forms_withstand_attacks() {
    // These cover a free document with a handle in the path, a list, a numeric handle with a capped
    // amount, and values that are trusted if the principal wrote them.
    for tool in [
        Tool::of::<GetProduct>(),
        Tool::of::<ListOrders>(),
        Tool::of::<Refund>(),
        Tool::of::<ReadInbox>(),
    ] {
        Attack::of_tool(tool).run().await.assert();
    }
}

/// Reads tickets, with a reaction to each finding.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Shop,
    get = "/tickets",
    scopes("products:read"),
    on_injection = quarantine,
    spotlighting = datamarking,
    response = Vec<Ticket>
)]
pub struct ReadTickets {}

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Ticket {
    #[secure(on_injection = redact)]
    body: String,
    #[secure(on_injection = refuse, spotlighting = base64)]
    comments: Vec<String>,
    #[secure(spotlighting = markers)]
    labels: BTreeMap<String, String>,
    #[secure(on_injection = mark)]
    note: Option<String>,
    subject: String,
    subtitle: String,
}

/// Reads a page in base64.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/page", scopes("products:read"), on_injection = redact, spotlighting = base64, response = Gift)]
pub struct ReadCoded {}

#[tokio::test]
async fn tools_with_spotlighting_and_on_injection_withstand_attacks() {
    for tool in [Tool::of::<ReadTickets>(), Tool::of::<ReadCoded>()] {
        let report = Attack::of_tool(tool).run().await;
        report.assert();
        for class in
            [Class::Injection, Class::DelimiterForgery, Class::HiddenCharacters, Class::SecretLeak]
        {
            assert_eq!(verdict(&report, class), &Verdict::Withstood, "{report}");
        }
    }
}

/// Finds a partner by the token of another one.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/partners", scopes("products:read"), select = "fields", response = Partner)]
pub struct FindPartner {
    #[secure(token = "Partner.email")]
    like: Email,
    #[serde(default)]
    #[secure(token = "Partner.codes", pattern = "[a-z0-9]{6,20}")]
    #[validate(length(max = 3))]
    codes: Vec<String>,
}

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Partner {
    #[secure(pii, tokenize)]
    email: Email,
    #[secure(pii, tokenize)]
    codes: Vec<String>,
    #[secure(pii, trusted, written_by = provider, tokenize)]
    account: Option<Iban>,
    #[secure(pii, generalize(year))]
    since: Date,
    #[secure(internal, generalize(step = 1_000))]
    turnover: u64,
    #[secure(pii, generalize(prefix = 2))]
    postcode: String,
    #[secure(pii, mask(keep_last = 2))]
    phones: BTreeMap<String, String>,
    #[secure(keys(hash))]
    remarks: BTreeMap<String, String>,
    #[secure(max = 2)]
    tags: Vec<String>,
    #[secure(max = 40)]
    about: String,
}

#[tokio::test]
async fn tools_with_every_redaction_withstand_attacks() {
    let report = attack::<FindPartner>().await;
    report.assert();
    assert_eq!(verdict(&report, Class::SecretLeak), &Verdict::Withstood, "{report}");
    removal_is_detected(Tool::of::<FindPartner>(), Protection::Redaction, Class::SecretLeak).await;
}

/// Previews pages in the shop.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, post = "/previews", effect = read(reason = "it only reads"), scopes("products:read"), response = Receipt)]
pub struct Preview {
    #[secure(domains("shop.example", "partner.example"))]
    page: WebUrl,
    #[serde(default)]
    #[secure(query, domains("shop.example"), from = prompt)]
    #[validate(length(max = 3))]
    others: Vec<WebUrl>,
}

#[tokio::test]
async fn tool_with_url_arguments_withstands_attacks() {
    attack::<Preview>().await.assert();
}

/// Reads a page.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(handler, apis(Shop), effect = read, scopes("products:read"), response = Gift)]
pub struct ReadPage {
    #[secure(domains("shop.example"))]
    page: WebUrl,
}

impl secure_tool::Handler for ReadPage {
    async fn call(self, cx: secure_tool::Context<'_>) -> Result<Gift, secure_tool::HandlerError> {
        Ok(Gift { message: cx.fetch(&self.page).text().await? })
    }
}

#[tokio::test]
async fn handler_that_fetches_withstands_attacks() {
    let report = attack::<ReadPage>().await;
    report.assert();
    assert_eq!(verdict(&report, Class::Ssrf), &Verdict::Withstood, "{report}");
}

/// A ledger with its token endpoint on another host.
#[derive(SecureApi)]
#[secure(
    url = "https://ledger.example/v1",
    scopes("entries:read"),
    auth(oauth2(token_url = "https://auth.ledger.example/token", client_id = "LEDGER_ID", client_secret = "LEDGER_SECRET")),
    receives(public),
    rate_limit(600 / minute)
)]
pub struct Ledger;

/// A ledger with its token endpoint on the same host.
#[derive(SecureApi)]
#[secure(
    url = "https://ledger.example/v1",
    scopes("entries:read"),
    auth(oauth2(token_url = "https://ledger.example/oauth/token", client_id = "LEDGER_ID", client_secret = "LEDGER_SECRET")),
    receives(public),
    rate_limit(600 / minute)
)]
pub struct OneHostLedger;

/// Finds an entry.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Ledger, get = "/entries", scopes("entries:read"), response = Gift)]
pub struct FindEntry {
    #[validate(length(min = 1, max = 80))]
    term: String,
}

/// Finds an entry in the other ledger.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = OneHostLedger, get = "/entries", scopes("entries:read"), response = Gift)]
pub struct FindEntryThere {
    #[validate(length(min = 1, max = 80))]
    term: String,
}

#[tokio::test]
async fn tools_with_oauth_tokens_withstand_attacks() {
    for tool in [Tool::of::<FindEntry>(), Tool::of::<FindEntryThere>()] {
        let report = Attack::of_tool(tool).run().await;
        report.assert();
        assert_eq!(verdict(&report, Class::SecretLeak), &Verdict::Withstood, "{report}");
    }
}

/// Has arguments and response fields of each type.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Shop,
    put = "/things/{id}/x-{kind}.json",
    effect = write,
    confirm = when_ungrounded,
    scopes("orders:write", "orders:read"),
    rate_limit(20 / minute),
    response = Thing
)]
#[serde(rename_all = "camelCase")]
pub struct Everything {
    id: OrderId,
    kind: Tag,
    #[secure(query)]
    #[validate(length(max = 5))]
    #[serde(default)]
    filter_tags: Option<Vec<Tag>>,
    #[secure(query)]
    #[validate(range(min = -1.5, max = 2.5))]
    weight: f32,
    #[secure(header = "x-count")]
    #[validate(range(min = 1, max = 9))]
    count: Option<u64>,
    #[validate(length(max = 4))]
    skus: Vec<Sku>,
    #[secure(from = prompt, pattern = ".*@corp\\.example")]
    owner: Email,
    #[secure(from = trusted)]
    account: Option<Iban>,
    #[secure(from = prompt)]
    #[validate(range(min = -5, max = 1_000_000))]
    number: i64,
    #[secure(from = prompt)]
    when: Option<Date>,
    #[secure(from = prompt)]
    tag: Tag,
    #[validate(length(max = 60), url)]
    #[serde(rename = "the-link")]
    link: Option<String>,
    #[validate(length(max = 3))]
    extras: BTreeMap<String, Extra>,
    shape: Form,
    flag: bool,
    #[validate(length(min = 200, max = 300))]
    long: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Validate, SecureValue)]
pub struct Extra {
    #[validate(length(max = 10))]
    a: String,
    #[validate(length(max = 2), nested)]
    #[serde(default)]
    b: Vec<Deep>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Validate, SecureValue)]
pub struct Deep {
    #[validate(range(min = 1, max = 3))]
    n: u8,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
#[serde(tag = "t", content = "c")]
pub enum Form {
    Point {
        #[validate(range(min = 0, max = 9))]
        x: u8,
    },
    Text(Extra),
    None,
}

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Thing {
    tree: Tree,
    #[serde(default)]
    maybe: Option<Vec<String>>,
    grid: Vec<Vec<String>>,
    by_name: BTreeMap<String, Tree>,
    #[secure(pii, mask(keep_first = 1))]
    codes: Vec<String>,
    #[secure(pii, hash)]
    number: u64,
    #[secure(trusted, written_by = provider)]
    due: Date,
    #[secure(handle)]
    others: Vec<OrderId>,
    #[secure(handle)]
    parent: Option<Sku>,
    shape: Look,
    tags: Vec<Tag>,
    ratio: f32,
    small: i8,
    ok: bool,
    #[serde(rename = "a.b-c")]
    odd: Option<String>,
    link: Link,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
#[serde(transparent)]
#[secure(pattern = "https://[a-z.]{1,40}")]
pub struct Link(String);

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Tree {
    name: String,
    #[secure(recursive)]
    children: Vec<Tree>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
#[serde(tag = "t", content = "c", rename_all = "kebab-case")]
pub enum Look {
    LongName { text: String },
    Just(String),
    Nothing,
}

#[tokio::test]
async fn arguments_and_responses_of_each_type_can_be_attacked() {
    // The two excluded classes use the same payloads for each text, whatever its type.
    let classes = Class::ALL
        .into_iter()
        .filter(|class| !matches!(class, Class::HiddenCharacters | Class::DelimiterForgery));
    Attack::of::<Everything>().only(classes).run().await.assert();
}

#[tokio::test]
async fn handler_is_attacked_by_applicable_classes_only() {
    let report = attack::<CountStock>().await;
    report.assert();
    for class in [Class::SizeAndShape, Class::Authority, Class::Quota] {
        assert_eq!(verdict(&report, class), &Verdict::Withstood, "{report}");
    }
    assert!(matches!(verdict(&report, Class::UrlStructure), Verdict::NotApplicable(_)), "{report}");
    assert!(
        matches!(verdict(&report, Class::DelimiterForgery), Verdict::NotApplicable(_)),
        "{report}"
    );
}

#[tokio::test]
async fn report_gives_the_reason_for_each_class_that_does_not_apply() {
    let report = Attack::of::<SearchProducts>()
        .only([Class::Flow, Class::Confirmation, Class::Quota])
        .run()
        .await;
    assert_eq!(
        verdict(&report, Class::Flow),
        &Verdict::NotApplicable("no argument requires a trusted source".into())
    );
    assert_eq!(
        verdict(&report, Class::Confirmation),
        &Verdict::NotApplicable("the tool never requires approval".into())
    );
    assert_eq!(verdict(&report, Class::Quota), &Verdict::Withstood);
    assert!(report.class(Class::UrlStructure).is_none(), "the class was not selected");
}

#[tokio::test]
async fn same_seed_generates_the_same_attacks() {
    let twin = Tool::of::<SearchProducts>().dangerously_without(Protection::Marking);
    let run = |seed| {
        Attack::of_tool(twin).accept_unprotected().seed(seed).only([Class::DelimiterForgery]).run()
    };
    let (first, again, other) = (run(7).await, run(7).await, run(8).await);
    assert_eq!(first.to_string(), again.to_string());
    assert_ne!(first.to_string(), other.to_string());
    assert!(first.to_string().contains("SECURE_TOOL_SEED=7"), "{first}");
}

#[tokio::test]
async fn successful_attack_is_minimized() {
    let twin = Tool::of::<SearchProducts>().dangerously_without(Protection::Encoding);
    let report = Attack::of_tool(twin).accept_unprotected().only([Class::UrlStructure]).run().await;
    let failure = report
        .failures()
        .into_iter()
        .find(|failure| failure.field == "/term")
        .expect("free text in the query");
    let smallest =
        failure.smallest.strip_prefix("arguments ").expect("the attack varies the arguments");
    let smallest: serde_json::Value = serde_json::from_str(smallest).expect("JSON");
    assert!(smallest["category"].as_str().is_some_and(|category| category.len() == 1), "{failure}");
    assert!(
        smallest["term"].as_str().is_some_and(|term| term.contains("&role=admin")),
        "{failure}"
    );
    assert_eq!((smallest["limit"].as_u64(), smallest.get("tags")), (Some(1), None), "{failure}");
    assert!(failure.seen.contains("role"), "{failure}");
}

#[tokio::test]
async fn tool_without_a_protection_is_rejected_by_default() {
    let report =
        Attack::of_tool(Tool::of::<SearchProducts>().dangerously_without(Protection::Schema))
            .run()
            .await;
    assert!(
        !report.is_sound() && report.classes().is_empty() && report.problems().len() == 1,
        "{report}"
    );
}

/// Rejects each argument.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/nothing", scopes("products:read"), response = Receipt)]
pub struct NeverSatisfied {
    #[validate(length(max = 10), custom(function = "never"))]
    term: String,
}

fn never(_: &str) -> Result<(), validator::ValidationError> {
    Err(validator::ValidationError::new("never"))
}

#[tokio::test]
async fn refused_honest_call_is_a_failure() {
    let report = attack::<NeverSatisfied>().await;
    assert!(!report.is_sound() && report.classes().is_empty(), "{report}");
    assert!(
        report
            .problems()
            .iter()
            .any(|problem| problem
                .contains("an honest call was refused: validate.schema /term: never")),
        "{report}"
    );
}

#[tokio::test]
async fn each_removed_request_protection_is_detected() {
    let (search, mail, order) =
        (Tool::of::<SearchProducts>(), Tool::of::<SendMail>(), Tool::of::<PlaceOrder>());
    for (tool, protection, class) in [
        (search, Protection::Admission, Class::Authority),
        (search, Protection::ArgumentLimits, Class::SizeAndShape),
        (search, Protection::ArgumentLimits, Class::MassAssignment),
        (mail, Protection::Schema, Class::MassAssignment),
        (mail, Protection::Schema, Class::TypeConfusion),
        (Tool::of::<Preview>(), Protection::Domains, Class::Ssrf),
        (Tool::of::<Preview>(), Protection::Schema, Class::Ssrf),
        (Tool::of::<ReadPage>(), Protection::Domains, Class::Ssrf),
        (mail, Protection::Grounding, Class::Flow),
        (order, Protection::Grounding, Class::Flow),
        (search, Protection::Quota, Class::Quota),
        (order, Protection::Confirmation, Class::Confirmation),
        (search, Protection::Encoding, Class::UrlStructure),
        (order, Protection::Encoding, Class::UrlStructure),
    ] {
        removal_is_detected(tool, protection, class).await;
    }
}

#[tokio::test]
async fn each_removed_response_protection_is_detected() {
    let (search, order) = (Tool::of::<SearchProducts>(), Tool::of::<PlaceOrder>());
    for (tool, protection, class) in [
        (search, Protection::BodyCap, Class::Oversize),
        (search, Protection::Status, Class::ErrorPath),
        (search, Protection::Shape, Class::SchemaDrift),
        (search, Protection::Shape, Class::SecretLeak),
        (order, Protection::Redaction, Class::SecretLeak),
        (search, Protection::Scrubbing, Class::SecretLeak),
        (search, Protection::Cleaning, Class::HiddenCharacters),
        (search, Protection::Cleaning, Class::DelimiterForgery),
        (search, Protection::Marking, Class::DelimiterForgery),
        (Tool::of::<ReadTickets>(), Protection::Detection, Class::Injection),
        (Tool::of::<ReadCoded>(), Protection::Detection, Class::Injection),
        (Tool::of::<ReadTickets>(), Protection::Marking, Class::DelimiterForgery),
        (Tool::of::<ReadCoded>(), Protection::Marking, Class::DelimiterForgery),
    ] {
        removal_is_detected(tool, protection, class).await;
    }
}

/// Attacks the twin as if it were the tool, and expects that the class detects the missing
/// protection.
async fn removal_is_detected(tool: Tool, protection: Protection, class: Class) {
    let report = Attack::of_tool(tool.dangerously_without(protection))
        .accept_unprotected()
        .only([class])
        .run()
        .await;
    assert_eq!(verdict(&report, class), &Verdict::Broken, "without {protection:?}: {report}");
    assert!(
        !report.is_sound() && report.failures().iter().all(|failure| failure.class == class),
        "without {protection:?}: {report}"
    );
    assert!(report.to_string().contains("BROKEN"), "{report}");
}

#[expect(clippy::expect_used, reason = "a class that was not selected fails the test")]
fn verdict(report: &Report, class: Class) -> &Verdict {
    &report.class(class).expect("the class was selected").verdict
}
