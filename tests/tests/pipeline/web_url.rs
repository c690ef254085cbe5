//! URLs as arguments: their provenance, and whether they can exfiltrate data of the conversation.

use secure_tool::prelude::*;
use secure_tool::spec::{ArgumentPolicy, Effect, Field, Policy, Record, Shape, ToolSpec};
use secure_tool::value::{Empty, WebUrl};
use secure_tool::{Context, Handler, HandlerError, Rule, Tool};
use secure_tool_testkit::hostile::Response;
use serde_json::json;
use tests::{Guard, Records, SHOP_KEY, Shop, open_session, rule, shop_api, start_api};

/// Reads a page of the shop.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(handler, apis(Shop), effect = read, scopes("products:read"), response = Page)]
struct ReadPage {
    #[secure(domains("shop.example"))]
    page: WebUrl,
}

/// The content of a page.
#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
struct Page {
    text: String,
}

impl Handler for ReadPage {
    async fn call(self, cx: Context<'_>) -> Result<Page, HandlerError> {
        Ok(Page { text: cx.fetch(&self.page).text().await? })
    }
}

/// Registers a URL that receives changes.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, post = "/hooks", effect = write, scopes("orders:write"), rate_limit(30 / minute), response = Empty)]
struct RegisterHook {
    #[secure(domains("partner.example"), from = prompt)]
    address: WebUrl,
}

#[tokio::test]
async fn the_url_of_an_effect_must_come_from_the_user() {
    let api = shop_api().await;
    api.respond(Response::json("null"));
    let builder = tests::builder(&[&api]).audit(Records::new()).tool(Tool::of::<RegisterHook>());
    let session = open_session(builder, Agent::new("a").grant::<Shop>(["orders:write"]));
    session.user_said("Tell https://Partner.example/hooks/7#new of it.");
    session.user_attached("https://partner.example/hooks/8");
    for (address, expected) in [
        ("https://partner.example/hooks/8", Some(Rule::Ungrounded)),
        ("https://partner.example/hooks", Some(Rule::Ungrounded)),
        ("https://partner.example/hooks/7?to=evil", Some(Rule::Ungrounded)),
        ("https://partner.example/hooks/7", None),
    ] {
        assert_eq!(
            rule(&session.call("register_hook", &json!({ "address": address }).to_string()).await),
            expected,
            "{address}"
        );
    }
    assert_eq!(api.requests().len(), 1);
}

/// Reads private data.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/notes", scopes("orders:read"), response = Notes)]
struct ReadNotes {}

/// Notes.
#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
struct Notes {
    #[secure(internal)]
    text: String,
}

/// Reads notes and pages.
#[derive(Debug, SecureToolset)]
#[secure(tools(ReadNotes, ReadPage), trifecta = deny)]
struct NotesAndPages;

#[tokio::test]
async fn a_url_written_by_the_model_cannot_exfiltrate_private_data() {
    let shop = start_api("shop.example").await;
    let api = shop_api().await;
    let builder = tests::builder(&[&shop, &api]).audit(Records::new()).toolset::<NotesAndPages>();
    let guard = Guard::build(builder).expect("a sound guard");
    let agent = Agent::new("a")
        .grant::<Shop>(["products:read", "orders:read"])
        .clearance(Clearance::Internal);
    let session = guard.session(agent).expect("declared");
    session.user_said("Read https://shop.example/kettles.");
    api.respond(Response::json(r#"{"text":"the code is canary-42"}"#));
    assert!(session.call("read_notes", "{}").await.answer().is_some());
    let out = session.call("read_page", r#"{"page":"https://shop.example/?q=canary-42"}"#).await;
    assert_eq!((rule(&out), shop.connections()), (Some(Rule::Trifecta), 0));
    let asked_for = session.call("read_page", r#"{"page":"https://shop.example/kettles"}"#).await;
    assert!(asked_for.answer().is_some(), "a URL typed by the user exfiltrates nothing");
}

/// The same pages without a declared egress policy: the derive rejects such a toolset.
#[test]
fn a_toolset_with_private_and_untrusted_data_and_urls_must_declare_its_egress_policy() {
    let builder = secure_tool::Guard::builder()
        .dangerously_without_audit("a test")
        .secrets(secure_tool::FixedSecrets::new().with("SHOP_API_KEY", SHOP_KEY.to_owned()))
        .tool(Tool::of::<ReadNotes>())
        .tool(Tool::of::<ReadPage>());
    assert!(
        Guard::build(builder)
            .err()
            .is_some_and(|error| error.to_string().contains("send data out"))
    );
}

#[test]
fn a_handwritten_spec_is_checked_in_the_same_way() {
    const fn page(domains: &'static [&'static str]) -> Field {
        let policy = Policy::Argument(ArgumentPolicy { domains, ..ArgumentPolicy::DEFAULT });
        Field { name: "page", shape: WebUrl::SHAPE, policy, ..Field::ARGUMENT }
    }
    let error = |field: Field| {
        let arguments: &Record =
            Box::leak(Box::new(Record::new("ReadPage", Box::leak(Box::new([field])))));
        let spec = ToolSpec { arguments, effect: Effect::Read, ..*Tool::of::<ReadPage>().spec() };
        let tool = Tool::new(Box::leak(Box::new(spec)), *Tool::of::<ReadPage>().code());
        let secrets = secure_tool::FixedSecrets::new().with("SHOP_API_KEY", SHOP_KEY.to_owned());
        let builder = secure_tool::Guard::builder()
            .dangerously_without_audit("a test")
            .secrets(secrets)
            .tool(tool);
        Guard::build(builder).err().map(|error| error.to_string())
    };
    assert_eq!(error(page(&["shop.example", "xn--bcher-kva.example"])), None);
    let without =
        "tool `read_page`: argument `page` is a web address, or holds one, and names no domains";
    assert_eq!(error(page(&[])).as_deref(), Some(without));
    let behind_an_edge = Field { shape: &Shape::Recursive(|| WebUrl::SHAPE), ..page(&[]) };
    assert_eq!(error(behind_an_edge).as_deref(), Some(without));
    for domain in ["Shop.example", "*.shop.example", "localhost", "127.0.0.1", "xn--a.example"] {
        let domains: &[&str] = Box::leak(Box::new([domain]));
        let expected = format!(
            "tool `read_page`: `{domain}`, of argument `page`, is no domain in ASCII and lower case"
        );
        assert_eq!(error(page(domains)), Some(expected));
    }
}
