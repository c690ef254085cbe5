//! Line breaks in outgoing data, wherever an argument or a handler can put one.

use secure_tool::prelude::*;
use secure_tool::spec::Protection;
use secure_tool::value::AnyJson;
use secure_tool::{Agent, Context, Handler, HandlerError, Tool};
use secure_tool_testkit::hostile::{HostileApi, Request};
use serde_json::json;
use tests::{Guard, Records, Session, Shop, builder, shop_api};

/// Line breaks as some parsers see them, plain and encoded.
const BREAKS: [&str; 14] = [
    "\r\n",
    "\n",
    "\r",
    "\n\r",
    "\0",
    "\u{b}",
    "\u{c}",
    "\u{85}",
    "\u{2028}",
    "\u{2029}",
    "\u{560d}\u{560a}",
    "%0d%0a",
    "%250d%250a",
    "\\r\\n",
];
/// Text that an attacker would append after the line break.
const BEHIND: [&str; 3] = [
    "x-injected: 1",
    "x-injected: 1\r\n\r\n",
    "\r\n\r\nGET /v1/admin HTTP/1.1\r\nhost: api.shop.example\r\n\r\n",
];

/// Looks a thing up by its name.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/things/{thing}", scopes("products:read"), response = AnyJson)]
pub struct LookUp {
    #[validate(length(min = 1, max = 400))]
    thing: String,
    #[serde(default)]
    #[validate(length(max = 400))]
    note: String,
    #[serde(default)]
    #[secure(header = "x-tag")]
    #[validate(length(max = 400))]
    tag: Option<String>,
}

/// Keeps a note.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, put = "/notes", effect = write, scopes("orders:write"), rate_limit(1000 / minute), response = AnyJson)]
pub struct KeepNote {
    #[validate(length(max = 400))]
    text: String,
}

/// Does what a careless handler does: puts the same text into each part of a request.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(handler, apis(Shop), effect = read, scopes("products:read"), response = AnyJson)]
pub struct Relay {
    #[validate(range(min = 0, max = 41))]
    text: u8,
}

impl Handler for Relay {
    async fn call(self, cx: Context<'_>) -> Result<AnyJson, HandlerError> {
        let text = all().swap_remove(self.text.into());
        cx.api::<Shop>()?
            .put(&["relay", &text, "end"])
            .query(&text, "value")
            .query("name", &text)
            .body(&json!({ &text: &text }))
            .json()
            .await
    }
}

fn all() -> Vec<String> {
    BREAKS
        .iter()
        .flat_map(|line_break| BEHIND.map(|behind| format!("a{line_break}{behind}")))
        .collect()
}

async fn shop() -> HostileApi {
    shop_api().await
}

fn session(shop: &HostileApi, tools: impl IntoIterator<Item = Tool>) -> (Guard, Session) {
    let builder = tools.into_iter().fold(builder(&[shop]), secure_tool::guard::Builder::tool);
    let builder = builder
        .attempts_per_minute(10_000)
        .audit(Records::new())
        .dangerously_accept_unprotected_tools("a test");
    let guard = Guard::build(builder).expect("a sound guard");
    let session = guard
        .session(Agent::new("a").grant::<Shop>(["products:read", "orders:write"]))
        .expect("declared");
    (guard, session)
}

/// Checks that there is one request with only the expected headers.
fn only(shop: &HostileApi, what: &str) -> Option<Request> {
    assert_eq!(shop.unreadable().len(), 0, "{what:?}");
    let mut requests = shop.requests();
    assert!(requests.len() <= 1, "{what:?}: {requests:?}");
    let request = requests.pop()?;
    for (name, value) in request.headers() {
        assert!(
            !name.contains("inject") && !value.contains("inject") || name == "x-tag",
            "{what:?}: {request:?}"
        );
    }
    Some(request)
}

#[tokio::test]
async fn a_line_break_in_an_argument_does_not_end_a_header_line() {
    let shop = shop().await;
    let (_guard, session) = session(&shop, [Tool::of::<LookUp>(), Tool::of::<KeepNote>()]);
    let mut sent = 0;
    for text in all() {
        shop.clear();
        session.call("look_up", &json!({ "thing": text, "note": text }).to_string()).await;
        if let Some(request) = only(&shop, &text) {
            assert_eq!(request.path_segments(), ["v1", "things", text.as_str()]);
            assert_eq!(request.query_pairs(), [("note".to_owned(), text.clone())]);
            sent += 1;
        }
        shop.clear();
        session.call("look_up", &json!({ "thing": "a", "tag": text }).to_string()).await;
        if let Some(request) = only(&shop, &text) {
            assert_eq!(request.header("x-tag"), Some(text.as_str()));
            assert!(text.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{text:?}");
            sent += 1;
        }
        shop.clear();
        session.call("keep_note", &json!({ "text": text }).to_string()).await;
        if let Some(request) = only(&shop, &text) {
            assert_eq!(
                serde_json::from_slice::<serde_json::Value>(request.body()).ok(),
                Some(json!({ "text": text }))
            );
            sent += 1;
        }
    }
    assert!(sent > 0, "some are ordinary texts");
}

#[tokio::test]
async fn an_unencoded_line_break_would_change_the_request() {
    let shop = shop().await;
    let tool = [Protection::Encoding, Protection::ArgumentLimits]
        .into_iter()
        .fold(Tool::of::<LookUp>(), Tool::dangerously_without);
    let (_guard, session) = session(&shop, [tool]);
    let mut changed = 0;
    for text in all() {
        shop.clear();
        session.call("look_up", &json!({ "thing": text }).to_string()).await;
        changed += shop
            .requests()
            .iter()
            .filter(|request| request.path_segments() != ["v1", "things", text.as_str()])
            .count();
    }
    assert!(changed > 20, "{changed}");
}

#[tokio::test]
async fn a_line_break_from_a_handler_does_not_end_a_header_line() {
    let shop = shop().await;
    let (_guard, session) = session(&shop, [Tool::of::<Relay>()]);
    for (number, text) in all().into_iter().enumerate() {
        shop.clear();
        let outcome = session.call("relay", &json!({ "text": number }).to_string()).await;
        assert!(outcome.answer().is_some(), "{text:?}: {outcome:?}");
        let request = only(&shop, &text).expect("it is sent, whatever it is");
        assert_eq!(request.path_segments(), ["v1", "relay", text.as_str(), "end"]);
        assert_eq!(
            request.query_pairs(),
            [(text.clone(), "value".to_owned()), ("name".to_owned(), text.clone())]
        );
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(request.body()).ok(),
            Some(json!({ &text: &text }))
        );
    }
}
